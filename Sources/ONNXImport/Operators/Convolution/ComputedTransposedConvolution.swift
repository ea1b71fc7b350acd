import GraphIR

extension OperatorContext {
  /// A transposed convolution of an image. Where its weight is computed it becomes a convolution of
  /// the image with zeros between its pixels and around them, with the weight's taps in reverse.
  ///
  /// - Parameters:
  ///   - weight: `[C, K / groups, R, S]`.
  ///   - bias: `[K]`, if there is one.
  func addTransposedConvolution(
    _ attributes: TransposedConvolution, _ image: NodeID, weight: NodeID, bias: NodeID?,
    suffix: String?
  ) throws -> NodeID {
    guard knownValue(of: weight) == nil else {
      return try add(
        .transposedConvolution(attributes), [image, weight] + (bias.map { [$0] } ?? []),
        suffix: suffix)
    }
    let operation = GraphIR.Operation.transposedConvolution(attributes)
    let operands = [image, weight] + (bias.map { [$0] } ?? [])
    let type = try operation.resultType(operands.map { self.type(of: $0) })
    let spread = try spreadPixels(image, attributes, kernel: shape(of: weight), size: type.shape)
    let flipped = try reversedTaps(weight, groups: attributes.groups)
    let sums = try (0..<attributes.groups).map { group in
      try add(
        .convolution(Convolution(dilation: attributes.dilation)),
        [
          try part(group, of: attributes.groups, of: spread, axis: 1),
          try part(group, of: attributes.groups, of: flipped, axis: 0),
        ], suffix: "group")
    }
    let sum =
      sums.count == 1 ? sums[0] : try add(.concatenate(axis: 1), sums, suffix: "groups")
    guard let bias else { return try add(.identity, [sum], suffix: suffix) }
    let column = try add(.reshape([type.shape[1], 1, 1]), [bias], suffix: "bias")
    return try add(.binary(.add, then: nil), [sum, column], suffix: suffix)
  }

  /// The image with stride - 1 zeros behind every row and column, padded or cropped so that a
  /// convolution without padding gives a result of the size.
  private func spreadPixels(
    _ image: NodeID, _ attributes: TransposedConvolution, kernel: [Int], size: [Int]
  ) throws -> NodeID {
    let shape = self.shape(of: image)
    let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
    let (sh, sw) = (attributes.stride.height, attributes.stride.width)
    var spread = image
    if sh > 1 || sw > 1 {
      let pixels = try add(.reshape([n, c, h, 1, w, 1]), [image], suffix: "pixels")
      let zeros = PadAmounts(
        before: [0, 0, 0, 0, 0, 0], after: [0, 0, 0, sh - 1, 0, sw - 1])
      spread = try add(.pad(zeros), [pixels], suffix: "zeros")
      spread = try add(.reshape([n, c, h * sh, w * sw]), [spread], suffix: "spread")
    }
    let reach = [
      (kernel[2] - 1) * attributes.dilation.height, (kernel[3] - 1) * attributes.dilation.width,
    ]
    let begins = [attributes.padding.top, attributes.padding.left]
    for axis in 0..<2 {
      let before = reach[axis] - begins[axis]
      let length = size[2 + axis] + reach[axis]
      let after = length - before - self.shape(of: spread)[2 + axis]
      spread = try padded(spread, axis: 2 + axis, before: before, after: after)
    }
    return spread
  }

  /// `[K, C / groups, R, S]` with rows and columns in reverse, of `[C, K / groups, R, S]`.
  private func reversedTaps(_ weight: NodeID, groups: Int) throws -> NodeID {
    let shape = self.shape(of: weight)
    let (c, k, r, s) = (shape[0], shape[1], shape[2], shape[3])
    let split = try add(.reshape([groups, c / groups, k, r, s]), [weight], suffix: "weight")
    let moved = try add(.transpose([0, 2, 1, 3, 4]), [split], suffix: "weight")
    let joined = try add(.reshape([groups * k, c / groups, r, s]), [moved], suffix: "weight")
    return try add(
      .slice([
        SliceRange(start: 0, end: groups * k), SliceRange(start: 0, end: c / groups),
        SliceRange(start: r - 1, end: -1, step: -1), SliceRange(start: s - 1, end: -1, step: -1),
      ]), [joined], suffix: "reversed")
  }

  private func part(_ group: Int, of groups: Int, of x: NodeID, axis: Int) throws -> NodeID {
    guard groups > 1 else { return x }
    var ranges = shape(of: x).map { SliceRange(start: 0, end: $0) }
    let extent = ranges[axis].end / groups
    ranges[axis] = SliceRange(start: group * extent, end: (group + 1) * extent)
    return try add(.slice(ranges), [x], suffix: "part")
  }
}
