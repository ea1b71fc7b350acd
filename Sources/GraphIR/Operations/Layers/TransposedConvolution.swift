import Diagnostics

/// A 2-D transposed convolution, also called up-convolution or deconvolution: every element of the
/// image is multiplied by the kernel and added where the kernel then lies.
///
/// Inputs: x `[N, C, H, W]`, weight `[C, K / groups, R, S]`, then bias `[K]` if `hasBias`. With
/// stride s, dilation d and padding p, element (i, j) and tap (r, t) of a channel meet result
/// (i · s + r · d - p.top, j · s + t · d - p.left); results outside are dropped. The result is
/// `[N, K, (H - 1) · s + (R - 1) · d + 1 + outputPadding - p.top - p.bottom, …]`, then `then`.
public struct TransposedConvolution: Hashable, Sendable {
  public var stride: Pair
  /// Rows and columns taken off the result.
  public var padding: Padding
  /// Rows added at the bottom of the result, and columns at its right.
  public var outputPadding: Pair
  public var dilation: Pair
  public var groups: Int
  public var hasBias: Bool
  public var then: UnaryFunction?

  /// Creates the attributes of a transposed convolution; the plain one where nothing is given.
  public init(
    stride: Pair = Pair(1), padding: Padding = .none, outputPadding: Pair = Pair(0),
    dilation: Pair = Pair(1), groups: Int = 1, hasBias: Bool = false, then: UnaryFunction? = nil
  ) {
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
    self.then = then
  }
}

extension Operation {
  func transposedConvolutionType(
    _ attributes: TransposedConvolution, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(attributes.hasBias ? 3 : 2, operands)
    let (x, weight) = (operands[0], operands[1])
    try check(float: x, "image")
    try check(float: weight, "weight")
    guard x.rank == 4 else {
      throw ShapeError("\(mnemonic) takes an image [N, C, H, W], not \(x)")
    }
    guard weight.rank == 4 else {
      throw ShapeError("\(mnemonic) takes a weight [C, K / groups, R, S], not \(weight)")
    }
    let groups = attributes.groups
    guard groups >= 1 else { throw ShapeError("\(mnemonic) needs at least 1 group, not \(groups)") }
    guard x.shape[1] > 0, x.shape[1] % groups == 0, weight.shape[0] == x.shape[1],
      weight.shape[1] > 0,
      let channels = TensorType.checkedElementCount(of: [groups, weight.shape[1]])
    else {
      throw ShapeError(
        "\(mnemonic) of \(x) in \(quantity(groups, "group")) needs a weight [\(x.shape[1]), K / groups, R, S], not \(weight)"
      )
    }
    let (height, width) = try transposedExtents(attributes, x.shape, weight.shape)
    if attributes.hasBias { try check(operands[2], is: [channels], "bias") }
    return TensorType([x.shape[0], channels, height, width])
  }

  private func transposedExtents(
    _ attributes: TransposedConvolution, _ x: [Int], _ weight: [Int]
  ) throws(ShapeError) -> (Int, Int) {
    let limit = 1 << 20
    let (padding, added) = (attributes.padding, attributes.outputPadding)
    for (value, what, least) in [
      (weight[2], "kernel", 1), (weight[3], "kernel", 1), (attributes.stride.height, "stride", 1),
      (attributes.stride.width, "stride", 1), (attributes.dilation.height, "dilation", 1),
      (attributes.dilation.width, "dilation", 1), (padding.top, "padding", 0),
      (padding.left, "padding", 0), (padding.bottom, "padding", 0), (padding.right, "padding", 0),
      (added.height, "output padding", 0), (added.width, "output padding", 0),
    ] {
      guard value >= least, value <= limit else {
        let article = what.hasPrefix("o") ? "an" : "a"
        throw ShapeError(
          "\(mnemonic) needs \(article) \(what) from \(least) to \(limit), not \(value)")
      }
    }
    guard x[2] >= 1, x[3] >= 1, x[2] <= limit, x[3] <= limit else {
      throw ShapeError("\(mnemonic) needs an image of 1 to \(limit) rows and columns, not \(x)")
    }
    let (stride, dilation) = (attributes.stride, attributes.dilation)
    let height =
      (x[2] - 1) * stride.height + (weight[2] - 1) * dilation.height + 1 + added.height
      - padding.top - padding.bottom
    let width =
      (x[3] - 1) * stride.width + (weight[3] - 1) * dilation.width + 1 + added.width
      - padding.left - padding.right
    guard height >= 1, width >= 1 else {
      throw ShapeError("\(mnemonic) of an image \(x) has padding that leaves nothing of the result")
    }
    return (height, width)
  }
}
