import GraphIR

/// `MatMul` of integers, and `MatMulInteger`, whose operands have zero points: one, or one for each row
/// of the first and each column of the second.
func evaluateIntegerProduct(_ context: OperatorContext) throws -> [KnownTensor] {
  var (a, b) = (try context.known(0), try context.known(1))
  guard !a.shape.isEmpty, !b.shape.isEmpty else { throw Refusal("a scalar is not a matrix") }
  let type: FileType = context.hasZeroPoints ? .int32 : a.type
  if context.hasZeroPoints {
    a = try context.moved(a, by: 2, along: -2)
    b = try context.moved(b, by: 3, along: -1)
  }
  let (aShape, bShape) = (
    a.shape.count == 1 ? [1] + a.shape : a.shape, b.shape.count == 1 ? b.shape + [1] : b.shape
  )
  let (rows, inner) = (aShape[aShape.count - 2], aShape[aShape.count - 1])
  let columns = bShape[bShape.count - 1]
  guard bShape[bShape.count - 2] == inner,
    let stack = broadcastShape(Array(aShape.dropLast(2)), Array(bShape.dropLast(2)))
  else { throw Refusal("matmul cannot multiply \(a.tensor.type) by \(b.tensor.type)") }
  try context.reserve(stack + [rows, columns], steps: inner)
  let (left, right) = (try a.integers("operands"), try b.integers("operands"))
  let aStarts = placesToBroadcast(Array(aShape.dropLast(2)), to: stack)
  let bStarts = placesToBroadcast(Array(bShape.dropLast(2)), to: stack)
  var result: [Int64] = []
  for (aStart, bStart) in zip(aStarts, bStarts) {
    for row in 0..<rows {
      for column in 0..<columns {
        var sum: Int64 = 0
        for k in 0..<inner {
          let (x, y) = (aStart * rows + row, (bStart * inner + k) * columns + column)
          sum &+= left[x * inner + k] &* right[y]
        }
        result.append(sum)
      }
    }
  }
  var shape = stack
  if a.shape.count > 1 { shape.append(rows) }
  if b.shape.count > 1 { shape.append(columns) }
  return [try KnownTensor(shape, wrapping: result, type)]
}

extension OperatorContext {
  /// Whether the operator is the one whose operands have zero points.
  fileprivate var hasZeroPoints: Bool { operatorName == "MatMulInteger" }

  /// A matrix less its zero points.
  fileprivate func moved(
    _ x: KnownTensor, by index: Int, along axis: Int
  ) throws -> KnownTensor {
    guard let zero = try optionalKnown(index) else { return x }
    var shape = zero.shape
    // A list lies along the rows of the first operand, the columns of the second.
    if shape.count == 1, shape[0] > 1, axis == -2 { shape.append(1) }
    guard broadcastShape(x.shape, shape) == x.shape else {
      throw Refusal("a zero point \(zero.tensor.type) does not fit \(x.tensor.type)")
    }
    try reserve(x.shape)
    let points = try zero.integers("zero point")
    let places = placesToBroadcast(shape, to: x.shape)
    let values = zip(try x.integers("operands"), places).map { $0 &- points[$1] }
    return KnownTensor(Tensor(x.shape, integers: values), .int64)
  }
}
