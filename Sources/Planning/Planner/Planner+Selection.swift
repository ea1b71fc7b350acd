import GraphIR

/// Elements that are not f32.
///
/// Every kernel computes with f32. A truth value is 0 or 1; an integer is itself as far as f32 holds
/// it. Arithmetic that could leave the integers that are exact, and whatever could tell apart integers
/// that f32 does not, is refused: `HeldIntegers`. What callers give and take has its own type in
/// memory: `OwnElements.swift`.
extension Planner {
  /// Throws where f32 does not hold the integers that matter.
  func checkIntegers(_ id: NodeID) throws {
    let node = graph[id]
    // Its integers are not held as f32.
    if case .integerConvolution = node.operation { return }
    for operand in node.inputs where !ownNodes.contains(id) { try checkConstant(operand) }
    switch node.operation {
    case .compare:
      let operands = node.inputs.compactMap { integers[$0] }
      guard operands.contains(where: \.isSmall) || operands.allSatisfy(\.isExact) else {
        throw beyondExact("\(node.operation.mnemonic) of integers")
      }
    case .gather(let axis), .gatherElements(let axis):
      let extent = graph[node.inputs[0]].type.shape[axis]
      guard extent <= HeldIntegers.largestAlone || integers[node.inputs[1]]?.isExact != false
      else { throw beyondExact("an index into an axis of \(extent)") }
    case .cast where !ownNodes.contains(node.inputs[0]) && !graph.isRename(id):
      guard integers[node.inputs[0]]?.isExact != false || node.type.element == .bool else {
        throw beyondExact("a cast to \(node.type.element.rawValue)")
      }
    case .binary(.power, _), .binary(.prelu, _), .binary(.remainder, _), .reduce(.product, _, _),
      .scatterElements(_, by: .multiply):
      guard node.type.element == .int64 else { break }
      throw PlanningError(
        message: "\(node.operation.mnemonic) of integers at run time has no kernel",
        hint: "multiply and divide them, or cast them to f32")
    case .binary, .bits, .reduce, .scatterElements:
      if graph.isIntegerArithmetic(id), !ownNodes.contains(id) { try checkArithmetic(id) }
    default: break
    }
  }

  /// Throws where an output may have integers that f32 does not hold, and that exist in f32 only.
  func checkOutput(_ id: NodeID) throws {
    guard !ownNodes.contains(id), !graph.isWideConstant(id), integers[id]?.isExact == false else {
      return
    }
    throw beyondExact("an output")
  }

  private func beyondExact(_ what: String) -> PlanningError {
    PlanningError(
      message: "\(what) may take integers beyond ±\(HeldIntegers.largestAlone), which kernels, "
        + "computing with f32, do not tell apart",
      hint: "limit them with min and max, or cast them to f32 where rounding does not matter")
  }

  /// Throws where arithmetic with integers may leave those that f32 holds.
  private func checkArithmetic(_ id: NodeID) throws {
    let ranges = (graph[id].inputs + [id]).map { integers[$0]?.range ?? .all }
    guard let wide = ranges.firstIndex(where: { !$0.isExact }) else { return }
    let what =
      wide == graph[id].inputs.count ? "its result" : "'\(graph[graph[id].inputs[wide]].name)'"
    throw PlanningError(
      message:
        "\(graph[id].operation.mnemonic) of integers is computed as f32, which has them up to "
        + "\(Int(ValueRange.exactLimit)), but \(what) may be \(ranges[wide].description)",
      hint: "bound the integers with min and max, or cast them to f32 to compute with rounding")
  }

  /// Throws where a constant has an integer that is not exact as f32.
  func checkConstant(_ id: NodeID) throws {
    guard let values = graph.constantValue(of: id)?.wholeNumbers,
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
    let arguments = graph[id].inputs.map { plainPlace(of: $0) }
    addGather(
      id, axis: axis, isPerElement: isPerElement, of: .float32, arguments + [newPlain(id)])
  }

  /// Adds the step of a gather.
  ///
  /// - Parameter element: what the data is in memory.
  mutating func addGather(
    _ id: NodeID, axis: Int, isPerElement: Bool, of element: ElementType, _ arguments: [Place]
  ) {
    let node = graph[id]
    let (data, indices) = (graph[node.inputs[0]].type.shape, graph[node.inputs[1]].type.shape)
    let kernel = GatherKernel(
      lanes: lanes, element: element, outer: data[..<axis].reduce(1, *), axis: data[axis],
      inner: data[(axis + 1)...].reduce(1, *),
      count: isPerElement ? indices[axis] : indices.reduce(1, *), isPerElement: isPerElement)
    let bytes = element.bytes(node.type.elementCount)
    addStep(
      .gather(kernel), arguments, name: node.name, nodes: sources(of: id), flops: 0,
      read: bytes, written: bytes)
  }
}

extension Planner {
  /// A copy of the data, then the updates in it.
  mutating func planScatter(_ id: NodeID, axis: Int, by function: ScatterFunction) {
    let node = graph[id]
    let (data, indices) = (node.type.shape, graph[node.inputs[1]].type.shape)
    let arguments = node.inputs.map { plainPlace(of: $0) }
    let output = newPlain(id)
    addElementwise(
      .copy, extents: [node.type.elementCount], strides: [[1], [1]],
      arguments: [arguments[0], output], name: node.name, nodes: [])
    let kernel = ScatterKernel(
      lanes: lanes, outer: data[..<axis].reduce(1, *), axis: data[axis],
      inner: data[(axis + 1)...].reduce(1, *), count: indices[axis], function: function)
    let bytes = graph[node.inputs[1]].type.storedByteCount
    addStep(
      .scatter(kernel), [arguments[1], arguments[2], output], name: node.name,
      nodes: sources(of: id), flops: 0, read: 2 * bytes, written: bytes)
  }
}

extension TensorType {
  /// Bytes while a model runs: every element is an f32.
  var storedByteCount: Int { ElementType.float32.bytes(elementCount) }
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
  /// A float without its fraction.
  private static let towardsZero = ElementwiseExpression.select(
    .compare(.less, .copy, .constant(0)), .unary(.ceil), .unary(.floor)
  ).withoutNegativeZero

  /// The same number, and 0 for -0, which integers do not have.
  private var withoutNegativeZero: ElementwiseExpression { .binary(.add, self, .constant(0)) }

  /// A float truncated towards zero, and NaN as 0.
  static let truncated: ElementwiseExpression = {
    let x = ElementwiseExpression.copy
    let limit: Float = 0x1p63
    return .select(
      .compare(.equal, x, x), .unary(.clip(low: -limit, high: limit), towardsZero), .constant(0))
  }()

  /// A function of two integers that stay within ±2²⁴: a quotient is truncated, and 0 where the
  /// divisor is.
  static func ofIntegers(
    _ function: BinaryFunction, _ a: ElementwiseExpression, _ b: ElementwiseExpression
  ) -> ElementwiseExpression {
    let result = ElementwiseExpression.binary(function, a, b)
    switch function {
    case .multiply: return result.withoutNegativeZero
    case .divide:
      // The quotient of such numbers is rounded to an integer only where it is one.
      return .select(
        .compare(.equal, b, .constant(0)), .constant(0), towardsZero.substituting([result]))
    default: return result
    }
  }

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
