/// A type of Swift that elements of tensors are stored in.
public protocol TensorElement: Sendable, Equatable {
  /// Elements as the storage of a tensor.
  static func storage(_ elements: [Self]) -> Tensor.Storage

  /// The elements of a storage; nil where it holds another type.
  static func elements(of storage: Tensor.Storage) -> [Self]?

  /// The element that a number stands for where elements are filled in: 0 where the type does not
  /// hold it, and true for anything but 0.
  init(filling number: Float)
}

extension Float: TensorElement {
  public static func storage(_ elements: [Float]) -> Tensor.Storage { .float32(elements) }
  public static func elements(of storage: Tensor.Storage) -> [Float]? {
    if case .float32(let values) = storage { values } else { nil }
  }
  public init(filling number: Float) { self = number }
}

extension Int64: TensorElement {
  public static func storage(_ elements: [Int64]) -> Tensor.Storage { .int64(elements) }
  public static func elements(of storage: Tensor.Storage) -> [Int64]? {
    if case .int64(let values) = storage { values } else { nil }
  }
  public init(filling number: Float) { self = Int64(exactly: number) ?? 0 }
}

extension Int32: TensorElement {
  public static func storage(_ elements: [Int32]) -> Tensor.Storage { .int32(elements) }
  public static func elements(of storage: Tensor.Storage) -> [Int32]? {
    if case .int32(let values) = storage { values } else { nil }
  }
  public init(filling number: Float) { self = Int32(exactly: number) ?? 0 }
}

extension Int8: TensorElement {
  public static func storage(_ elements: [Int8]) -> Tensor.Storage { .int8(elements) }
  public static func elements(of storage: Tensor.Storage) -> [Int8]? {
    if case .int8(let values) = storage { values } else { nil }
  }
  public init(filling number: Float) { self = Int8(exactly: number) ?? 0 }
}

extension UInt8: TensorElement {
  public static func storage(_ elements: [UInt8]) -> Tensor.Storage { .uint8(elements) }
  public static func elements(of storage: Tensor.Storage) -> [UInt8]? {
    if case .uint8(let values) = storage { values } else { nil }
  }
  public init(filling number: Float) { self = UInt8(exactly: number) ?? 0 }
}

extension Bool: TensorElement {
  public static func storage(_ elements: [Bool]) -> Tensor.Storage { .bool(elements) }
  public static func elements(of storage: Tensor.Storage) -> [Bool]? {
    if case .bool(let values) = storage { values } else { nil }
  }
  public init(filling number: Float) { self = number != 0 }
}

/// A way to make the elements of a tensor from those of others, whatever their type is.
public protocol Rearrangement {
  /// The elements of the result.
  ///
  /// - Parameter operands: the elements of each operand, row-major.
  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element]
}

extension Tensor {
  /// Creates a tensor from elements of others.
  ///
  /// - Precondition: the operands are of one element type, and the rearrangement gives as many
  ///   elements as the shape has.
  @inlinable
  public init<Body: Rearrangement>(_ shape: [Int], from operands: [Tensor], by body: Body) {
    func rearranged<Element: TensorElement>(_ first: [Element]) -> Tensor {
      let others = operands.dropFirst().map { $0.elements(Element.self) }
      return Tensor(shape, elements: body([first] + others))
    }
    // One call for each type, so that each gets code of its own.
    switch operands[0].storage {
    case .float32(let values): self = rearranged(values)
    case .int64(let values): self = rearranged(values)
    case .int32(let values): self = rearranged(values)
    case .int8(let values): self = rearranged(values)
    case .uint8(let values): self = rearranged(values)
    case .bool(let values): self = rearranged(values)
    }
  }

  /// The elements as values of a type of Swift.
  ///
  /// - Precondition: it is the type that they are stored in.
  public func elements<Element: TensorElement>(_: Element.Type) -> [Element] {
    guard let values = Element.elements(of: storage) else {
      preconditionFailure("\(type) does not hold \(Element.self)")
    }
    return values
  }

  /// The elements of a tensor of integers of any width; nil for other tensors.
  public var wholeNumbers: [Int64]? {
    switch storage {
    case .float32, .bool: nil
    case .int64(let values): values
    case .int32(let values): values.map { Int64($0) }
    case .int8(let values): values.map { Int64($0) }
    case .uint8(let values): values.map { Int64($0) }
    }
  }
  /// The elements as f32, truth values as 0 and 1: what kernels read.
  public var asFloats: [Float] {
    switch storage {
    case .float32(let values): values
    case .int64(let values): values.map { Float($0) }
    case .int32(let values): values.map { Float($0) }
    case .int8(let values): values.map { Float($0) }
    case .uint8(let values): values.map { Float($0) }
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }

  /// A tensor of single elements of this one.
  ///
  /// - Parameters:
  ///   - places: row-major places of the elements.
  ///   - shape: the result's, of as many elements.
  public func elements(at places: [Int], shape: [Int]) -> Tensor {
    Tensor(shape, from: [self], by: Picking(places: places))
  }
}

/// Single elements of the operand.
private struct Picking: Rearrangement {
  let places: [Int]

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    let values = operands[0]
    return places.map { values[$0] }
  }
}
