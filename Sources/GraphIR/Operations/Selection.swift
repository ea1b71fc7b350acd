import Diagnostics

/// How two elements compare; NaN compares false. Greater is less with the operands exchanged.
public enum Comparison: String, Hashable, Sendable, CaseIterable {
  case equal
  case less
  case lessOrEqual = "less_or_equal"
}

/// What an update makes of what is in its place.
public enum ScatterFunction: String, Hashable, Sendable, CaseIterable {
  /// The update itself.
  case replace
  case add
  case multiply = "mul"
  case minimum = "min"
  case maximum = "max"

  /// The function of what is there and the update; nil where that is the update.
  public var binary: BinaryFunction? {
    switch self {
    case .replace: nil
    case .add: .add
    case .multiply: .multiply
    case .minimum: .minimum
    case .maximum: .maximum
    }
  }
}

/// The places of the largest or smallest elements along an axis, best first. NaN counts as +∞.
public struct TopIndices: Hashable, Sendable {
  public var axis: Int
  /// How many; at most the extent of the axis.
  public var count: Int
  /// Whether the smallest elements are wanted.
  public var smallest: Bool
  /// Whether the last of equal elements comes first; the first does else.
  public var prefersLast: Bool

  /// Creates the attributes; the one largest element unless given.
  public init(axis: Int, count: Int = 1, smallest: Bool = false, prefersLast: Bool = false) {
    self.axis = axis
    self.count = count
    self.smallest = smallest
    self.prefersLast = prefersLast
  }

  /// The largest extent of the axis: indices are exact as f32, which compiled code computes with.
  public static let maximumExtent = 1 << 24
}

extension Operation {
  func compareType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (a, b) = (operands[0], operands[1])
    guard a.element == b.element, !a.element.isNarrow,
      let shape = broadcastShape(a.shape, b.shape)
    else { throw ShapeError("\(mnemonic) cannot compare \(a) and \(b)" + advice(a, b)) }
    if case .compare(.equal) = self {
    } else if a.element == .bool {
      throw ShapeError("\(mnemonic) cannot compare \(a) and \(b)")
    }
    return TensorType(shape, element: .bool)
  }

  func selectType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(3, operands)
    let (condition, a, b) = (operands[0], operands[1], operands[2])
    guard condition.element == .bool, a.element == b.element,
      let both = broadcastShape(a.shape, b.shape),
      let shape = broadcastShape(condition.shape, both)
    else { throw ShapeError("\(mnemonic) cannot choose by \(condition) between \(a) and \(b)") }
    return TensorType(shape, element: a.element)
  }

  func topIndicesType(
    _ attributes: TopIndices, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try one(operands, float: true)
    try check(axis: attributes.axis, of: x)
    let extent = x.shape[attributes.axis]
    guard extent <= TopIndices.maximumExtent, (1...max(extent, 1)).contains(attributes.count),
      extent > 0
    else {
      throw ShapeError(
        "\(mnemonic) cannot find \(quantity(attributes.count, "place")) among \(extent) of axis "
          + "\(attributes.axis) of \(x)")
    }
    var shape = x.shape
    shape[attributes.axis] = attributes.count
    return TensorType(shape, element: .int64)
  }

  func gatherElementsType(axis: Int, _ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (data, indices) = (operands[0], operands[1])
    try check(axis: axis, of: data)
    var expected = data.shape
    if indices.rank == data.rank { expected[axis] = indices.shape[axis] }
    guard indices.element == .int64, indices.shape == expected else {
      throw ShapeError(
        "\(mnemonic) of \(data) along axis \(axis) cannot use indices \(indices)" + advice(indices))
    }
    return TensorType(indices.shape, element: data.element)
  }

  func scatterElementsType(
    axis: Int, by function: ScatterFunction, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(3, operands)
    let (data, indices, updates) = (operands[0], operands[1], operands[2])
    try check(axis: axis, of: data)
    if function != .replace, data.element != .float32, data.element != .int64 {
      throw ShapeError("\(mnemonic) cannot combine elements of \(data)" + advice(data))
    }
    var expected = data.shape
    if indices.rank == data.rank { expected[axis] = indices.shape[axis] }
    guard indices.element == .int64, indices.shape == expected, updates.shape == indices.shape,
      updates.element == data.element, data.shape[axis] > 0 || indices.elementCount == 0
    else {
      throw ShapeError(
        "\(mnemonic) into \(data) along axis \(axis) cannot put \(updates) at \(indices)")
    }
    return data
  }
}
