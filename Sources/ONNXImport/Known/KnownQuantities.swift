import GraphIR

/// `DequantizeLinear`: (x - zero point) · scale, one scale for all, for each entry of an axis, or for
/// blocks along it.
func evaluateDequantize(_ context: OperatorContext) throws -> [KnownTensor] {
  let (x, scale) = (try context.known(0), try context.known(1))
  let values = try x.integers("operand")
  let type = try context.integer("output_dtype").flatMap { FileType(rawValue: $0) } ?? scale.type
  let places = try context.placesOfScale(scale.tensor.type, for: x.tensor.type)
  let zero = try context.zeroPoint(of: scale)
  guard case .float32(let scales) = scale.tensor.storage, type.element ?? .float32 == .float32
  else {
    throw Refusal("its scale must be of floats, not \(scale.tensor.type)")
  }
  let result = zip(values, places).map { value, place in
    Float(value &- (zero?.values[place] ?? 0)) * scales[place]
  }
  return [KnownTensor(Tensor(x.shape, floats: result), type == .undefined ? .float : type)]
}

/// `QuantizeLinear`: x / scale + zero point, rounded half to even, the nearest that the type holds.
func evaluateQuantize(_ context: OperatorContext) throws -> [KnownTensor] {
  let (x, scale) = (try context.known(0), try context.known(1))
  _ = try context.flag("saturate")
  guard try context.integer("precision", default: 0) <= 1 else {
    throw Refusal("a precision other than that of f32 is not supported")
  }
  let places = try context.placesOfScale(scale.tensor.type, for: x.tensor.type)
  let zero = try context.zeroPoint(of: scale)
  let stated = try context.integer("output_dtype").flatMap { FileType(rawValue: $0) }
  let type = zero?.type ?? (stated == .undefined ? nil : stated) ?? .uint8
  guard let range = type.range, case .float32(let scales) = scale.tensor.storage else {
    throw Refusal("it gives integers from a scale of floats, not \(type) from \(scale.tensor.type)")
  }
  let result = zip(x.numbers, places).map { number, place in
    quantized(Float(number) / scales[place], zero?.values[place] ?? 0, in: range)
  }
  return [KnownTensor(Tensor(x.shape, integers: result), type)]
}

/// A number rounded half to even and moved, the nearest in a range; the lowest for NaN.
private func quantized(_ number: Float, _ zero: Int64, in range: ClosedRange<Int64>) -> Int64 {
  guard !number.isNaN else { return range.lowerBound }
  let rounded = truncated(Double(number.rounded(.toNearestOrEven)))
  let (sum, overflow) = rounded.addingReportingOverflow(zero)
  return min(max(overflow ? rounded : sum, range.lowerBound), range.upperBound)
}

/// `DynamicQuantizeLinear`: unsigned integers of 8 bits, their scale, and their zero point.
func evaluateDynamicQuantize(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  guard case .float32(let values) = x.tensor.storage else {
    throw Refusal("it takes floats, not \(x.tensor.type)")
  }
  try context.reserve(x.shape)
  let low = min(0, values.min() ?? 0)
  let high = max(0, values.max() ?? 0)
  let scale = (high - low) / 255
  // All zeros: any scale will do.
  let divisor = scale == 0 ? 1 : scale
  let zero = quantized(-low / divisor, 0, in: 0...255)
  let result = values.map { quantized($0 / divisor, zero, in: 0...255) }
  return [
    KnownTensor(Tensor(x.shape, integers: result), .uint8),
    KnownTensor(Tensor([], floats: [scale]), .float),
    KnownTensor(Tensor([], integers: [zero]), .uint8),
  ]
}

extension OperatorContext {
  /// The place of the scale of every element of x.
  ///
  /// - Throws: `Refusal` where scales of that type do not fit x, or there are too many elements.
  func placesOfScale(_ scale: TensorType, for x: TensorType) throws -> [Int] {
    let stated = try integer("axis", default: 1)
    let block = try integer("block_size", default: 0)
    try reserve(x.shape, steps: 2)
    if scale.elementCount == 1, block == 0 { return [Int](repeating: 0, count: x.elementCount) }
    let axis = try self.axis(stated, rank: x.shape.count)
    let strides = rowMajorStrides(of: x.shape)
    if block == 0 {
      try checkScale(scale, along: axis, of: x)
      return (0..<x.elementCount).map { $0 / strides[axis] % x.shape[axis] }
    }
    try checkScale(scale, blocks: block, along: axis, of: x)
    let blocks = scale.shape
    let scaleStrides = rowMajorStrides(of: blocks)
    return (0..<x.elementCount).map { place in
      x.shape.indices.reduce(0) { sum, axis in
        let index = place / strides[axis] % x.shape[axis]
        return sum + (blocks[axis] == x.shape[axis] ? index : index / block) * scaleStrides[axis]
      }
    }
  }

  /// - Throws: `Refusal` where a scale is not one number for every `block` entries of an axis.
  func checkScale(
    _ scale: TensorType, blocks block: Int, along axis: Int, of x: TensorType
  ) throws {
    var blocks = x.shape
    guard block > 0 else { throw Refusal("blocks of \(block) elements are not possible") }
    // Without a sum, which might overflow.
    blocks[axis] = blocks[axis] / block + (blocks[axis] % block == 0 ? 0 : 1)
    guard scale.shape == blocks else {
      throw Refusal(
        "a scale \(scale) does not fit blocks of \(block) along axis \(axis) of \(x)")
    }
  }

  /// - Throws: `Refusal` where a scale is not one number for each entry of an axis.
  func checkScale(_ scale: TensorType, along axis: Int, of x: TensorType) throws {
    guard scale.shape == [x.shape[axis]] else {
      throw Refusal("a scale \(scale) does not lie along axis \(axis) of \(x)")
    }
  }

  /// The zero points, as many as there are scales; nil where they are 0.
  fileprivate func zeroPoint(
    of scale: KnownTensor
  ) throws -> (values: [Int64], type: FileType)? {
    guard let zero = try optionalKnown(2) else { return nil }
    let values = try zero.integers("zero point")
    guard values.count == scale.tensor.count else {
      throw Refusal("a zero point \(zero.tensor.type) does not fit the scale \(scale.tensor.type)")
    }
    return (values, zero.type)
  }
}
