import Diagnostics

extension Operation {
  func convolutionType(
    _ attributes: Convolution, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(2 + (attributes.hasBias ? 1 : 0) + (attributes.hasResidual ? 1 : 0), operands)
    let (x, weight) = (operands[0], operands[1])
    try check(float: x, "image")
    try check(float: weight, "weight")
    guard x.rank == 4 else { throw ShapeError("conv2d takes an image [N, C, H, W], not \(x)") }
    guard weight.rank == 4 else {
      throw ShapeError("conv2d takes a weight [K, C / groups, R, S], not \(weight)")
    }
    let groups = attributes.groups
    let outChannels = weight.shape[0]
    guard groups >= 1 else { throw ShapeError("conv2d needs at least 1 group, not \(groups)") }
    guard x.shape[1] % groups == 0, outChannels % groups == 0 else {
      throw ShapeError(
        "conv2d with \(groups) groups needs channels divisible by it, not \(x.shape[1]) in and \(outChannels) out"
      )
    }
    guard outChannels > 0, weight.shape[1] == x.shape[1] / groups else {
      throw ShapeError(
        "conv2d of \(x) in \(quantity(groups, "group")) needs a weight [K, \(x.shape[1] / groups), R, S], not \(weight)"
      )
    }
    let kernel = Pair(weight.shape[2], weight.shape[3])
    let (height, width) = try windowExtents(
      x, kernel: kernel, stride: attributes.stride, padding: attributes.padding,
      dilation: attributes.dilation, ceilMode: false)
    let result = TensorType([x.shape[0], outChannels, height, width])
    if attributes.hasBias { try check(operands[2], is: [outChannels], "bias") }
    if let index = attributes.residualIndex {
      try check(operands[index], is: result.shape, "residual")
    }
    return result
  }

  func poolType(_ pooling: Pooling, _ operands: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try image(operands)
    let padding = pooling.padding
    // First, because it bounds the extents.
    let (height, width) = try windowExtents(
      x, kernel: pooling.kernel, stride: pooling.stride, padding: padding,
      dilation: pooling.dilation, ceilMode: pooling.ceilMode)
    let effective = Pair(
      (pooling.kernel.height - 1) * pooling.dilation.height + 1,
      (pooling.kernel.width - 1) * pooling.dilation.width + 1)
    guard padding.top < effective.height, padding.bottom < effective.height,
      padding.left < effective.width, padding.right < effective.width
    else {
      throw ShapeError(
        "\(mnemonic) with padding as large as its window has windows of padding only")
    }
    return TensorType([x.shape[0], x.shape[1], height, width])
  }

  private func windowExtents(
    _ x: TensorType, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, ceilMode: Bool
  ) throws(ShapeError) -> (Int, Int) {
    let limit = 1 << 20
    for (value, what, least) in [
      (kernel.height, "kernel", 1), (kernel.width, "kernel", 1), (stride.height, "stride", 1),
      (stride.width, "stride", 1), (dilation.height, "dilation", 1),
      (dilation.width, "dilation", 1), (padding.top, "padding", 0), (padding.left, "padding", 0),
      (padding.bottom, "padding", 0), (padding.right, "padding", 0),
    ] {
      guard value >= least, value <= limit else {
        throw ShapeError("\(mnemonic) needs a \(what) from \(least) to \(limit), not \(value)")
      }
    }
    func extent(_ size: Int, _ k: Int, _ s: Int, _ d: Int, _ before: Int, _ after: Int) -> Int? {
      let room = size + before + after - ((k - 1) * d + 1)
      // In ceil mode one window may be larger than the padded image, by less than its stride.
      guard room >= 0 else { return ceilMode && -room < s ? 1 : nil }
      var count = room / s + 1
      // A window may pass the end only if it starts inside the image or the padding before it
      // (ONNX, PyTorch).
      if ceilMode, room % s != 0, count * s < size + before { count += 1 }
      return count
    }
    guard
      let height = extent(
        x.shape[2], kernel.height, stride.height, dilation.height, padding.top, padding.bottom),
      let width = extent(
        x.shape[3], kernel.width, stride.width, dilation.width, padding.left, padding.right)
    else {
      throw ShapeError(
        "\(mnemonic) has a \(kernel.height)×\(kernel.width) window that does not fit the padded image of \(x)"
      )
    }
    return (height, width)
  }

  func linearType(hasBias: Bool, _ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(hasBias ? 3 : 2, operands)
    let (x, weight) = (operands[0], operands[1])
    try check(float: x, "operand")
    guard x.rank >= 1, weight.rank == 2, weight.element == .float32,
      weight.shape[1] == x.shape.last
    else {
      throw ShapeError("linear of \(x) needs a weight [O, \(x.shape.last ?? 1)], not \(weight)")
    }
    if hasBias { try check(operands[2], is: [weight.shape[0]], "bias") }
    return TensorType(x.shape.dropLast() + [weight.shape[0]])
  }

  func matrixMultiplyType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (a, b) = (operands[0], operands[1])
    try check(float: a, "left operand")
    try check(float: b, "right operand")
    guard a.rank >= 2, b.rank >= 2, a.shape[a.rank - 1] == b.shape[b.rank - 2],
      let batch = broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    else { throw ShapeError("matmul cannot multiply \(a) by \(b)") }
    return TensorType(batch + [a.shape[a.rank - 2], b.shape[b.rank - 1]])
  }

  func batchNormalizationType(
    _ epsilon: Float, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(5, operands)
    let x = operands[0]
    try check(float: x, "operand")
    guard x.rank >= 2 else { throw ShapeError("batch_norm takes [N, C, …], not \(x)") }
    guard epsilon >= 0 else { throw ShapeError("batch_norm needs epsilon ≥ 0, not \(epsilon)") }
    for (operand, what) in zip(operands.dropFirst(), ["scale", "shift", "mean", "variance"]) {
      try check(operand, is: [x.shape[1]], what)
    }
    return x
  }

  func binaryType(
    _ function: BinaryFunction, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (a, b) = (operands[0], operands[1])
    let joinsTruth = function == .minimum || function == .maximum
    guard a.element == b.element, a.element != .bool || joinsTruth, !a.element.isNarrow else {
      throw ShapeError("\(mnemonic) cannot combine \(a) and \(b)" + advice(a, b))
    }
    guard let shape = broadcastShape(a.shape, b.shape) else {
      throw ShapeError("\(mnemonic) of \(a) and \(b): the shapes do not fit")
    }
    return TensorType(shape, element: a.element)
  }

  func reduceType(
    axes: [Int], keepDimensions: Bool, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try one(operands)
    if case .reduce(.mean, _, _) = self { try check(float: x, "operand") }
    guard x.element == .float32 || x.element == .int64 else {
      throw ShapeError("\(mnemonic) takes f32 or i64, but its operand is \(x)" + advice(x))
    }
    for axis in axes { try check(axis: axis, of: x) }
    guard zip(axes, axes.dropFirst()).allSatisfy(<) else {
      throw ShapeError("\(mnemonic) needs ascending axes without repetition, not \(axes)")
    }
    guard axes.allSatisfy({ x.shape[$0] > 0 }) else {
      throw ShapeError("\(mnemonic) over an empty axis of \(x)")
    }
    let shape = x.shape.enumerated().compactMap { axis, extent -> Int? in
      axes.contains(axis) ? (keepDimensions ? 1 : nil) : extent
    }
    return TensorType(shape, element: x.element)
  }
}
