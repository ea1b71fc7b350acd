import GraphIR
import Interpreter

/// `Trilu`: the upper or the lower triangle of matrices, 0 elsewhere.
func evaluateTrilu(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  let isUpper = try context.flag("upper", default: true)
  let shift = context.hasOperand(1) ? try context.knownIntegers(1, "k") : [0]
  guard x.shape.count >= 2, shift.count == 1 else {
    throw Refusal("it takes matrices and one k, not \(x.tensor.type) and \(shift)")
  }
  let (rows, columns) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
  // Farther away than the matrix is large, all diagonals are the same.
  let first = min(max(shift[0], -rows - 1), columns + 1)
  try context.reserve(x.shape)
  let triangle = Triangle(isUpper: isUpper, rows: rows, columns: columns, first: first)
  return [KnownTensor(Tensor(x.shape, from: [x.tensor], by: triangle), x.type)]
}

/// Matrices with zeros on one side of a diagonal.
private struct Triangle: Rearrangement {
  let isUpper: Bool
  let rows, columns: Int
  /// The diagonal, counted to the right from the main one.
  let first: Int

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    operands[0].enumerated().map { place, value in
      let (row, column) = (place / columns % rows, place % columns)
      return (isUpper ? column - row >= first : column - row <= first) ? value : Element(filling: 0)
    }
  }
}

/// `OneHot`: along a new axis the second value where the index is, the first elsewhere; an index outside
/// of the axis is nowhere.
func evaluateOneHot(_ context: OperatorContext) throws -> [KnownTensor] {
  let (indices, depths, values) = (
    try context.known(0), try context.known(1).numbers, try context.known(2)
  )
  guard depths.count == 1, depths[0] >= 0, depths[0] <= 0x1p30, values.tensor.count == 2 else {
    throw Refusal("it takes one depth and two values, not \(depths) and \(values.tensor.type)")
  }
  let depth = Int(depths[0])
  let rank = indices.shape.count + 1
  let axis = try context.axis(try context.integer("axis", default: -1), rank: rank)
  var shape = indices.shape
  shape.insert(depth, at: axis)
  try context.reserve(shape)
  let lines = Lines(shape, axis)
  var sources = [Int](repeating: 0, count: shape.reduce(1, *))
  for (start, index) in zip(lines.starts, indices.numbers.map(truncated)) {
    guard index >= -Int64(depth), index < Int64(depth) else { continue }
    sources[start + Int(index < 0 ? index + Int64(depth) : index) * lines.stride] = 1
  }
  return [values.gathered(sources, shape)]
}

/// `EyeLike`: ones on a diagonal, in the shape of a matrix, whose values do not matter.
func evaluateEyeLike(_ context: OperatorContext) throws -> [KnownTensor] {
  let like = try context.operandType(0)
  guard like.rank == 2 else { throw Refusal("it takes a matrix, not \(like)") }
  let shift = try context.integer("k", default: 0)
  let type =
    try context.integer("dtype").map { FileType(rawValue: $0) ?? .undefined }
    ?? context.fileType(0)
  try context.reserve(like.shape)
  let ones = (0..<like.elementCount).map {
    // No difference of extents overflows, but a sum with the attribute may.
    $0 % like.shape[1] - $0 / like.shape[1] == shift
  }
  switch type.element {
  case .float32:
    return [KnownTensor(Tensor(like.shape, floats: ones.map { $0 ? 1 : 0 }), type)]
  case .int64, .int32, .int8, .uint8:
    return [KnownTensor(Tensor(like.shape, integers: ones.map { $0 ? 1 : 0 }), type)]
  case .bool:
    return [KnownTensor(Tensor(like.shape, booleans: ones), type)]
  case nil:
    throw Refusal("it gives elements of type \(type), which is not supported")
  }
}

/// `ReverseSequence`: of every entry of the batch, the first elements in reverse.
func evaluateReverseSequence(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  let lengths = try context.knownIntegers(1, "lengths")
  let batch = try context.integer("batch_axis", default: 1)
  let time = try context.integer("time_axis", default: 0)
  guard x.shape.count >= 2, Set([batch, time]) == [0, 1], lengths.count == x.shape[batch],
    lengths.allSatisfy({ $0 >= 0 && $0 <= x.shape[time] })
  else {
    throw Refusal(
      "lengths \(lengths) do not fit axes \(batch) and \(time) of \(x.tensor.type)")
  }
  try context.reserve(x.shape)
  let strides = rowMajorStrides(of: x.shape)
  let sources = (0..<x.tensor.count).map { place -> Int in
    let length = lengths[place / strides[batch] % x.shape[batch]]
    let index = place / strides[time] % x.shape[time]
    return index < length ? place + (length - 1 - 2 * index) * strides[time] : place
  }
  return [x.gathered(sources, x.shape)]
}
