import GraphIR

/// Recurrent layers.
extension NodeWriter {
  /// `LSTM`, `GRU` or `RNN` in one direction. Gates go into ONNX's order by `Gather`, so that weights keep
  /// their names and what they hold; sequences are steps first, since ONNX Runtime knows no other order.
  mutating func exportRecurrent(_ layer: Recurrence) throws {
    let (x, units) = (types[0].shape, types[2].shape[1])
    let batch = layer.extents(of: x).batch
    func input(_ operand: String) -> String? { layer.operandIndex(operand).map { inputs[$0] } }
    let sequence =
      layer.batchFirst
      ? try add("Transpose", [inputs[0]], [("perm", .integers([1, 0, 2]))], suffix: "steps")
      : inputs[0]
    let rows = layer.cell.gates * units
    var operands = [
      sequence, try gates(inputs[1], layer, [1, rows, x[2]], suffix: "weight_ih"),
      try gates(inputs[2], layer, [1, rows, units], suffix: "weight_hh"),
    ]
    if let first = input("bias_ih"), let second = input("bias_hh") {
      let biases = [
        try gates(first, layer, [1, rows], suffix: "bias_ih"),
        try gates(second, layer, [1, rows], suffix: "bias_hh"),
      ]
      operands.append(try add("Concat", biases, [("axis", .integer(1))], suffix: "bias"))
    } else {
      operands.append("")
    }
    // Lengths are the one operand of 32-bit integers.
    operands.append(
      layer.lengths.isEmpty
        ? ""
        : try add(
          "Cast", [integers(layer.lengths, "lengths")], [("to", .integer(6))], suffix: "lengths"))
    for operand in ["initial_hidden", "initial_cell"] {
      operands.append(
        try input(operand).map { try reshape($0, to: [1, batch, units], suffix: operand) } ?? "")
    }
    if let peepholes = input("peepholes") {
      let ordered = try blocks(peepholes, [0, 2, 1], units: units, suffix: "peepholes")
      operands.append(try reshape(ordered, to: [1, 3 * units], suffix: "peepholes"))
    }
    while operands.last == "" || operands.count > (layer.cell == .lstm ? 8 : 6) {
      operands.removeLast()
    }
    try exportResult(of: layer, operands, units: units)
  }

  private mutating func exportResult(
    of layer: Recurrence, _ operands: [String], units: Int
  ) throws {
    let name = layer.cell.rawValue.uppercased()
    let before = Recurrence.Result.allCases.prefix { $0 != layer.result }
    let value = try add(
      name, operands, attributes(of: layer, units: units), suffix: name.lowercased(),
      unread: before.map(\.rawValue))
    guard layer.result == .sequence, layer.batchFirst else {
      try reshape(value, to: node.type.shape)
      return
    }
    // [T, 1, N, H]
    let shape = node.type.shape
    let steps = try reshape(value, to: [shape[1], shape[0], shape[2]], suffix: "states")
    try add("Transpose", [steps], [("perm", .integers([1, 0, 2]))])
  }

  private func attributes(of layer: Recurrence, units: Int) -> [(String, ONNXAttribute)] {
    var attributes: [(String, ONNXAttribute)] = [
      ("hidden_size", .integer(units)), ("direction", .text(layer.direction.rawValue)),
    ]
    if layer.activations != layer.cell.usualActivations {
      attributes.append(("activations", .texts(layer.activations.map(\.onnxName))))
      let numbers = layer.activations.map(\.numbers)
      let alphas = numbers.compactMap(\.first)
      let betas = numbers.compactMap { $0.dropFirst().first }
      if !alphas.isEmpty { attributes.append(("activation_alpha", .floats(alphas))) }
      if !betas.isEmpty { attributes.append(("activation_beta", .floats(betas))) }
    }
    if layer.clip.isFinite { attributes.append(("clip", .float(layer.clip))) }
    if layer.couplesGates { attributes.append(("input_forget", .integer(1))) }
    if layer.cell == .gru {
      attributes.append(("linear_before_reset", .integer(layer.resetsFirst ? 0 : 1)))
    }
    return attributes
  }

  /// Rows of gates in ONNX's order under another shape.
  private mutating func gates(
    _ value: String, _ layer: Recurrence, _ shape: [Int], suffix: String
  ) throws -> String {
    let order =
      switch layer.cell {
      case .lstm: [0, 3, 1, 2]
      case .gru: [1, 0, 2]
      case .rnn: [0]
      }
    let units = shape[1] / order.count
    let ordered =
      order.count == 1 ? value : try blocks(value, order, units: units, suffix: suffix)
    return try reshape(ordered, to: shape, suffix: suffix)
  }

  /// Blocks of so many rows in another order.
  private mutating func blocks(
    _ value: String, _ order: [Int], units: Int, suffix: String
  ) throws -> String {
    let rows = order.flatMap { block in (0..<units).map { block * units + $0 } }
    return try add(
      "Gather", [value, integers(rows, "\(suffix).order")], [("axis", .integer(0))],
      suffix: "\(suffix).rows")
  }
}

extension GateFunction {
  fileprivate var onnxName: String {
    switch self {
    case .sigmoid: "Sigmoid"
    case .tanh: "Tanh"
    case .relu: "Relu"
    case .softsign: "Softsign"
    case .softplus: "Softplus"
    case .affine: "Affine"
    case .leakyRelu: "LeakyRelu"
    case .thresholdedRelu: "ThresholdedRelu"
    case .scaledTanh: "ScaledTanh"
    case .hardSigmoid: "HardSigmoid"
    case .elu: "Elu"
    }
  }
}
