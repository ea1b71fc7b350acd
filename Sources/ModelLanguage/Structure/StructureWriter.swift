import GraphIR

/// Writes single nodes of a graph as calls, with trained tensors known by the names of nodes.
struct StructureWriter {
  let graph: Graph

  /// The numbers of a node that a block may have as parameters, as text.
  struct Numbers {
    var count = ""
    var stride = ""
    var groups = ""
  }

  /// The roles of operands that are trained tensors of the node alone: position → role, as in
  /// `NAME.weight`.
  func weightRoles(of id: NodeID) -> [Int: String] {
    let node = graph[id]
    let roles: [String]
    switch node.operation {
    case .convolution(let attributes): roles = attributes.hasBias ? ["weight", "bias"] : ["weight"]
    case .transposedConvolution(let attributes):
      roles = attributes.hasBias ? ["weight", "bias"] : ["weight"]
    case .linear(let hasBias, _): roles = hasBias ? ["weight", "bias"] : ["weight"]
    case .batchNormalization: roles = ["weight", "bias", "running_mean", "running_var"]
    case .binary(.prelu, _) where isSlope(node.inputs[1], of: node): roles = ["weight"]
    default: return [:]
    }
    let operands = node.inputs[1...].prefix(roles.count)
    let areOwn = operands.allSatisfy { isTensor($0) && isOwn($0) && !graph.isOutput($0) }
    guard areOwn else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: roles.enumerated().map { ($0.offset + 1, $0.element) })
  }

  /// Whether an operand is a slope for each channel, or for all, as `prelu(x)` has it.
  private func isSlope(_ slope: NodeID, of node: Node) -> Bool {
    let (x, shape) = (graph[node.inputs[0]].type.shape, graph[slope].type.shape)
    guard x.count >= 2, x == node.type.shape else { return false }
    let ones = [Int](repeating: 1, count: x.count - 2)
    return shape == [x[1]] + ones || shape == [1] + ones
  }

  /// Whether nothing else reads a tensor, or it is known and small, so that each reader can have one
  /// of its own: some exporters write equal biases once.
  private func isOwn(_ id: NodeID) -> Bool {
    if graph.users(of: id).count == 1 { return true }
    guard case .constant = graph[id].operation else { return false }
    return graph[id].type.rank <= 1
  }

  private func isTensor(_ id: NodeID) -> Bool {
    switch graph[id].operation {
    case .parameter, .constant: graph[id].type.element == .float32
    default: false
    }
  }

  /// A constant that is written out, as text; nil for everything else.
  func literal(_ id: NodeID) -> String? {
    guard let values = graph.constantValue(of: id).flatMap(Printer.literalValues) else {
      return nil
    }
    let type = graph[id].type
    let isOne = type.rank == 0
    return "constant(\(isOne ? values.joined() : "[\(values.joined(separator: ", "))]")) : \(type)"
  }

  /// What a node computes but for the numbers that may be a block's parameters.
  func key(of id: NodeID) -> String {
    // A stride that is not the same both ways is no integer, and stays.
    let blank = Numbers(stride: numbers(of: id).stride == nil ? "" : "1")
    return call(
      id, operands: graph[id].inputs.map { _ in "_" }, roles: weightRoles(of: id), numbers: blank)
  }

  /// The numbers of a node that may be a block's parameters; nil where it has none.
  func numbers(of id: NodeID) -> (count: Int?, stride: Int?, groups: Int?) {
    let node = graph[id]
    guard !weightRoles(of: id).isEmpty else { return (nil, nil, nil) }
    switch node.operation {
    case .convolution(let attributes):
      let stride = attributes.stride
      return (
        node.type.shape[1], stride.height == stride.width ? stride.height : nil, attributes.groups
      )
    case .transposedConvolution: return (node.type.shape[1], nil, nil)
    case .linear: return (node.type.shape.last, nil, nil)
    default: return (nil, nil, nil)
    }
  }

  /// A call of a node's operation.
  ///
  /// - Parameters:
  ///   - operands: text of each operand; those that have a role are left out.
  ///   - roles: see `weightRoles(of:)`.
  ///   - numbers: in place of the node's own; a stride and groups of 1 are left out.
  func call(
    _ id: NodeID, operands: [String], roles: [Int: String], numbers: Numbers
  ) -> String {
    let node = graph[id]
    var operation = node.operation
    let types = graph.operandTypes(of: id)
    let isImplicit = !roles.isEmpty
    let labels = isImplicit ? [] : operation.operandLabels
    let positional =
      isImplicit ? 1 : operands.count - (operation.operandLabels.count)
    var texts = Array(operands.prefix(positional))
    if isImplicit, !numbers.count.isEmpty { texts.append(numbers.count) }
    if case .reshape(let shape) = operation, isFlatten(shape, types[0].shape) {
      return "flatten(\(texts[0]))"
    }
    var writer = CallWriter(operands: texts, types: types)
    switch operation {
    case .convolution(var attributes):
      writeKernel(types[1], &writer)
      if isImplicit {
        if !numbers.stride.isEmpty { attributes.stride = Pair(1) }
        attributes.groups = 1
        if !["", "1"].contains(numbers.stride) { writer.write("stride", numbers.stride) }
        if !["", "1"].contains(numbers.groups) { writer.write("groups", numbers.groups) }
        if attributes.hasBias { writer.write("bias", "true") }
        if let residual = attributes.residualIndex { writer.write("add", operands[residual]) }
      }
      operation = .convolution(attributes)
    case .transposedConvolution(let attributes):
      writeKernel(types[1], &writer)
      if isImplicit, attributes.hasBias { writer.write("bias", "true") }
    case .dynamicConvolution: writeKernel(types[2], &writer)
    case .linear(let hasBias, _):
      if isImplicit, !hasBias { writer.write("bias", "false") }
    case .binary(.prelu, _):
      if isImplicit, types[1].shape[0] == 1, types[0].shape[1] != 1 { writer.write("slopes", "1") }
    default: break
    }
    operation.code(&writer)
    for (label, operand) in zip(labels, operands.dropFirst(positional)) {
      writer.write(label, operand)
    }
    return writer.call(operation.mnemonic)
  }

  /// The infix form of sums, differences, products and quotients; nil for everything else.
  func infix(_ id: NodeID, _ operands: [String]) -> String? {
    let sign: String
    switch graph[id].operation {
    case .binary(.add, nil): sign = "+"
    case .binary(.subtract, nil): sign = "-"
    case .binary(.multiply, nil): sign = "*"
    case .binary(.divide, nil): sign = "/"
    default: return nil
    }
    return "\(operands[0]) \(sign) \(operands[1])"
  }

  /// The nodes that are written inside the one that reads them: functions of one element, sums and
  /// the like that only such a function reads, and what a classifier does to an image before its
  /// linear layer. No more than three are nested.
  ///
  /// - Parameter isNear: whether a node is written in the same place.
  func nested(_ nodes: [NodeID], _ isNear: (NodeID) -> Bool) -> Set<NodeID> {
    var depths: [NodeID: Int] = [:]
    for id in nodes where graph.hasSingleUse(id) && weightRoles(of: id).isEmpty {
      guard let reader = graph.users(of: id).first, isNear(reader) else { continue }
      let depth = 1 + (graph[id].inputs.compactMap { depths[$0] }.max() ?? 0)
      let isSimple =
        switch graph[id].operation {
        case .unary, .globalAveragePool: true
        case .reshape(let shape): isFlatten(shape, graph.operandTypes(of: id)[0].shape)
        case .binary(_, then: nil):
          if case .unary = graph[reader].operation { true } else { false }
        default: false
        }
      if isSimple, depth <= 3 { depths[id] = depth }
    }
    return Set(depths.keys)
  }

  private func writeKernel(_ weight: TensorType, _ writer: inout CallWriter) {
    let extents = weight.shape.suffix(2)
    var kernel: Pair? = Pair(extents[extents.startIndex], extents[extents.startIndex + 1])
    writer.optionalPair("kernel", &kernel)
  }

  private func isFlatten(_ shape: [Int], _ operand: [Int]) -> Bool {
    operand.count > 2 && shape == [operand[0], operand.dropFirst().reduce(1, *)]
  }
}
