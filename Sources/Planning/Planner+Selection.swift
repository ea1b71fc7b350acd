import GraphIR

/// Elements that are not f32.
///
/// Every kernel computes with f32. A truth value is 0 or 1; an integer is itself, and every one that
/// a model may compute is exact: an index below 2²⁴, a float that was truncated, or one of those
/// moved, compared or chosen. Arithmetic that could leave these is refused. Only inputs and outputs
/// have their own types in memory; they are converted there.
extension Planner {
  /// Gives inputs of truth values the form that kernels read.
  mutating func convertInputs() {
    for (index, input) in graph.inputs.enumerated()
    where graph[input.node].type.element == .bool && forms[input.node] == nil {
      let node = graph[input.node]
      let place = newBuffer(node.name, bytes: node.type.storedByteCount)
      forms[input.node] = Forms(plain: place)
      addConversion(
        .fromTruth, node, from: Place(base: .fixed(.input(index))), to: place)
    }
  }

  /// Writes an output of another type than f32.
  mutating func convertOutput(_ index: Int, _ node: Node, from place: Place) {
    addConversion(
      node.type.element == .bool ? .toTruth : .toIntegers, node, from: place,
      to: Place(base: .fixed(.output(index))))
  }

  private mutating func addConversion(
    _ direction: ConvertKernel.Direction, _ node: Node, from: Place, to: Place
  ) {
    let count = node.type.elementCount
    guard count > 0 else { return }
    addStep(
      .convert(ConvertKernel(lanes: lanes, direction: direction, count: count)), [from, to],
      name: node.name, nodes: [], flops: 0, read: node.type.storedByteCount,
      written: node.type.storedByteCount)
  }

  /// Throws where a constant integer is not exact as f32, or integers are computed with.
  func checkIntegers(_ id: NodeID) throws {
    for operand in graph[id].inputs { try checkConstant(operand) }
    guard graph[id].type.element == .int64, case .binary(let function, _) = graph[id].operation,
      function != .minimum, function != .maximum
    else { return }
    throw PlanningError(
      message: "\(function.mnemonic) of integers at run time has no kernel",
      hint: "cast them to f32, or let them follow from constants and shapes")
  }

  /// Throws where a constant has an integer that is not exact as f32.
  func checkConstant(_ id: NodeID) throws {
    guard let tensor = graph.constantValue(of: id), case .int64(let values) = tensor.storage,
      let large = values.first(where: { Int64(exactly: Float($0)) != $0 })
    else { return }
    throw PlanningError(
      message: "the integer \(large) of '\(graph[id].name)' is not exact as f32, which kernels use")
  }

  mutating func planTopIndices(_ id: NodeID, _ attributes: TopIndices) {
    let node = graph[id]
    let shape = graph[node.inputs[0]].type.shape
    let kernel = TopIndicesKernel(
      lanes: lanes, outer: shape[..<attributes.axis].reduce(1, *), axis: shape[attributes.axis],
      inner: shape[(attributes.axis + 1)...].reduce(1, *), count: attributes.count,
      smallest: attributes.smallest, prefersLast: attributes.prefersLast)
    let input = plainPlace(of: node.inputs[0])
    addStep(
      .topIndices(kernel), [input, newPlain(id)], name: node.name, nodes: sources(of: id),
      flops: shape.reduce(1, *) * attributes.count, read: operandBytes(id),
      written: node.type.storedByteCount)
  }

  mutating func planGather(_ id: NodeID, axis: Int, isPerElement: Bool) {
    let node = graph[id]
    let (data, indices) = (graph[node.inputs[0]].type.shape, graph[node.inputs[1]].type.shape)
    let kernel = GatherKernel(
      lanes: lanes, outer: data[..<axis].reduce(1, *), axis: data[axis],
      inner: data[(axis + 1)...].reduce(1, *),
      count: isPerElement ? indices[axis] : indices.reduce(1, *), isPerElement: isPerElement)
    let arguments = [plainPlace(of: node.inputs[0]), plainPlace(of: node.inputs[1])]
    addStep(
      .gather(kernel), arguments + [newPlain(id)], name: node.name, nodes: sources(of: id),
      flops: 0, read: node.type.storedByteCount, written: node.type.storedByteCount)
  }
}

extension TensorType {
  /// Bytes while a model runs: every element is an f32.
  var storedByteCount: Int { 4 * elementCount }
}

extension Tensor {
  /// The elements as kernels read them.
  var storedFloats: [Float] {
    switch storage {
    case .float32(let values): values
    case .int64(let values): values.map { Float($0) }
    case .int32(let values): values.map { Float($0) }
    case .int8(let values): values.map { Float($0) }
    case .uint8(let values): values.map { Float($0) }
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }
}

extension Graph {
  /// Whether a value that is computed or given has another type than f32.
  var hasOtherElements: Bool {
    (order + inputs.map(\.node)).contains { self[$0].type.element != .float32 }
  }

  /// Whether the result of a node is its operand's memory under another type or shape.
  func isRename(_ id: NodeID) -> Bool {
    switch self[id].operation {
    case .reshape, .identity, .dropout: true
    case .cast(let element):
      element.holds(everythingOf: self[self[id].inputs[0]].type.element)
    default: false
    }
  }
}

extension ElementwiseExpression {
  /// A float truncated towards zero, and NaN as 0.
  static let truncated: ElementwiseExpression = {
    let x = ElementwiseExpression.copy
    let towardsZero = ElementwiseExpression.select(
      .compare(.less, x, .constant(0)), .unary(.ceil, x), .unary(.floor, x))
    let limit: Float = 0x1p63
    return .select(
      .compare(.equal, x, x), .unary(.clip(low: -limit, high: limit), towardsZero), .constant(0))
  }()

  /// 1 for anything but 0.
  static let truth = ElementwiseExpression.select(
    .compare(.equal, .copy, .constant(0)), .constant(0), .constant(1))
}

extension ElementType {
  /// Whether a number of the other type stays as it is when it is cast to this one.
  fileprivate func holds(everythingOf other: ElementType) -> Bool {
    switch (other, self) {
    case (.bool, _), (_, .float32): return true
    case (_, .bool), (.float32, _): return false
    case (.int64, _), (.int32, _), (.int8, _), (.uint8, _):
      guard let own = integers, let others = other.integers else { return false }
      return own.contains(others.lowerBound) && own.contains(others.upperBound)
    }
  }
}
