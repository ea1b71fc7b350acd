import GraphIR

/// `Trilu`: the upper or the lower triangle of matrices, 0 elsewhere; the diagonal is known.
func importTriangle(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let type = context.type(of: x)
  let isUpper = try context.flag("upper", default: true)
  let shift = context.hasOperand(1) ? try context.knownIntegers(1, "k") : [0]
  guard type.rank >= 2, shift.count == 1 else {
    throw Refusal("it takes matrices and one k, not \(type) and \(shift)")
  }
  let (rows, columns) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
  // Farther away than the matrix is large, all diagonals are the same.
  let first = min(max(shift[0], -rows - 1), columns + 1)
  try context.payForComputing(rows * columns)
  let kept = (0..<rows).flatMap { row in
    (0..<columns).map { isUpper ? $0 - row >= first : $0 - row <= first }
  }
  let mask = context.addConstant(Tensor([rows, columns], booleans: kept), suffix: "mask")
  let zero = context.addConstant(.zeros(as: type.element), suffix: "zero")
  return [.node(try context.add(.select, [mask, x, zero]))]
}

/// `Hardmax`: 1 for the first of the largest elements along `axis`, 0 elsewhere; over all axes from it on
/// before set 13.
func importHardmax(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var x = try context.operand(0)
  let shape = context.shape(of: x)
  let isFlat = context.opset < 13
  let stated = try context.integer("axis", default: isFlat ? 1 : -1)
  // Before set 13 the axis may also be the rank itself.
  var axis =
    isFlat && stated == shape.count ? stated : try context.axis(stated, rank: shape.count)
  if isFlat {
    x = try context.add(.reshape(flattened(shape, at: axis)), [x], suffix: "flat")
    axis = 1
  }
  let lines = context.shape(of: x)
  let place = try context.add(.topIndices(TopIndices(axis: axis)), [x], suffix: "place")
  let isPlace = try context.comparison(
    .equal, place, try context.numbers(lines[axis], behind: lines.count - 1 - axis))
  let ones = try context.add(.cast(.float32), [isPlace], suffix: "ones")
  return [.node(try context.add(.reshape(shape), [ones]))]
}

/// `OneHot`: along a new axis the second value where the index is, the first elsewhere; an index outside
/// of the axis is nowhere.
func importOneHot(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var indices = try context.operand(0)
  if context.type(of: indices).element == .float32 {
    indices = try context.add(.cast(.int64), [indices], suffix: "indices")
  }
  let depth = try Double(context.knownScalar(1, "depth"))
  guard depth >= 1, depth <= 0x1p23 else { throw Refusal("a depth of \(depth) is not supported") }
  let values = try context.operand(2)
  guard context.shape(of: values) == [2] else {
    throw Refusal("it takes two values, not \(context.type(of: values))")
  }
  var shape = context.shape(of: indices)
  let axis = try context.axis(try context.integer("axis", default: -1), rank: shape.count + 1)
  let behind = shape.count - axis
  shape.insert(1, at: axis)
  let index = try context.add(.reshape(shape), [indices], suffix: "index")
  // Negative ones count from the end.
  let count = Int(depth)
  let isHere = try context.comparison(
    .equal, index, try context.numbers(count, behind: behind))
  let isHereFromEnd = try context.comparison(
    .equal, index, try context.numbers(count, from: -count, behind: behind))
  let isEither = try context.step(.maximum, isHere, isHereFromEnd)
  let (off, on) = (try context.listEntry(0, of: values), try context.listEntry(1, of: values))
  return [.node(try context.add(.select, [isEither, on, off]))]
}

extension OperatorContext {
  /// The integers from `start` on along an axis that has others behind it.
  func numbers(_ count: Int, from start: Int = 0, behind: Int) throws -> NodeID {
    try payForComputing(8 * count)
    let values = (0..<count).map { Int64(start + $0) }
    let shape = [count] + [Int](repeating: 1, count: behind)
    return addConstant(Tensor(shape, integers: values), suffix: "numbers")
  }

  /// One element of a list.
  fileprivate func listEntry(_ index: Int, of list: NodeID) throws -> NodeID {
    let range = SliceRange(start: index, end: index + 1)
    return try add(
      .reshape([]), [try add(.slice([range]), [list], suffix: "entry")], suffix: "entry")
  }
}
