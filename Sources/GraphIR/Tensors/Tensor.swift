/// A tensor on the host: a static type and its elements, row-major without gaps.
public struct Tensor: Sendable, Equatable {
  /// The elements, in an array of the element type.
  public enum Storage: Sendable, Equatable {
    case float32([Float])
    case int64([Int64])
    case int32([Int32])
    case int8([Int8])
    case uint8([UInt8])
    case bool([Bool])
  }

  public let shape: [Int]
  public let storage: Storage

  /// Creates a float32 tensor.
  ///
  /// - Precondition: as many values as the shape has elements.
  public init(_ shape: [Int], floats: [Float]) {
    precondition(floats.count == shape.reduce(1, *), "\(floats.count) values for \(shape)")
    self.shape = shape
    self.storage = .float32(floats)
  }

  /// Creates an int64 tensor.
  ///
  /// - Precondition: as many values as the shape has elements.
  public init(_ shape: [Int], integers: [Int64]) {
    precondition(integers.count == shape.reduce(1, *), "\(integers.count) values for \(shape)")
    self.shape = shape
    self.storage = .int64(integers)
  }

  /// Creates a boolean tensor.
  ///
  /// - Precondition: as many values as the shape has elements.
  public init(_ shape: [Int], booleans: [Bool]) {
    precondition(booleans.count == shape.reduce(1, *), "\(booleans.count) values for \(shape)")
    self.shape = shape
    self.storage = .bool(booleans)
  }

  /// Creates a tensor of elements of any type.
  ///
  /// - Precondition: as many values as the shape has elements.
  public init<Element: TensorElement>(_ shape: [Int], elements: [Element]) {
    precondition(elements.count == shape.reduce(1, *), "\(elements.count) values for \(shape)")
    self.shape = shape
    self.storage = Element.storage(elements)
  }

  public var element: ElementType {
    switch storage {
    case .float32: .float32
    case .int64: .int64
    case .int32: .int32
    case .int8: .int8
    case .uint8: .uint8
    case .bool: .bool
    }
  }

  /// The static type.
  public var type: TensorType { TensorType(shape, element: element) }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The elements of a float32 tensor.
  ///
  /// - Precondition: the element type is float32.
  public var floats: [Float] {
    guard case .float32(let values) = storage else {
      preconditionFailure("\(type) is not a float tensor")
    }
    return values
  }

  /// The elements of an int64 tensor.
  ///
  /// - Precondition: the element type is int64.
  public var integers: [Int64] {
    guard case .int64(let values) = storage else {
      preconditionFailure("\(type) is not an integer tensor")
    }
    return values
  }

  /// The elements of a boolean tensor.
  ///
  /// - Precondition: the element type is bool.
  public var booleans: [Bool] {
    guard case .bool(let values) = storage else {
      preconditionFailure("\(type) is not a boolean tensor")
    }
    return values
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: the shapes have equally many elements.
  public func reshaped(to shape: [Int]) -> Tensor {
    switch storage {
    case .float32(let values): Tensor(shape, floats: values)
    case .int64(let values): Tensor(shape, integers: values)
    case .int32(let values): Tensor(shape, elements: values)
    case .int8(let values): Tensor(shape, elements: values)
    case .uint8(let values): Tensor(shape, elements: values)
    case .bool(let values): Tensor(shape, booleans: values)
    }
  }
}
