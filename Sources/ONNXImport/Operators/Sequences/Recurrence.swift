import Diagnostics
import GraphIR

/// `LSTM`, `GRU` and `RNN`: a layer for each direction, whose results are joined.
///
/// Gates come in ONNX's order and go on in PyTorch's. The outputs are the states of all steps, the last
/// state and, for LSTM, the last cell state.
func importRecurrence(_ cell: Recurrence.Cell) -> OperatorImporter {
  { context in
    let source = try RecurrentSource(cell, context)
    let operands = try source.directions.indices.map(source.operands)
    let results: [Recurrence.Result] =
      cell == .lstm ? [.sequence, .hidden, .cell] : [.sequence, .hidden]
    return try results.prefix(context.resultCount).enumerated().map { index, result in
      .node(try source.output(result, operands, suffix: index == 0 ? nil : "\(index)"))
    }
  }
}

/// The attributes and extents of a recurrent node.
private struct RecurrentSource {
  let context: OperatorContext
  let layer: Recurrence
  let directions: [Recurrence.Direction]
  /// The functions of each direction.
  let activations: [[GateFunction]]
  let units: Int

  private var gates: Int { layer.cell.gates }

  init(_ cell: Recurrence.Cell, _ context: OperatorContext) throws {
    self.context = context
    var layer = Recurrence(cell)
    let word = try context.string("direction", default: "forward")
    switch word.lowercased() {
    case "forward": directions = [.forward]
    case "reverse": directions = [.reverse]
    case "bidirectional": directions = [.forward, .reverse]
    default: throw Refusal("direction '\(word)' is not one that ONNX defines")
    }
    activations = try context.recurrentActivations(cell, directions: directions.count)
    if let clip = try context.attribute("clip", .float) {
      guard clip.f > 0 else { throw Refusal("clip is \(clip.f); it must be above 0") }
      layer.clip = clip.f
    }
    layer.batchFirst = try context.flag("layout")
    if cell == .lstm { layer.couplesGates = try context.flag("input_forget") }
    if cell == .gru { layer.resetsFirst = try !context.flag("linear_before_reset") }
    // Set 1 says by it whether the first output is wanted; the outputs show it.
    if context.opset < 7 { _ = try context.flag("output_sequence") }

    let state = try context.operandType(2)
    guard state.shape.count == 3, state.shape[2] > 0 else {
      let rows = cell.gates == 1 ? "H" : "\(cell.gates) · H"
      throw Refusal("its R should be [directions, \(rows), H], not \(state)")
    }
    units = state.shape[2]
    if let stated = try context.integer("hidden_size"), stated != units {
      throw Refusal("hidden_size is \(stated), but its R is \(state)")
    }
    let x = try context.operandType(0)
    guard x.shape.count == 3 else { throw Refusal("its X should have three axes, not be \(x)") }
    let (steps, batch) = layer.extents(of: x.shape)
    if context.hasOperand(4) {
      let lengths = try context.knownIntegers(4, "sequence_lens")
      guard lengths.count == batch else {
        throw Refusal("its sequence_lens should hold \(batch) lengths, not \(lengths.count)")
      }
      for length in lengths where !(1...max(steps, 1)).contains(length) {
        throw Refusal("its sequence_lens holds \(length); lengths are 1 to \(steps)")
      }
      if lengths.contains(where: { $0 != steps }) { layer.lengths = lengths }
    }
    layer.hasBias = context.hasOperand(3)
    layer.hasInitialHidden = context.hasOperand(5)
    if cell == .lstm {
      layer.hasInitialCell = context.hasOperand(6)
      layer.hasPeepholes = context.hasOperand(7)
    }
    self.layer = layer
    try checkShapes(x, batch: batch)
  }

  private func checkShapes(_ x: TensorType, batch: Int) throws {
    let (count, rows) = (directions.count, gates * units)
    let state = layer.batchFirst ? [batch, count, units] : [count, batch, units]
    for (index, name, shape) in [
      (1, "W", [count, rows, x.shape[2]]), (2, "R", [count, rows, units]),
      (3, "B", [count, 2 * rows]),
      (5, "initial_h", state), (6, "initial_c", state), (7, "P", [count, 3 * units]),
    ] where context.hasOperand(index) && (index < 6 || layer.cell == .lstm) {
      let expected = TensorType(shape)
      let found = try context.operandType(index)
      guard found == expected else {
        throw Refusal("its \(name) should be \(expected), not \(found)")
      }
    }
  }

  /// The output that a result of all directions makes up, with the axis of directions.
  func output(
    _ result: Recurrence.Result, _ operands: [[NodeID]], suffix: String?
  ) throws -> NodeID {
    let axis = (result == .sequence ? 1 : 0) + (layer.batchFirst ? 1 : 0)
    func name(_ word: String) -> String { suffix.map { "\($0).\(word)" } ?? word }
    let parts = try directions.indices.map { index in
      var part = layer
      part.direction = directions[index]
      part.activations = activations[index]
      part.result = result
      let state = try context.add(
        .recurrent(part), operands[index], suffix: name(directions[index].rawValue))
      var shape = context.shape(of: state)
      shape.insert(1, at: axis)
      return try context.add(
        .reshape(shape), [state], suffix: directions.count == 1 ? suffix : name("part"))
    }
    return parts.count == 1
      ? parts[0] : try context.add(.concatenate(axis: axis), parts, suffix: suffix)
  }

  /// The operands of one direction, gates in PyTorch's order.
  func operands(_ direction: Int) throws -> [NodeID] {
    let order =
      switch layer.cell {
      case .lstm: [0, 2, 3, 1]
      case .gru: [1, 0, 2]
      case .rnn: [0]
      }
    var operands = [try context.operand(0)]
    operands.append(try context.blocks(order, of: 1, direction: direction, rows: units))
    operands.append(try context.blocks(order, of: 2, direction: direction, rows: units))
    if layer.hasBias {
      for first in [0, gates] {
        let blocks = order.map { first + $0 }
        operands.append(try context.blocks(blocks, of: 3, direction: direction, rows: units))
      }
    }
    if layer.hasInitialHidden { operands.append(try firstState(5, direction)) }
    if layer.hasInitialCell { operands.append(try firstState(6, direction)) }
    if layer.hasPeepholes {
      operands.append(try context.blocks([0, 2, 1], of: 7, direction: direction, rows: units))
    }
    return operands
  }

  /// One direction's first states, `[N, H]`.
  private func firstState(_ index: Int, _ direction: Int) throws -> NodeID {
    var state = try context.operand(index)
    let shape = context.shape(of: state)
    let axis = layer.batchFirst ? 1 : 0
    if directions.count > 1 {
      var ranges = shape.map { SliceRange(start: 0, end: $0) }
      ranges[axis] = SliceRange(start: direction, end: direction + 1)
      state = try context.add(.slice(ranges), [state], suffix: "first")
    }
    return try context.add(
      .reshape([shape[1 - axis], shape[2]]), [state], suffix: "first")
  }
}

extension OperatorContext {
  /// Blocks of rows of one direction of an operand `[directions, rows, …]`, without the first axis: a
  /// constant where the operand is known.
  fileprivate func blocks(
    _ blocks: [Int], of index: Int, direction: Int, rows: Int
  ) throws -> NodeID {
    if let tensor = try knownOperand(index), case .float32(let values) = tensor.storage {
      let row = tensor.shape.dropFirst(2).reduce(1, *)
      let start = direction * tensor.shape[1] * row
      let chosen = blocks.flatMap { block in
        values[(start + block * rows * row)..<(start + (block + 1) * rows * row)]
      }
      return addConstant(
        Tensor([blocks.count * rows] + tensor.shape.dropFirst(2), floats: chosen),
        madeFrom: index)
    }
    let whole = try operand(index)
    let shape = shape(of: whole)
    let parts = try blocks.map { block in
      var ranges = shape.map { SliceRange(start: 0, end: $0) }
      ranges[0] = SliceRange(start: direction, end: direction + 1)
      ranges[1] = SliceRange(start: block * rows, end: (block + 1) * rows)
      return try add(.slice(ranges), [whole], suffix: "gate")
    }
    let joined =
      parts.count == 1 ? parts[0] : try add(.concatenate(axis: 1), parts, suffix: "gates")
    return try add(
      .reshape([blocks.count * rows] + shape.dropFirst(2)), [joined], suffix: "gates")
  }

  /// The functions of a recurrent node for each direction: `activations`, whose numbers
  /// `activation_alpha` and `activation_beta` hold for those that have any.
  fileprivate func recurrentActivations(
    _ cell: Recurrence.Cell, directions: Int
  ) throws -> [[GateFunction]] {
    var alphas = try attribute("activation_alpha", .floats)?.floats ?? []
    var betas = try attribute("activation_beta", .floats)?.floats ?? []
    let usual = cell.usualActivations
    guard let written = try attribute("activations", .strings) else {
      return [[GateFunction]](repeating: usual, count: directions)
    }
    let names = written.strings.map { String(decoding: $0, as: UTF8.self) }
    guard names.count == directions * usual.count else {
      throw Refusal(
        "it has \(quantity(names.count, "activation")) and needs \(directions * usual.count)")
    }
    func next(_ values: inout [Float]) -> Float? { values.isEmpty ? nil : values.removeFirst() }
    let functions = try names.map { name -> GateFunction in
      let key = name.lowercased()
      if let plain = plainGateFunctions[key] { return plain }
      switch key {
      case "leakyrelu": return .leakyRelu(alpha: next(&alphas) ?? 0.01)
      case "elu": return .elu(alpha: next(&alphas) ?? 1)
      case "hardsigmoid":
        return .hardSigmoid(alpha: next(&alphas) ?? 0.2, beta: next(&betas) ?? 0.5)
      case "thresholdedrelu":
        return .thresholdedRelu(alpha: try stated(next(&alphas), "activation_alpha", of: name))
      case "affine":
        return .affine(
          alpha: try stated(next(&alphas), "activation_alpha", of: name),
          beta: try stated(next(&betas), "activation_beta", of: name))
      case "scaledtanh":
        return .scaledTanh(
          alpha: try stated(next(&alphas), "activation_alpha", of: name),
          beta: try stated(next(&betas), "activation_beta", of: name))
      default: throw Refusal("the activation '\(name)' is not one that ONNX defines")
      }
    }
    return (0..<directions).map {
      Array(functions[($0 * usual.count)..<(($0 + 1) * usual.count)])
    }
  }

  /// A number that must be stated, because programs do not agree on what it is otherwise.
  private func stated(_ value: Float?, _ attribute: String, of function: String) throws -> Float {
    guard let value else {
      throw Refusal("the activation '\(function)' needs a number in \(attribute)")
    }
    return value
  }
}

private let plainGateFunctions: [String: GateFunction] = [
  "sigmoid": .sigmoid, "tanh": .tanh, "relu": .relu, "softsign": .softsign, "softplus": .softplus,
]
