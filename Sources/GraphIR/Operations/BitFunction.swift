/// What becomes of every pair of bits of two integers; those of negative numbers are those of their type's
/// two's complement, so a result is in the type of its operands.
public enum BitFunction: String, Hashable, Sendable, CaseIterable {
  /// Where both are set.
  case and = "bit_and"
  /// Where one or both are set.
  case or = "bit_or"
  /// Where one is set, and the other is not.
  case exclusiveOr = "bit_xor"

  /// The function of two integers.
  @inlinable
  public func callAsFunction(_ a: Int64, _ b: Int64) -> Int64 {
    switch self {
    case .and: a & b
    case .or: a | b
    case .exclusiveOr: a ^ b
    }
  }
}

extension Operation {
  func bitsType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (a, b) = (operands[0], operands[1])
    guard a.element == b.element, a.element.integers != nil else {
      throw ShapeError("\(mnemonic) takes two operands of one type of integers, not \(a) and \(b)")
    }
    guard let shape = broadcastShape(a.shape, b.shape) else {
      throw ShapeError("\(mnemonic) of \(a) and \(b): the shapes do not fit")
    }
    return TensorType(shape, element: a.element)
  }
}
