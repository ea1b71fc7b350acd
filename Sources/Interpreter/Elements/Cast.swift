import GraphIR

/// Converts every element. Floats lose what is behind their point; i64 has the nearest to that, and
/// narrower integers its low bits, as they have those of wider integers.
func cast(_ x: Tensor, to element: ElementType) -> Tensor {
  guard x.element != element else { return x }
  return switch element {
  case .float32: Tensor(x.shape, floats: x.asFloats)
  case .int64: Tensor(x.shape, integers: asIntegers(x))
  case .int32: Tensor(x.shape, elements: lowBits(of: x).map { Int32(truncatingIfNeeded: $0) })
  case .int8: Tensor(x.shape, elements: lowBits(of: x).map { Int8(truncatingIfNeeded: $0) })
  case .uint8: Tensor(x.shape, elements: lowBits(of: x).map { UInt8(truncatingIfNeeded: $0) })
  case .bool: Tensor(x.shape, booleans: asTruth(x))
  }
}

private func asIntegers(_ x: Tensor) -> [Int64] {
  switch x.storage {
  case .float32(let values): values.map(truncated)
  case .bool(let values): values.map { $0 ? 1 : 0 }
  case .int64, .int32, .int8, .uint8: x.wholeNumbers ?? []
  }
}

/// Integers whose low 32 bits are those of the elements: none of infinities.
private func lowBits(of x: Tensor) -> [Int64] {
  guard case .float32(let values) = x.storage else { return asIntegers(x) }
  return values.map { truncated($0.truncatingRemainder(dividingBy: 0x1p32)) }
}

private func asTruth(_ x: Tensor) -> [Bool] {
  switch x.storage {
  case .float32(let values): values.map { $0 != 0 }
  case .int64(let values): values.map { $0 != 0 }
  case .int32(let values): values.map { $0 != 0 }
  case .int8(let values): values.map { $0 != 0 }
  case .uint8(let values): values.map { $0 != 0 }
  case .bool(let values): values
  }
}

private func truncated(_ x: Float) -> Int64 {
  if x.isNaN { return 0 }
  if x >= 0x1p63 { return .max }
  if x <= -0x1p63 { return .min }
  return Int64(x)
}
