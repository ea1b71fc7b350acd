import Diagnostics
import GraphIR

extension CallReader {
  /// `lstm(x, units, …)`, with trained tensors called as PyTorch's, `weight_ih_l0` and so on, or
  /// `lstm(x, weight_ih: w, weight_hh: v, …)`, which is one layer in one direction.
  ///
  /// - Returns: the last operation; those before it are in the graph.
  mutating func readRecurrent(_ prototype: Operation) throws(Reported) -> Operation {
    try readOperands(.exactly(1))
    var arguments = RecurrentArguments(units: readCount("units"))
    integer("layers", &arguments.layers, default: 1)
    var operation = prototype
    operation.code(&self)
    guard case .recurrent(let layer) = operation else {
      preconditionFailure("reading attributes keeps the operation")
    }
    if case .name("bidirectional") = labelled("direction")?.kind { arguments.isBothWays = true }
    arguments.bias = labelled("bias")
    for label in Self.recurrentOperands {
      if let written = labelled(label) { arguments.written.append((label, written)) }
    }
    let hasWeights = arguments.hasWritten("weight_ih") || arguments.hasWritten("weight_hh")
    if hasWeights {
      for label in ["weight_ih", "weight_hh"] where !arguments.hasWritten(label) { miss(label) }
    } else if arguments.units == nil {
      miss("units")
    }
    try finish()
    try check(arguments)
    return hasWeights
      ? try readWritten(layer, arguments) : try readTrained(layer, arguments)
  }

  /// What a call says beside the sequences and the attributes.
  private struct RecurrentArguments {
    var units: Int?
    var layers = 1
    var isBothWays = false
    var bias: Expression?
    /// The operands that are written, in their order in the operation.
    var written: [(label: String, expression: Expression)] = []

    init(units: Int?) { self.units = units }

    func hasWritten(_ label: String) -> Bool { written.contains { $0.label == label } }
  }

  /// The operands that have labels, in their order.
  private static let recurrentOperands = [
    "weight_ih", "weight_hh", "bias_ih", "bias_hh", "initial_hidden", "initial_cell", "peepholes",
  ]

  private func check(_ arguments: RecurrentArguments) throws(Reported) {
    guard arguments.layers >= 1 else {
      throw elaborator.report(
        "\(what("layers")) is at least 1, not \(arguments.layers)", at: call.range)
    }
    if let (label, written) = arguments.written.first, arguments.layers > 1 || arguments.isBothWays
    {
      throw elaborator.report(
        "\(what(label)) is for one layer in one direction", at: written.range,
        hint: "write each layer as a statement of its own")
    }
    guard arguments.hasWritten("bias_ih") == arguments.hasWritten("bias_hh") else {
      throw elaborator.report("\(callee) needs both 'bias_ih' and 'bias_hh'", at: call.range)
    }
    if let bias = arguments.bias, arguments.hasWritten("bias_ih") {
      throw elaborator.report("\(what("bias")) is written beside 'bias_ih'", at: bias.range)
    }
  }

  /// One layer whose weights are written.
  private mutating func readWritten(
    _ layer: Recurrence, _ arguments: RecurrentArguments
  ) throws(Reported) -> Operation {
    if let bias = arguments.bias {
      guard try !elaborator.boolean(bias, at: site.nested, what("bias")) else {
        throw elaborator.report(
          "\(callee) with weights takes its biases as 'bias_ih' and 'bias_hh'", at: bias.range)
      }
    }
    var layer = layer
    try readWrittenOperands(arguments, &layer)
    if let units = arguments.units, operandTypes[2].shape.last != units {
      throw elaborator.report(
        "\(units) does not fit the weight \(operandTypes[2]) of \(callee)", at: call.range)
    }
    return .recurrent(layer)
  }

  /// Reads written operands, and notes which there are.
  private mutating func readWrittenOperands(
    _ arguments: RecurrentArguments, _ layer: inout Recurrence
  ) throws(Reported) {
    for (label, expression) in arguments.written {
      operands.append(try elaborator.tensor(expression, at: site.nested, what(label)))
      switch label {
      case "bias_ih": layer.hasBias = true
      case "initial_hidden": layer.hasInitialHidden = true
      case "initial_cell": layer.hasInitialCell = true
      case "peepholes": layer.hasPeepholes = true
      default: break
      }
    }
  }

  /// Layers whose weights are parameters, one behind the other.
  private mutating func readTrained(
    _ layer: Recurrence, _ arguments: RecurrentArguments
  ) throws(Reported) -> Operation {
    guard let units = arguments.units else { preconditionFailure("finish checks it") }
    guard operandTypes[0].rank == 3 else {
      throw elaborator.report(
        "\(callee) takes sequences of three axes, not \(operandTypes[0])", at: call.range)
    }
    let node = try nodeName()
    for index in 0..<arguments.layers {
      let isLast = index == arguments.layers - 1
      var each = layer
      if !isLast { each.result = .sequence }
      let x = operands[0]
      var parts: [NodeID] = []
      for isBack in arguments.isBothWays ? [false, true] : [false] {
        operands = [x]
        if isBack { each.direction = .reverse }
        let suffix = "l\(index)\(isBack ? "_reverse" : "")"
        let operation = try readTrainedLayer(each, units: units, arguments, suffix: suffix)
        if isLast, !arguments.isBothWays { return operation }
        parts.append(try addStep(operation, "\(node).\(suffix)"))
      }
      operands = parts
      guard arguments.isBothWays else { continue }
      let joined = Operation.concatenate(axis: elaborator.graph[parts[0]].type.rank - 1)
      if isLast { return joined }
      operands = [try addStep(joined, "\(node).l\(index)_both")]
    }
    preconditionFailure("there is at least one layer")
  }

  private mutating func addStep(
    _ operation: Operation, _ name: String
  ) throws(Reported) -> NodeID {
    try elaborator.addNode(
      operation, operands, name: elaborator.uniqueName(name), at: call.range)
  }

  /// One layer in one direction, with operands behind x.
  private mutating func readTrainedLayer(
    _ layer: Recurrence, units: Int, _ arguments: RecurrentArguments, suffix: String
  ) throws(Reported) -> Operation {
    var layer = layer
    let rows = layer.cell.gates.multipliedReportingOverflow(by: units)
    guard !rows.overflow else {
      throw elaborator.report("\(what("units")) is too large", at: call.range)
    }
    let features = operandTypes[0].shape[2]
    operands.append(
      try newParameter("weight_ih_\(suffix)", shape: [rows.partialValue, features]))
    operands.append(try newParameter("weight_hh_\(suffix)", shape: [rows.partialValue, units]))
    if !arguments.hasWritten("bias_ih") {
      layer.hasBias =
        try arguments.bias.map { bias throws(Reported) in
          try elaborator.boolean(bias, at: site.nested, what("bias"))
        } ?? true
      for role in layer.hasBias ? ["bias_ih", "bias_hh"] : [] {
        operands.append(try newParameter("\(role)_\(suffix)", shape: [rows.partialValue]))
      }
    }
    try readWrittenOperands(arguments, &layer)
    return .recurrent(layer)
  }
}
