import GraphIR

/// `GatherND`: slices of the first operand, at indices of its first axes behind those of the batch. An index
/// outside of its axis is clamped into it.
func importGatherSlices(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let indices = try context.operand(1)
  let (shape, places) = (context.shape(of: x), context.shape(of: indices))
  let batch = try context.integer("batch_dims", default: 0)
  guard let depth = places.last, batch >= 0, batch < places.count, depth >= 1,
    depth <= shape.count - batch, shape.prefix(batch) == places.prefix(batch)
  else {
    throw Refusal("indices \(context.type(of: indices)) do not fit \(context.type(of: x))")
  }
  let groups = shape[..<batch].reduce(1, *)
  let perGroup = places[batch..<(places.count - 1)].reduce(1, *)
  let rows = try context.add(
    .reshape([groups, perGroup, depth]), [indices], suffix: "rows")
  var flat = try context.flatIndices(
    rows, Array(shape[batch..<(batch + depth)]), clamps: batch > 0)
  let extent = shape[batch..<(batch + depth)].reduce(1, *)
  if batch > 0 {
    // Where the entries of each group start.
    try context.payForComputing(8 * groups)
    let starts = (0..<groups).map { Int64($0 * extent) }
    flat = try context.step(
      .add, flat, context.addConstant(Tensor([groups, 1], integers: starts), suffix: "starts"))
  }
  let inner = Array(shape[(batch + depth)...])
  let entries = try context.add(
    .reshape([groups * extent] + inner), [x], suffix: "entries")
  let slices = try context.add(.gather(axis: 0), [entries, flat], suffix: "slices")
  return [.node(try context.add(.reshape(Array(places.dropLast()) + inner), [slices]))]
}

/// `ScatterND`: a tensor with slices exchanged for others, or joined with them.
func importScatterSlices(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (x, indices, updates) = (
    try context.operand(0), try context.operand(1), try context.operand(2)
  )
  let (shape, places) = (context.shape(of: x), context.shape(of: indices))
  let function = try context.scatterFunction()
  guard let depth = places.last, depth >= 1, depth <= shape.count,
    context.shape(of: updates) == places.dropLast() + shape[depth...]
  else {
    throw Refusal(
      "indices \(context.type(of: indices)) and updates \(context.type(of: updates)) do not fit "
        + "\(context.type(of: x))")
  }
  let count = places.dropLast().reduce(1, *)
  let (extent, inner) = (shape[..<depth].reduce(1, *), shape[depth...].reduce(1, *))
  let rows = try context.add(.reshape([count, depth]), [indices], suffix: "rows")
  let flat = try context.flatIndices(rows, Array(shape[..<depth]), clamps: false)
  let column = try context.add(.reshape([count, 1]), [flat], suffix: "column")
  let targets = try context.add(.broadcast([count, inner]), [column], suffix: "targets")
  let entries = try context.add(.reshape([extent, inner]), [x], suffix: "entries")
  let values = try context.add(.reshape([count, inner]), [updates], suffix: "updates")
  let scattered = try context.add(
    .scatterElements(axis: 0, by: function), [entries, targets, values], suffix: "scattered")
  return [.node(try context.add(.reshape(shape), [scattered]))]
}

/// `ReverseSequence`: of every entry of the batch, the first elements in reverse; their numbers are known.
func importReverseSequence(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let shape = context.shape(of: x)
  let lengths = try context.knownIntegers(1, "lengths")
  let batch = try context.integer("batch_axis", default: 1)
  let time = try context.integer("time_axis", default: 0)
  guard shape.count >= 2, Set([batch, time]) == [0, 1], lengths.count == shape[batch],
    lengths.allSatisfy({ $0 >= 0 && $0 <= shape[time] })
  else {
    throw Refusal(
      "lengths \(lengths) do not fit axes \(batch) and \(time) of \(context.type(of: x))")
  }
  let steps = [shape[0] * shape[1]] + shape[2...]
  try context.payForComputing(8 * steps[0])
  let sources = (0..<steps[0]).map { place -> Int64 in
    let parts = [place / shape[1], place % shape[1]]
    let (entry, step) = (parts[batch], parts[time])
    let source = step < lengths[entry] ? lengths[entry] - 1 - step : step
    return Int64(time == 0 ? source * shape[1] + entry : entry * shape[1] + source)
  }
  let rows = try context.add(.reshape(steps), [x], suffix: "steps")
  let indices = context.addConstant(Tensor([steps[0]], integers: sources), suffix: "sources")
  let reversed = try context.add(.gather(axis: 0), [rows, indices], suffix: "reversed")
  return [.node(try context.add(.reshape(shape), [reversed]))]
}

extension OperatorContext {
  /// The attribute `reduction`.
  func scatterFunction() throws -> ScatterFunction {
    let name = try string("reduction", default: "none")
    if name == "none" { return .replace }
    guard let function = ScatterFunction(rawValue: name), function != .replace else {
      throw Refusal("reduction '\(name)' is not one that ONNX defines")
    }
    return function
  }

  /// Row-major places in a box of `extents`, by indices `[…, extents.count]` of its axes, which count from
  /// the end where negative and are clamped into their axes; what reads them does so itself, where one
  /// axis is all and nothing else is computed with them.
  fileprivate func flatIndices(
    _ indices: NodeID, _ extents: [Int], clamps: Bool
  ) throws -> NodeID {
    let shape = shape(of: indices)
    let strides = rowMajorStrides(of: extents)
    let whole = shape.dropLast().map { SliceRange(start: 0, end: $0) }
    var sum: NodeID?
    for (axis, extent) in extents.enumerated() {
      let column = try add(
        .slice(whole + [SliceRange(start: axis, end: axis + 1)]), [indices], suffix: "column")
      let index = try add(.reshape(Array(shape.dropLast())), [column], suffix: "index")
      if extents.count == 1, !clamps { return index }
      let place = try fromFront(index, extent: extent)
      let offset =
        strides[axis] == 1 ? place : try step(.multiply, place, integer(Int64(strides[axis])))
      sum = try sum.map { try step(.add, $0, offset) } ?? offset
    }
    return sum!
  }

  /// Indices from the front of their axis, clamped into it.
  func fromFront(_ index: NodeID, extent: Int) throws -> NodeID {
    let above = try step(.maximum, index, integer(Int64(-extent)))
    let bounded = try step(.minimum, above, integer(Int64(extent - 1)))
    let isNegative = try comparison(.less, bounded, integer(0))
    let counted = try step(.add, bounded, integer(Int64(extent)))
    return try add(.select, [isNegative, counted, bounded], suffix: "place")
  }
}
