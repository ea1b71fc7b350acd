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

/// `ScatterElements`, and `Scatter` as it was called before set 11.
func importScatterElements(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let data = try context.operand(0)
  let rank = context.shape(of: data).count
  let axis = try context.axis(try context.integer("axis", default: 0), rank: rank)
  let reduction = try context.string("reduction", default: "none")
  guard reduction == "none" else {
    throw Refusal("reduction '\(reduction)' is not supported; none is")
  }
  let operands = [data, try context.operand(1), try context.operand(2)]
  return [.node(try context.add(.scatterElements(axis: axis), operands))]
}

/// `GatherElements`.
func importGatherElements(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let data = try context.operand(0)
  let rank = context.shape(of: data).count
  let axis = try context.axis(try context.integer("axis", default: 0), rank: rank)
  return [.node(try context.add(.gatherElements(axis: axis), [data, try context.operand(1)]))]
}
