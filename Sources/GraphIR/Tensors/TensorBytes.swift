extension Tensor {
  /// Calls `body` with the elements as they lie in memory: row-major, little-endian on every
  /// machine we support.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    switch storage {
    case .float32(let values): try values.withUnsafeBytes(body)
    case .int64(let values): try values.withUnsafeBytes(body)
    case .int32(let values): try values.withUnsafeBytes(body)
    case .int8(let values): try values.withUnsafeBytes(body)
    case .uint8(let values): try values.withUnsafeBytes(body)
    case .bool(let values): try values.withUnsafeBytes(body)
    }
  }

  /// Creates a tensor from bytes as `withBytes` gives them; truth is any but 0.
  ///
  /// - Precondition: as many bytes as the type has, aligned as its elements.
  public init(_ type: TensorType, copying bytes: UnsafeRawBufferPointer) {
    switch type.element {
    case .float32: self.init(type.shape, floats: Array(bytes.bindMemory(to: Float.self)))
    case .int64: self.init(type.shape, integers: Array(bytes.bindMemory(to: Int64.self)))
    case .int32: self.init(type.shape, elements: Array(bytes.bindMemory(to: Int32.self)))
    case .int8: self.init(type.shape, elements: Array(bytes.bindMemory(to: Int8.self)))
    case .uint8: self.init(type.shape, elements: Array(bytes.bindMemory(to: UInt8.self)))
    case .bool: self.init(type.shape, booleans: bytes.map { $0 != 0 })
    }
  }
}
