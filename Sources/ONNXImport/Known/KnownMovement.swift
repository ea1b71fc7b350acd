import GraphIR
import Interpreter

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
