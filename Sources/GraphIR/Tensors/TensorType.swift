/// The type of one element of a tensor.
public enum ElementType: String, Sendable, CaseIterable {
  /// IEEE 754 binary32.
  case float32 = "f32"
  /// Signed 64-bit integer: shapes, axes and indices.
  case int64 = "i64"
  /// Signed 32-bit integer.
  case int32 = "i32"
  /// Signed 8-bit integer.
  case int8 = "i8"
  /// Unsigned 8-bit integer: levels of pictures.
  case uint8 = "u8"
  /// Truth value.
  case bool = "bool"

  /// Bytes per element in files, at the edges of compiled code and in tensors.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .int64: 8
    case .int8, .uint8, .bool: 1
    }
  }

  /// The values of an integer type; nil for other types.
  public var integers: ClosedRange<Int64>? {
    switch self {
    case .float32, .bool: nil
    case .int64: .min ... .max
    case .int32: Int64(Int32.min)...Int64(Int32.max)
    case .int8: Int64(Int8.min)...Int64(Int8.max)
    case .uint8: Int64(UInt8.min)...Int64(UInt8.max)
    }
  }

  /// The type that is computed with in place of this one: i64 for narrower integers.
  public var widened: ElementType { isNarrow ? .int64 : self }

  /// Whether this is an integer type that callers give and take, and that nothing computes with: its
  /// elements are moved and cast.
  public var isNarrow: Bool {
    switch self {
    case .float32, .int64, .bool: false
    case .int32, .int8, .uint8: true
    }
  }
}

/// The static type of a tensor: element type and extents, outermost first (images are N, C, H, W).
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  public var element: ElementType
  /// Extents, each at least 0; empty for a scalar.
  public var shape: [Int]

  /// Creates a type; float32 unless another element type is given.
  public init(_ shape: [Int], element: ElementType = .float32) {
    self.shape = shape
    self.element = element
  }

  /// The number of dimensions.
  public var rank: Int { shape.count }

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The size in bytes when stored without gaps.
  public var byteCount: Int { elementCount * element.byteCount }

  /// `f32[1, 3, 224, 224]`, as the model language writes it.
  public var description: String {
    "\(element.rawValue)[\(shape.map(String.init).joined(separator: ", "))]"
  }

  /// The largest number of elements a tensor may have: sizes stay far from overflow in every
  /// product of a few extents.
  public static let maximumElementCount = 1 << 40

  /// The product of extents, or nil where one is negative or one or the product passes
  /// `maximumElementCount`.
  public static func checkedElementCount(of shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      // An extent is bounded by itself, because another may be 0.
      guard extent >= 0, extent <= maximumElementCount else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= maximumElementCount else { return nil }
      count = product
    }
    return count
  }
}

/// Row-major strides of a shape, in elements.
public func rowMajorStrides(of shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * shape[axis + 1]
  }
  return strides
}
