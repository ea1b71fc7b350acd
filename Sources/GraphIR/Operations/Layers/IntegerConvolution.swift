/// A 2-D convolution of 8-bit integers whose sums are exact, and what these become.
///
/// Operands: x `[N, C, H, W]` (u8), weight `[K, C / groups, R, S]` (i8), bias `[K]` (i32), scale `[K]` (f32). With
/// s = bias + Σ (x - inputZero) · weight, an integer, the result is s · scale as f32, or as u8 that rounded to the nearest integer,
/// the even one of two, moved by `resultZero`, and brought into `low ... high`. Padding is `inputZero`, so that it adds nothing.
///
/// s becomes f32 before it is multiplied: two roundings in all, the same on every machine.
public struct IntegerConvolution: Hashable, Sendable {
  public var stride: Pair
  public var padding: Padding
  public var dilation: Pair
  public var groups: Int
  /// The element of x that stands for 0.
  public var inputZero: Int
  /// u8 or f32.
  public var result: ElementType
  /// The element of a u8 result that stands for 0.
  public var resultZero: Int
  /// What a u8 result lies in: narrower than its type where an activation is part of it.
  public var low: Int
  public var high: Int

  /// Creates the attributes; a plain convolution to f32 unless said.
  public init(
    stride: Pair = Pair(1), padding: Padding = .none, dilation: Pair = Pair(1), groups: Int = 1,
    inputZero: Int = 0, result: ElementType = .float32, resultZero: Int = 0, low: Int = 0,
    high: Int = 255
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.inputZero = inputZero
    self.result = result
    self.resultZero = resultZero
    self.low = low
    self.high = high
  }

  /// The attributes of the convolution of floats of the same shapes.
  public var window: Convolution {
    Convolution(stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  /// What the sums of each channel begin with, so that x is not moved by its zero point: bias - inputZero · Σ weight. nil where a
  /// sum might leave 32 bits.
  ///
  /// - Parameters:
  ///   - weight: row-major, as many for each channel.
  ///   - bias: one for each channel.
  public func starts(_ weight: [Int8], _ bias: [Int32]) -> [Int32]? {
    let terms = weight.count / max(bias.count, 1)
    var starts: [Int32] = []
    for (channel, bias) in bias.enumerated() {
      var (sum, most) = (0, 0)
      for value in weight[channel * terms..<(channel + 1) * terms] {
        sum += Int(value)
        most += abs(Int(value))
      }
      let start = Int(bias) - inputZero * sum
      guard abs(start) + 255 * most < 1 << 31 else { return nil }
      starts.append(Int32(start))
    }
    return starts
  }
}

extension Operation {
  /// x `[N, C, H, W]` (u8), weight `[K, C / groups, R, S]` (i8), bias `[K]` (i32), scale `[K]` (f32).
  func integerConvolutionType(
    _ attributes: IntegerConvolution, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(4, operands)
    let (x, weight, bias, scale) = (operands[0], operands[1], operands[2], operands[3])
    guard x.element == .uint8, weight.element == .int8 else {
      throw ShapeError(
        "\(mnemonic) takes an image of u8 and a weight of i8, not \(x) and \(weight)")
    }
    let shape = try convolutionType(
      attributes.window, [TensorType(x.shape), TensorType(weight.shape)]
    ).shape
    let channels = [weight.shape[0]]
    guard bias == TensorType(channels, element: .int32) else {
      throw ShapeError(
        "\(mnemonic) needs a bias of type \(TensorType(channels, element: .int32)), not \(bias)")
    }
    try check(scale, is: channels, "scale")
    guard attributes.result == .uint8 || attributes.result == .float32 else {
      throw ShapeError("\(mnemonic) gives u8 or f32, not \(attributes.result.rawValue)")
    }
    let bytes = 0...255
    for (value, what) in [
      (attributes.inputZero, "input_zero"), (attributes.resultZero, "result_zero"),
      (attributes.low, "low"), (attributes.high, "high"),
    ] where !bytes.contains(value) {
      throw ShapeError("\(mnemonic) needs \(what) from 0 to 255, not \(value)")
    }
    guard attributes.low <= attributes.high else {
      throw ShapeError("\(mnemonic) has low \(attributes.low) above high \(attributes.high)")
    }
    return TensorType(shape, element: attributes.result)
  }
}
