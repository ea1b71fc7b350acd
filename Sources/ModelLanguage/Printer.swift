import GraphIR

/// The graph as text of the model language in its flat form: one statement per node, weights
/// written out as `$name type`.
///
/// Reading the text gives an equal graph, and printing that graph the same text. Where nodes come
/// from and which nodes were fused into them is not written.
public func printModel(_ graph: Graph) -> String {
  let printer = Printer(graph: graph)
  var lines = ["model \(nameText(graph.name))", ""]
  lines += graph.inputs.map(printer.input)
  lines += graph.constants.compactMap(printer.literal)
  lines += graph.order.map(printer.statement)
  lines += graph.outputs.map(printer.output)
  return lines.joined(separator: "\n") + "\n"
}

struct Printer {
  let graph: Graph

  /// The most elements of a constant that is written out.
  private static let literalLimit = 64

  func input(_ input: GraphInput) -> String {
    let node = graph[input.node]
    var text = "input \(nameText(node.name)): \(node.type)"
    if let preprocessing = input.preprocessing {
      text += " from " + clause(preprocessing, for: node.type, isOutput: false)
    }
    return text
  }

  func output(_ output: GraphOutput) -> String {
    self.output(output, value: reference(output.node))
  }

  /// An output whose value is written in a given way.
  func output(_ output: GraphOutput, value: String) -> String {
    var text = "output \(nameText(output.name))"
    if value != nameText(output.name) { text += " = \(value)" }
    if let picture = output.picture {
      text += " to " + clause(picture, for: graph[output.node].type, isOutput: true)
    }
    if let labels = output.labels { text += " labels \(quotedText(labels, delimiter: "\""))" }
    return text
  }

  /// `rgb8 { mean: […], … }`
  private func clause(
    _ clause: ImagePreprocessing, for type: TensorType, isOutput: Bool
  ) -> String {
    var clause = clause
    var writer = CallWriter(operands: [], types: [])
    clause.code(&writer, isBytes: type.element == .uint8, isOutput: isOutput)
    let entries = writer.arguments
    let name = clause.channels.rawValue
    return entries.isEmpty ? name : "\(name) { \(entries.joined(separator: ", ")) }"
  }

  /// The statement of a constant that is small and in use.
  func literal(_ id: NodeID) -> String? {
    guard let values = literalValues(id), !graph.users(of: id).isEmpty || graph.isOutput(id) else {
      return nil
    }
    let node = graph[id]
    let isOne = node.type.rank == 0
    let text = isOne ? values.joined() : "[\(values.joined(separator: ", "))]"
    return "\(nameText(node.name)) = constant(\(text)) : \(node.type)"
  }

  /// The elements of a constant that is written out: shapes, axes, truth values and single numbers.
  private func literalValues(_ id: NodeID) -> [String]? {
    graph.constantValue(of: id).flatMap(Self.literalValues)
  }

  /// The elements of a tensor that is written out where it is a constant.
  static func literalValues(_ tensor: Tensor) -> [String]? {
    switch tensor.storage {
    case .float32(let values): values.count == 1 ? values.map(\.description) : nil
    case .int64, .int32, .int8, .uint8:
      tensor.count <= literalLimit ? tensor.wholeNumbers?.map(\.description) : nil
    case .bool(let values):
      values.count <= literalLimit ? values.map(\.description) : nil
    }
  }

  /// How an operand is written: by its name, or as a tensor known by name.
  private func reference(_ id: NodeID) -> String {
    let node = graph[id]
    switch node.operation {
    case .parameter: return "\(referenceText(node.name)) \(node.type)"
    case .constant where literalValues(id) == nil:
      return "\(referenceText(node.name)) \(node.type)"
    default: return nameText(node.name)
    }
  }

  func statement(_ id: NodeID) -> String {
    let node = graph[id]
    var operation = node.operation
    let operands = node.inputs.map(reference)
    let types = graph.operandTypes(of: id)
    let labels = operation.operandLabels
    let positional = operands.count - labels.count
    var writer = CallWriter(operands: Array(operands.prefix(positional)), types: types)
    switch operation {
    case .convolution, .transposedConvolution, .dynamicConvolution:
      // The weight has it too; a reader looks for it here.
      let extents = types[positional].shape.suffix(2)
      var kernel: Pair? = Pair(extents[extents.startIndex], extents[extents.startIndex + 1])
      writer.optionalPair("kernel", &kernel)
    default: break
    }
    operation.code(&writer)
    for (label, operand) in zip(labels, operands.dropFirst(positional)) {
      writer.write(label, operand)
    }
    return "\(nameText(node.name)) = \(writer.call(operation.mnemonic)) : \(node.type)"
  }
}

extension Operation {
  /// The names of the operands that follow those by position.
  var operandLabels: [String] {
    switch self {
    case .convolution(let convolution), .dynamicConvolution(let convolution):
      ["weight"] + (convolution.hasBias ? ["bias"] : []) + (convolution.hasResidual ? ["add"] : [])
    case .transposedConvolution(let convolution):
      ["weight"] + (convolution.hasBias ? ["bias"] : [])
    case .linear(let hasBias, _): ["weight"] + (hasBias ? ["bias"] : [])
    case .attention(let attributes): attributes.hasMask ? ["mask"] : []
    case .recurrent(let layer): ["weight_ih", "weight_hh"] + layer.optionalOperands
    case .quantize, .dequantize: ["scale", "zero_point"]
    case .batchNormalization: ["weight", "bias", "running_mean", "running_var"]
    default: []
    }
  }
}
