import GraphIR

/// `Tile`: every axis so often, as a broadcast along an axis before each.
func importTile(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let repeats = try context.knownIntegers(1, "repeats")
  guard repeats.count == shape.count, repeats.allSatisfy({ $0 >= 0 }) else {
    throw Refusal("repeats \(repeats) do not fit \(context.type(of: x))")
  }
  try checkSize(of: repeats)
  let tiled = zip(shape, repeats).map { extent, count in
    (extents: [1, extent], whole: [count, extent])
  }
  let whole = tiled.flatMap(\.whole)
  try checkSize(of: whole)
  let split = try context.add(.reshape(tiled.flatMap(\.extents)), [x], suffix: "split")
  let copies = try context.add(.broadcast(whole), [split], suffix: "copies")
  return [.node(try context.add(.reshape(zip(shape, repeats).map { $0 * $1 }), [copies]))]
}

extension OperatorContext {
  /// x repeated periodically on both sides of every axis, as `Pad` does in mode `wrap`.
  func wrapped(_ x: NodeID, before: [Int], after: [Int]) throws -> NodeID {
    var result = x
    for axis in before.indices where before[axis] > 0 || after[axis] > 0 {
      let shape = self.shape(of: result)
      let extent = shape[axis]
      guard extent > 0, before[axis] + after[axis] <= 64 * extent else {
        throw Refusal("it cannot wrap an axis of \(extent) by \(before[axis]) and \(after[axis])")
      }
      // The first element is number -before of the periodic sequence.
      var pieces: [NodeID] = []
      var (start, left) = (
        (extent - before[axis] % extent) % extent, before[axis] + extent + after[axis]
      )
      while left > 0 {
        var ranges = shape.map { SliceRange(start: 0, end: $0) }
        ranges[axis] = SliceRange(start: start, end: min(extent, start + left))
        left -= ranges[axis].count
        start = 0
        pieces.append(try add(.slice(ranges), [result], suffix: "piece"))
      }
      result = try add(.concatenate(axis: axis), pieces, suffix: "wrapped")
    }
    return result
  }
}
