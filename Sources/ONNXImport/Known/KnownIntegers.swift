import Foundation
import GraphIR
import Interpreter
import TensorFiles

/// A function of every integer of the one operand; it wraps as the file's type does.
func integerFunction(
  _ body: @escaping @Sendable (Int64) -> Int64
) -> @Sendable (OperatorContext) throws -> [KnownTensor] {
  { context in
    let x = try context.known(0)
    try context.reserve(x.shape)
    return [try KnownTensor(x.shape, wrapping: x.integers("operand").map(body), x.type)]
  }
}

/// A function of two integers, broadcast, from left to right where there are more; it wraps as the file's
/// type does.
func integerFunction(
  _ body: @escaping @Sendable (Int64, Int64) throws -> Int64
) -> @Sendable (OperatorContext) throws -> [KnownTensor] {
  { context in
    let operands = try (0..<context.operandCount).map { try context.known($0) }
    let (shape, equal) = try context.broadcast(operands)
    let type = operands[0].type
    var result = try equal[0].integers("operands")
    for operand in equal.dropFirst() {
      result = try zip(result, operand.integers("operands")).map { try type.wrapped(body($0, $1)) }
    }
    return [KnownTensor(Tensor(shape, integers: result), type)]
  }
}

/// The quotient towards zero.
@Sendable func quotient(_ a: Int64, _ b: Int64) throws -> Int64 {
  guard b != 0 else { throw Refusal("it divides integers by 0") }
  return a.dividedReportingOverflow(by: b).partialValue
}

/// `Mod`: the rest has the sign of the divisor, or with `fmod` that of the number.
func evaluateMod(_ context: OperatorContext) throws -> [KnownTensor] {
  let likeC = try context.flag("fmod")
  let (shape, operands) = try context.broadcast([try context.known(0), try context.known(1)])
  let type = operands[0].type
  switch (operands[0].tensor.storage, operands[1].tensor.storage) {
  case (.int64(let a), .int64(let b)):
    let rests = try zip(a, b).map { number, divisor in
      guard divisor != 0 else { throw Refusal("it divides integers by 0") }
      let rest = number.remainderReportingOverflow(dividingBy: divisor).partialValue
      return !likeC && rest != 0 && (rest < 0) != (divisor < 0) ? rest &+ divisor : rest
    }
    return [KnownTensor(Tensor(shape, integers: rests), type)]
  default:
    throw Refusal("operands of types \(operands.map(\.tensor.type)) do not mix")
  }
}

/// `Pow`, of the base's type; an integer to a power of integers is exact modulo its type.
func evaluatePow(_ context: OperatorContext) throws -> [KnownTensor] {
  let (base, exponent) = (try context.known(0), try context.known(1))
  let shapes = [base, exponent].map(\.shape)
  guard let shape = broadcastShape(shapes[0], shapes[1]) else {
    throw Refusal("operands of shapes \(shapes) do not broadcast")
  }
  try context.reserve(shape, steps: 16)
  let a = base.gathered(placesToBroadcast(base.shape, to: shape), shape)
  let b = exponent.gathered(placesToBroadcast(exponent.shape, to: shape), shape)
  if case .int64(let numbers) = a.tensor.storage, case .int64(let powers) = b.tensor.storage {
    return [try KnownTensor(shape, wrapping: try zip(numbers, powers).map(power), base.type)]
  }
  return [try base.withNumbers(shape, zip(a.numbers, b.numbers).map { pow($0, $1) })]
}

private func power(_ base: Int64, _ exponent: Int64) throws -> Int64 {
  guard exponent >= 0 || base != 0 else { throw Refusal("it divides integers by 0") }
  return integerPower(base, exponent)
}

/// `Clip` of integers.
func evaluateIntegerClip(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  func bound(_ index: Int, default value: Int64) throws -> Int64 {
    guard let bound = try context.optionalKnown(index) else { return value }
    guard bound.tensor.count == 1 else { throw Refusal("a bound must be one number") }
    return try bound.integers("bounds")[0]
  }
  let (low, high) = (try bound(1, default: .min), try bound(2, default: .max))
  try context.reserve(x.shape)
  let clipped = try x.integers("operand").map { min(max($0, low), high) }
  return [KnownTensor(Tensor(x.shape, integers: clipped), x.type)]
}

/// `BitShift`: zeros move in from the right, and signs from the left; by less than 0 counts as past the end.
func evaluateBitShift(_ context: OperatorContext) throws -> [KnownTensor] {
  let direction = try context.string("direction", default: "")
  guard ["LEFT", "RIGHT"].contains(direction) else {
    throw Refusal("direction '\(direction)' is not one that ONNX defines")
  }
  return try integerFunction { number, count in
    let count = count < 0 ? 64 : count
    return direction == "LEFT" ? number << count : number >> count
  }(context)
}

// MARK: Casts

/// Whether `Cast` takes or gives integers that are known.
@Sendable func castsIntegers(_ context: OperatorContext) throws -> Bool {
  try concernsIntegers(castType(context), context)
}

private func castType(_ context: OperatorContext) throws -> FileType? {
  try context.integer("to").flatMap { FileType(rawValue: $0) }
}

private func concernsIntegers(_ type: FileType?, _ context: OperatorContext) throws -> Bool {
  guard let element = type?.element, try context.isKnown(0) else { return false }
  return try element == .int64 || context.operandType(0).element == .int64
}

/// `Cast` to or from integers: floats are cut towards zero, and what the type does not hold wraps.
func evaluateCast(_ context: OperatorContext) throws -> [KnownTensor] {
  _ = try context.integer("saturate")
  _ = try context.string("round_mode", default: "")
  guard let type = try castType(context) else { throw Refusal("the attribute 'to' is missing") }
  return [try context.known(0).cast(to: type, context)]
}

/// Whether `CastLike` takes or gives integers that are known; of the second operand the type is enough.
@Sendable func castsIntegersLike(_ context: OperatorContext) throws -> Bool {
  try concernsIntegers(context.fileType(1), context)
}

/// `CastLike` to or from integers.
func evaluateCastLike(_ context: OperatorContext) throws -> [KnownTensor] {
  _ = try context.integer("saturate")
  _ = try context.string("round_mode", default: "")
  return [try context.known(0).cast(to: try context.fileType(1), context)]
}

extension KnownTensor {
  /// The tensor with elements of another type.
  fileprivate func cast(to type: FileType, _ context: OperatorContext) throws -> KnownTensor {
    try context.reserve(shape)
    switch (tensor.widened.storage, type.element) {
    case (.float32(let values), .int64):
      return try KnownTensor(shape, wrapping: values.map { truncated(Double($0)) }, type)
    case (.int64(let values), .int64):
      return try KnownTensor(shape, wrapping: values, type)
    case (.bool(let values), .int64):
      return KnownTensor(Tensor(shape, integers: values.map { $0 ? 1 : 0 }), type)
    case (.int64(let values), .float32):
      return KnownTensor(Tensor(shape, floats: values.map { Float($0) }), type)
    case (.int64(let values), .bool):
      return KnownTensor(Tensor(shape, booleans: values.map { $0 != 0 }), type)
    default:
      throw Refusal("a cast of \(tensor.type) to \(type) is not supported")
    }
  }
}
