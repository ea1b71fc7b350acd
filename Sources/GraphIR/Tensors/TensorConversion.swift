/// An element that another element type does not hold.
public struct InexactElement: Error, Equatable {
  /// Its row-major index.
  public let index: Int
  /// Its value in words.
  public let value: String
}

extension Tensor {
  /// The tensor with elements of another type, each of the value that it has; truth values are 0 and
  /// 1.
  ///
  /// - Throws: the first element whose value would change.
  public func converted(to element: ElementType) throws(InexactElement) -> Tensor {
    guard element != self.element else { return self }
    return switch element {
    case .float32:
      Tensor(shape, floats: try mapped({ $0 }, { Float(exactly: $0) }))
    case .int64: Tensor(shape, integers: try mapped({ Int64(exactly: $0) }, { $0 }))
    case .int32:
      Tensor(shape, elements: try mapped({ Int32(exactly: $0) }, { Int32(exactly: $0) }))
    case .int8: Tensor(shape, elements: try mapped({ Int8(exactly: $0) }, { Int8(exactly: $0) }))
    case .uint8: Tensor(shape, elements: try mapped({ UInt8(exactly: $0) }, { UInt8(exactly: $0) }))
    case .bool:
      Tensor(
        shape,
        booleans: try mapped(
          { $0 == 0 || $0 == 1 ? $0 == 1 : nil }, { $0 == 0 || $0 == 1 ? $0 == 1 : nil }))
    }
  }

  /// The tensor with narrow integers as i64, and any other as it is.
  public var widened: Tensor {
    guard element.isNarrow, let integers = wholeNumbers else { return self }
    return Tensor(shape, integers: integers)
  }

  /// Elements by one of two functions, which give nil for what they do not hold.
  private func mapped<Result>(
    _ fromFloat: (Float) -> Result?, _ fromInteger: (Int64) -> Result?
  ) throws(InexactElement) -> [Result] {
    func all<Value>(
      _ values: [Value], _ convert: (Value) -> Result?
    ) throws(InexactElement) -> [Result] {
      var results: [Result] = []
      results.reserveCapacity(values.count)
      for (index, value) in values.enumerated() {
        guard let result = convert(value) else {
          throw InexactElement(index: index, value: "\(value)")
        }
        results.append(result)
      }
      return results
    }
    switch storage {
    case .float32(let values): return try all(values, fromFloat)
    case .bool(let values): return try all(values) { fromInteger($0 ? 1 : 0) }
    case .int64, .int32, .int8, .uint8: return try all(wholeNumbers ?? [], fromInteger)
    }
  }
}
