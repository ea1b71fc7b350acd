import GraphIR

/// `Equal`, `Less` and their like; integers that are known are compared at once.
func importComparison(_ comparison: Comparison, exchanged: Bool = false) -> OperatorImporter {
  { context in
    let operands = try context.broadcastOperands()
    return [
      .node(
        try context.add(
          .compare(comparison), exchanged ? [operands[1], operands[0]] : operands))
    ]
  }
}

/// `And` and `Or`: minimum and maximum of truth values.
func importConnective(_ function: BinaryFunction) -> OperatorImporter {
  { context in
    let operands = try context.broadcastOperands()
    for operand in operands where context.type(of: operand).element != .bool {
      throw Refusal("it takes truth values, not \(context.type(of: operand))")
    }
    return [.node(try context.result(function, operands[0], operands[1]))]
  }
}

/// `Not`: whether it equals false.
func importNot(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let no = context.addConstant(Tensor([], booleans: [false]), suffix: "false")
  return [.node(try context.add(.compare(.equal), [try context.operand(0), no]))]
}

/// `Where`.
func importWhere(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let operands = try (0..<3).map { try context.operand($0) }
  return [.node(try context.add(.select, operands))]
}

/// `ArgMax` and `ArgMin`.
func importExtremePlace(smallest: Bool) -> OperatorImporter {
  { context in
    let x = try context.operand(0)
    let shape = context.shape(of: x)
    let axis = try context.axis(try context.integer("axis", default: 0), rank: shape.count)
    let keepsAxis = try context.flag("keepdims", default: true)
    let attributes = TopIndices(
      axis: axis, smallest: smallest, prefersLast: try context.flag("select_last_index"))
    guard !keepsAxis else { return [.node(try context.add(.topIndices(attributes), [x]))] }
    let places = try context.add(.topIndices(attributes), [x], suffix: "places")
    let kept = shape.indices.filter { $0 != axis }.map { shape[$0] }
    return [.node(try context.add(.reshape(kept), [places]))]
  }
}

/// `TopK`: the elements, and where they are; the number as an attribute (before set 10) or operand.
func importTopK(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let axis = try context.axis(
    try context.integer("axis", default: -1), rank: context.shape(of: x).count)
  // What is not sorted may have any order.
  _ = try context.flag("sorted", default: true)
  let count: Int
  if context.opset < 10 {
    guard let stated = try context.integer("k") else { throw Refusal("k is missing") }
    count = stated
  } else {
    let stated = try context.knownIntegers(1, "k")
    guard stated.count == 1 else { throw Refusal("its k must be one integer") }
    count = stated[0]
  }
  let attributes = TopIndices(
    axis: axis, count: count, smallest: try !context.flag("largest", default: true))
  var numbers = x
  if context.type(of: x).element == .int64 {
    if let large = context.knownValue(of: x)?.integers.first(where: {
      Int64(exactly: Float($0)) != $0
    }) {
      throw Refusal("the integer \(large) is not exact as f32")
    }
    numbers = try context.add(.cast(.float32), [x], suffix: "numbers")
  }
  let places = try context.add(.topIndices(attributes), [numbers], suffix: "places")
  let values = try context.add(.gatherElements(axis: axis), [x, places])
  return [.node(values), .node(places)]
}

/// `ScatterElements`, and `Scatter` as it was called before set 11. Where the indices are fewer along other
/// axes, the elements behind them stay.
func importScatterElements(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (data, indices) = (try context.operand(0), try context.operand(1))
  let updates = try context.operand(2)
  let shape = context.shape(of: data)
  let axis = try context.axis(try context.integer("axis", default: 0), rank: shape.count)
  let function = try context.scatterFunction()
  let scatter = GraphIR.Operation.scatterElements(axis: axis, by: function)
  guard let part = try context.part(of: data, besides: axis, like: indices) else {
    return [.node(try context.add(scatter, [data, indices, updates]))]
  }
  // Back into the whole, one axis after the other.
  var result = try context.add(scatter, [part, indices, updates], suffix: "scattered")
  for other in shape.indices.reversed() where context.shape(of: result)[other] < shape[other] {
    let count = context.shape(of: result)[other]
    let ranges = shape.indices.map { position in
      SliceRange(
        start: position == other ? count : 0,
        end: position >= other ? shape[position] : context.shape(of: result)[position])
    }
    let rest = try context.add(.slice(ranges), [data], suffix: "rest")
    result = try context.add(.concatenate(axis: other), [result, rest], suffix: "joined")
  }
  return [.node(try context.add(.identity, [result]))]
}

/// `GatherElements`; the indices may be fewer along other axes.
func importGatherElements(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (data, indices) = (try context.operand(0), try context.operand(1))
  let rank = context.shape(of: data).count
  let axis = try context.axis(try context.integer("axis", default: 0), rank: rank)
  let part = try context.part(of: data, besides: axis, like: indices) ?? data
  return [.node(try context.add(.gatherElements(axis: axis), [part, indices]))]
}

extension OperatorContext {
  /// The first elements of axes along which indices are fewer; nil where they are so along none.
  fileprivate func part(of data: NodeID, besides axis: Int, like indices: NodeID) throws -> NodeID?
  {
    let (shape, wanted) = (shape(of: data), shape(of: indices))
    guard shape.count == wanted.count,
      shape.indices.allSatisfy({ $0 == axis || wanted[$0] <= shape[$0] }),
      shape.indices.contains(where: { $0 != axis && wanted[$0] < shape[$0] })
    else { return nil }
    let ranges = shape.indices.map {
      SliceRange(start: 0, end: $0 == axis ? shape[$0] : wanted[$0])
    }
    return try add(.slice(ranges), [data], suffix: "part")
  }
}
