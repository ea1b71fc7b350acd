extension Operation {
  /// The type of a convolution whose weight is mixed per image: x `[N, C, H, W]`, attention
  /// `[N, M]`, kernels `[M, K, C / groups, R, S]`, then bias `[K]` and residual as `Convolution` says.
  func dynamicConvolutionType(
    _ attributes: Convolution, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(3 + (attributes.hasBias ? 1 : 0) + (attributes.hasResidual ? 1 : 0), operands)
    let (x, attention, kernels) = (operands[0], operands[1], operands[2])
    guard kernels.rank == 5, kernels.element == .float32, kernels.shape[0] >= 1 else {
      throw ShapeError(
        "\(mnemonic) takes kernels [M, K, C / groups, R, S], at least 1, not \(kernels)")
    }
    guard x.rank == 4 else {
      throw ShapeError("\(mnemonic) takes an image [N, C, H, W], not \(x)")
    }
    let factors = TensorType([x.shape[0], kernels.shape[0]])
    guard attention == factors else {
      throw ShapeError("\(mnemonic) needs attention of type \(factors), not \(attention)")
    }
    let weight = TensorType(Array(kernels.shape.dropFirst()))
    return try convolutionType(attributes, [x, weight] + operands.dropFirst(3))
  }
}
