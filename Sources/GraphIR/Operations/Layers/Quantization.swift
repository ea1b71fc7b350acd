/// How numbers become integers of 8 bits: `saturate(round(x / scale) + zero point)`, halves rounded to the even
/// integer.
///
/// Operands: x, scale (f32), zero point (of `element`). Scale and zero point have the shape `[]`, one for all, or
/// `[extent of axis]`, one for each entry of `axis`.
public struct Quantization: Hashable, Sendable {
  /// The type of the result: `uint8` or `int8`.
  public var element: ElementType
  /// The axis whose entries have a scale and a zero point each; nil where there is one of each.
  public var axis: Int?

  /// Creates the attributes; one scale for all unless an axis is given.
  public init(element: ElementType, axis: Int? = nil) {
    (self.element, self.axis) = (element, axis)
  }

  /// The types that numbers are quantised to.
  public static let elements: [ElementType] = [.uint8, .int8]
}

extension Operation {
  func quantizeType(
    _ attributes: Quantization, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(3, operands)
    let x = operands[0]
    try check(float: x, "operand")
    guard Quantization.elements.contains(attributes.element) else {
      throw ShapeError("\(mnemonic) gives u8 or i8, not \(attributes.element.rawValue)")
    }
    try checkScale(operands, attributes.element, axis: attributes.axis)
    return TensorType(x.shape, element: attributes.element)
  }

  func dequantizeType(axis: Int?, _ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(3, operands)
    let x = operands[0]
    guard x.element.isNarrow else {
      throw ShapeError("\(mnemonic) takes u8, i8 or i32, not \(x)")
    }
    try checkScale(operands, x.element, axis: axis)
    return TensorType(x.shape)
  }

  /// - Parameter element: the type of the zero point.
  private func checkScale(
    _ operands: [TensorType], _ element: ElementType, axis: Int?
  ) throws(ShapeError) {
    let x = operands[0]
    if let axis { try check(axis: axis, of: x) }
    let shape = axis.map { [x.shape[$0]] } ?? []
    try check(operands[1], is: shape, "scale")
    let zero = TensorType(shape, element: element)
    guard operands[2] == zero else {
      throw ShapeError("\(mnemonic) needs a zero point of type \(zero), not \(operands[2])")
    }
  }
}

extension Graph {
  /// The scale and the zero point of a node that quantises or dequantises, where there is one of each and both are
  /// known: those have kernels of their own. nil for others.
  public func scaleAndZero(of id: NodeID) -> (scale: Float, zero: Int)? {
    guard let scale = constantValue(of: self[id].inputs[1]), scale.count == 1,
      let zero = constantValue(of: self[id].inputs[2])?.wholeNumbers
    else { return nil }
    return (scale.floats[0], Int(zero[0]))
  }
}
