import GraphIR

/// An element type as files store it. Reading gives an element type of a graph: the same, or where
/// there is none a wider one.
package enum StoredType: Sendable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool

  /// The type that stores elements of a graph as they are.
  package init(storing element: ElementType) {
    switch element {
    case .float32: self = .float32
    case .int64: self = .int64
    case .int32: self = .int32
    case .int8: self = .int8
    case .uint8: self = .uint8
    case .bool: self = .bool
    }
  }

  /// Bytes per stored element.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The element type that the stored one becomes.
  package var element: ElementType {
    switch self {
    case .float16, .bfloat16, .float32, .float64: .float32
    case .int8: .int8
    case .int32: .int32
    case .uint8: .uint8
    case .int16, .int64, .uint16, .uint32, .uint64: .int64
    case .bool: .bool
    }
  }
}

extension StoredType {
  /// Reads elements stored without gaps, at any alignment.
  ///
  /// - Parameters:
  ///   - bytes: `count` elements.
  ///   - bigEndian: whether the most significant byte comes first.
  /// - Returns: nil where an unsigned integer does not fit a signed one of 64 bits.
  /// - Precondition: `bytes` holds exactly the elements of `shape`.
  package func read(
    _ bytes: UnsafeRawBufferPointer, shape: [Int], bigEndian: Bool = false
  ) -> Tensor? {
    precondition(bytes.count == TensorType(shape).elementCount * byteCount, "elements and bytes")
    switch self {
    case .float32 where !bigEndian:
      return Tensor(
        shape,
        floats: [Float](unsafeUninitializedCapacity: bytes.count / 4) { into, count in
          UnsafeMutableRawBufferPointer(into).copyMemory(from: bytes)
          count = bytes.count / 4
        })
    case .float32:
      return Tensor(shape, floats: map(bytes, bigEndian) { Float(bitPattern: $0 as UInt32) })
    case .float64:
      return Tensor(
        shape, floats: map(bytes, bigEndian) { Float(Double(bitPattern: $0 as UInt64)) })
    case .float16:
      return Tensor(shape, floats: map(bytes, bigEndian) { Binary16(bits: $0).float })
    case .bfloat16:
      return Tensor(shape, floats: map(bytes, bigEndian) { BFloat16(bits: $0).float })
    case .bool:
      return Tensor(shape, booleans: map(bytes, bigEndian) { ($0 as UInt8) != 0 })
    case .uint64:
      let values: [Int64] = map(bytes, bigEndian) { Int64(bitPattern: $0 as UInt64) }
      return values.contains { $0 < 0 } ? nil : Tensor(shape, integers: values)
    case .int8: return Tensor(shape, elements: map(bytes, bigEndian) { $0 as Int8 })
    case .int16: return Tensor(shape, integers: map(bytes, bigEndian) { Int64($0 as Int16) })
    case .int32: return Tensor(shape, elements: map(bytes, bigEndian) { $0 as Int32 })
    case .int64: return Tensor(shape, integers: map(bytes, bigEndian) { $0 as Int64 })
    case .uint8: return Tensor(shape, elements: map(bytes, bigEndian) { $0 as UInt8 })
    case .uint16: return Tensor(shape, integers: map(bytes, bigEndian) { Int64($0 as UInt16) })
    case .uint32: return Tensor(shape, integers: map(bytes, bigEndian) { Int64($0 as UInt32) })
    }
  }

  /// Converts word after word; specialised for each pair of types, so that the loop vectorises.
  @inline(__always)
  private func map<Word: FixedWidthInteger, Value>(
    _ bytes: UnsafeRawBufferPointer, _ bigEndian: Bool, _ convert: (Word) -> Value
  ) -> [Value] {
    let total = bytes.count / MemoryLayout<Word>.size
    return [Value](unsafeUninitializedCapacity: total) { into, count in
      for index in 0..<total {
        let word = bytes.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
        (into.baseAddress! + index).initialize(
          to: convert(bigEndian ? Word(bigEndian: word) : Word(littleEndian: word)))
      }
      count = total
    }
  }
}

/// The number of elements of a shape from a file, or nil where an extent is negative, or the
/// extents (empty ones counted as 1) multiply to more than a tensor may have, or there are more
/// than 64 of them: NumPy's limit.
func checkedCount(of shape: [Int]) -> Int? {
  guard shape.count <= 64, TensorType.checkedElementCount(of: shape.map { $0 == 0 ? 1 : $0 }) != nil
  else { return nil }
  return TensorType.checkedElementCount(of: shape)
}
