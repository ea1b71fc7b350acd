import GraphIR

/// `CumSum` along an axis that is known: x plus itself moved by 1, that plus itself moved by 2, by 4,
/// and so on. `exclusive` leaves each element itself out, `reverse` starts at the end.
func importCumulativeSum(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var sum = try context.operand(0)
  let shape = context.shape(of: sum)
  let stated = try context.knownIntegers(1, "axis")
  guard stated.count == 1 else { throw Refusal("its axis must be one integer") }
  let axis = try context.axis(stated[0], rank: shape.count)
  let (exclusive, reverse) = (try context.flag("exclusive"), try context.flag("reverse"))
  func moved(by count: Int) throws -> NodeID {
    let sides = shape.indices.map { $0 == axis ? count : 0 }
    let none = shape.map { _ in 0 }
    let amounts = PadAmounts(before: reverse ? none : sides, after: reverse ? sides : none)
    let padded = try context.add(.pad(amounts), [sum], suffix: "padded")
    let ranges = shape.indices.map { other in
      let start = other == axis && reverse ? count : 0
      return SliceRange(start: start, end: start + shape[other])
    }
    return try context.add(.slice(ranges), [padded], suffix: "moved")
  }
  if exclusive, shape[axis] > 0 { sum = try moved(by: 1) }
  var count = 1
  while count < shape[axis] {
    sum = try context.step(.add, sum, try moved(by: count))
    count *= 2
  }
  return [.node(try context.add(.identity, [sum]))]
}
