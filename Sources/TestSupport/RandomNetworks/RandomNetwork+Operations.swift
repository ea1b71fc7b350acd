import GraphIR

/// Sums: convolutions, linear layers, and what usually follows them.
extension RandomNetwork {
  mutating func activation() -> UnaryFunction {
    pick([
      .relu, .relu, .relu, .clip(low: 0, high: 6), .sigmoid, .tanh, .leakyRelu(slope: 0.1),
      .hardSigmoid(alpha: 1 / 6, beta: 0.5), .hardSwish, .silu, .negate, .absolute, .erf,
      .elu(alpha: 0.75), .softplus, .mish, .gelu, .geluTanh, .sin, .cos, .atan, .asinh,
    ])
  }

  /// A convolution, often with batch normalisation, a shortcut and an activation behind it.
  mutating func addConvolution() {
    let x = image()
    let channels = shape(x)[1]
    let groups = pick([1, 1, 1, 2, 4, channels].filter { channels % $0 == 0 })
    let kernel = Pair(integer(1...4), pick([1, 3, 3, 5]))
    let keepsSize = chance(50)
    let padding =
      keepsSize
      ? Padding(
        top: kernel.height / 2, left: kernel.width / 2, bottom: (kernel.height - 1) / 2,
        right: (kernel.width - 1) / 2)
      : Padding(
        top: integer(0...2), left: integer(0...2), bottom: integer(0...2), right: integer(0...2))
    let outputs = keepsSize && chance(50) ? channels : groups * integer(1...max(1, 48 / groups))
    let attributes = Convolution(
      stride: keepsSize ? Pair(1) : Pair(integer(1...3), integer(1...2)), padding: padding,
      dilation: keepsSize ? Pair(1) : Pair(integer(1...2)), groups: groups, hasBias: chance(50))
    guard outputs % groups == 0 else { return }
    let terms = channels / groups * kernel.height * kernel.width
    let weight = weights(
      [outputs, channels / groups, kernel.height, kernel.width], terms: terms)
    let bias = attributes.hasBias ? [constant([outputs])] : []
    guard var y = add(.convolution(attributes), [x, weight] + bias) else { return }
    if chance(40) { y = normalized(y) ?? y }
    if chance(40), let other = images.last(where: { $0 != y && shape($0) == shape(y) }) {
      y = add(.binary(.add, then: nil), chance(50) ? [y, other] : [other, y]) ?? y
    }
    if chance(60) { add(.unary(activation()), [y]) }
  }

  /// What networks for pictures begin with: an input of few channels and many pixels, a strided
  /// convolution with a square window, another one now and then, and a pool.
  mutating func addStem(batch: Int) {
    let shape = [batch, integer(1...4), 4 * integer(4...16), integer(10...70)]
    var x = graph.addInput("picture", TensorType(shape))
    images.append(x)
    for _ in 0..<pick([1, 1, 2]) {
      let taps = pick([3, 4, 5, 7, 7, 11])
      let attributes = Convolution(
        stride: Pair(pick([2, 2, 2, 3, 4])),
        padding: Padding(chance(70) ? taps / 2 : integer(0...2)),
        hasBias: true, then: chance(70) ? .relu : nil)
      let (inputs, outputs) = (self.shape(x)[1], 16 * integer(1...3))
      let weight = weights([outputs, inputs, taps, taps], terms: inputs * taps * taps)
      guard let y = add(.convolution(attributes), [x, weight, constant([outputs])]) else { return }
      x = y
    }
    let pools = [
      Pooling(kernel: Pair(3), stride: Pair(2), padding: Padding(1)),
      Pooling(kernel: Pair(2), stride: Pair(2)),
    ]
    if chance(70) { add(.maxPool(pick(pools)), [x]) }
  }

  mutating func addOtherConvolution() {
    let x = image()
    let (batch, channels) = (shape(x)[0], shape(x)[1])
    let kernel = Pair(integer(1...3), integer(1...3))
    if chance(60) {
      let groups = pick([1, 1, channels % 2 == 0 ? 2 : 1])
      let outputs = groups * integer(1...20)
      let attributes = TransposedConvolution(
        stride: Pair(integer(1...3), integer(1...2)), padding: Padding(integer(0...1)),
        groups: groups, hasBias: chance(50))
      let weight = weights(
        [channels, outputs / groups, kernel.height, kernel.width], terms: channels / groups)
      let bias = attributes.hasBias ? [constant([outputs])] : []
      add(.transposedConvolution(attributes), [x, weight] + bias)
      return
    }
    let (kernels, outputs) = (integer(1...4), integer(1...20))
    guard let pooled = add(.globalAveragePool, [x]),
      let flat = add(.reshape([batch, channels]), [pooled]),
      let scores = add(
        .linear(hasBias: false, then: nil),
        [flat, weights([kernels, channels], terms: channels)]),
      let attention = add(.softmax(axis: 1), [scores])
    else { return }
    let weight = weights(
      [kernels, outputs, channels, kernel.height, kernel.width],
      terms: channels * kernel.height * kernel.width)
    add(.dynamicConvolution(Convolution(padding: Padding(1))), [x, attention, weight])
  }

  mutating func normalized(_ x: NodeID) -> NodeID? {
    let channels = [shape(x)[1]]
    let operands = [
      constant(channels, bound: 0.4, around: 1), constant(channels), constant(channels),
      constant(channels, bound: 0.5, around: 1),
    ]
    return add(.batchNormalization(epsilon: pick([1e-5, 1e-3])), [x] + operands)
  }

  mutating func addBatchNormalization() {
    let x = image()
    if let y = normalized(x), chance(70) { add(.unary(activation()), [y]) }
  }

  /// Values `[N, C]`: from an image, through matrices, and back into one.
  mutating func addRows() {
    let x = image()
    let shape = shape(x)
    let terms = shape[1...].reduce(1, *)
    switch integer(0...3) {
    case 0:
      add(.reshape([shape[0], terms]), [x])
    case 1:
      guard let source = rows.last else { return }
      let (inputs, outputs) = (self.shape(source)[1], integer(1...40))
      let weight = weights([outputs, inputs], terms: inputs)
      add(
        .linear(hasBias: true, then: chance(50) ? .relu : nil),
        [source, weight, constant([outputs])])
    case 2:
      guard let source = rows.last else { return }
      let (inputs, outputs) = (self.shape(source)[1], integer(1...40))
      add(.matrixMultiply, [source, weights([inputs, outputs], terms: inputs)])
    default:
      guard let source = rows.last, self.shape(source)[0] == shape[0] else { return }
      let inputs = self.shape(source)[1]
      guard
        let gate = add(
          .linear(hasBias: false, then: .sigmoid),
          [source, weights([shape[1], inputs], terms: inputs)]),
        let spread = add(.reshape([shape[0], shape[1], 1, 1]), [gate])
      else { return }
      add(.binary(.multiply, then: nil), [x, spread])
    }
  }
}

/// Elements: functions, pools, and moves.
extension RandomNetwork {
  mutating func addUnary() {
    let x = image()
    switch integer(0...5) {
    case 0: add(.softmax(axis: integer(1...3)), [x])
    case 1: add(pick([.identity, .dropout]), [x])
    case 2:
      // Where logarithms and roots are steep, a last bit is many.
      guard let positive = add(.unary(.sigmoid), [x]),
        let moved = add(.binary(.add, then: nil), [positive, constant([1], bound: 0, around: 0.5)])
      else { return }
      add(.unary(pick([.log, .sqrt, .reciprocal, .exp])), [moved])
    default: add(.unary(activation()), [x])
    }
  }

  mutating func addBinary() {
    let x = image()
    let shape = shape(x)
    let function: BinaryFunction = pick([
      .add, .add, .subtract, .multiply, .minimum, .maximum, .prelu,
    ])
    let then: UnaryFunction? = chance(30) ? activation() : nil
    let other: NodeID
    switch integer(0...6) {
    case 0: other = constant([1, shape[1], 1, 1])
    case 1: other = constant([shape[1], 1, 1])
    case 2: other = constant(pick([[], [1], [1, 1, 1, 1]]))
    case 3: other = constant(pick([shape, [shape[3]], [1, 1, shape[2], 1]]))
    case 4:
      guard let pooled = add(.globalAveragePool, [x]) else { return }
      other = pooled
    default:
      guard let same = images.dropLast().last(where: { self.shape($0) == shape }) else { return }
      other = same
    }
    let operands = function != .prelu && chance(30) ? [other, x] : [x, other]
    add(.binary(function, then: then), operands)
  }

  mutating func addPooling() {
    let x = image()
    let kernel = Pair(integer(1...3), integer(1...3))
    let pooling = Pooling(
      kernel: kernel, stride: Pair(integer(1...3), integer(1...2)),
      padding: Padding(
        top: integer(0...kernel.height / 2), left: integer(0...kernel.width / 2),
        bottom: integer(0...kernel.height / 2), right: integer(0...kernel.width / 2)),
      dilation: chance(80) ? Pair(1) : Pair(2, 1),
      ceilMode: chance(30), countIncludesPadding: chance(50))
    if chance(50) { add(.maxPool(pooling), [x]) } else { add(.averagePool(pooling), [x]) }
  }

  mutating func addConcatenation() {
    let axis = pick([1, 1, 1, 1, 1, 0, 2, 3])
    let first = image()
    var operands = [first]
    for _ in 0..<integer(1...3) {
      let fitting = images.filter { other in
        (0..<4).allSatisfy { $0 == axis || shape(other)[$0] == shape(first)[$0] }
      }
      operands.append(pick(fitting))
    }
    // Another batch would end most of what may follow.
    if axis != 0 || chance(20) { add(.concatenate(axis: axis), operands) }
  }

  mutating func addSlice() {
    let x = image()
    let extents = shape(x)
    if extents[1] % 16 == 0, extents[1] > 16, chance(60) {
      let start = 16 * integer(0...(extents[1] / 16 - 1))
      var ranges = extents.map { SliceRange(start: 0, end: $0) }
      ranges[1] = SliceRange(start: start, end: integer((start + 1)...extents[1]))
      add(.slice(ranges), [x])
      return
    }
    let ranges = extents.enumerated().map { axis, extent in
      guard axis > 0, chance(50) else { return SliceRange(start: 0, end: extent) }
      let start = integer(0...(extent - 1))
      if chance(15) { return SliceRange(start: start, end: -1, step: -1) }
      return SliceRange(start: start, end: integer((start + 1)...extent), step: integer(1...2))
    }
    add(.slice(ranges), [x])
  }

  mutating func addResizing() {
    let x = image()
    let (height, width) = (shape(x)[2], shape(x)[3])
    switch integer(0...4) {
    case 0: add(.depthToSpace(DepthBlocks(block: 2, order: pick([.dcr, .crd]))), [x])
    case 1: add(.spaceToDepth(DepthBlocks(block: 2, order: pick([.dcr, .crd]))), [x])
    case 2: add(.resize(Resize(size: Pair(2 * height, 2 * width))), [x])
    default:
      // Nearest elements are whole numbers away from a tie only for whole scales.
      add(
        .resize(
          Resize(
            size: Pair(integer(1...24), integer(1...24)), mode: pick([.linear, .cubic]),
            coordinates: pick(Resize.Coordinates.allCases))), [x])
    }
  }

  mutating func addMovement() {
    let x = image()
    switch integer(0...4) {
    case 0: add(.transpose([0, 1, 3, 2]), [x])
    case 1:
      guard let last = add(.transpose([0, 2, 3, 1]), [x]) else { return }
      let changed = chance(50) ? add(.unary(activation()), [last]) ?? last : last
      add(.transpose([0, 3, 1, 2]), [changed])
    case 2:
      let mode: PadAmounts.Mode = pick([.constant, .constant, .reflect, .edge])
      let channels = chance(20) && mode == .constant ? integer(0...17) : 0
      add(
        .pad(
          PadAmounts(
            before: [0, 0, integer(0...2), integer(0...2)],
            after: [0, channels, integer(0...2), integer(0...2)], mode: mode, value: 0.25)), [x])
    case 3:
      add(
        .stridedShortcut(
          StridedShortcut(
            stride: Pair(integer(1...2), integer(1...2)), channelsBefore: integer(0...20),
            channelsAfter: integer(0...20))), [x])
    default: add(.localResponse(LocalResponse(size: integer(1...5), alpha: 0.5)), [x])
    }
  }

  mutating func addReduction() {
    let x = image()
    let axes = pick([[2, 3], [2, 3], [1], [3], [1, 2, 3], [1, 3]])
    var function = pick(ReduceFunction.allCases)
    // Products of many numbers leave what is near 1.
    if function == .product, axes.reduce(1, { $0 * shape(x)[$1] }) > 8 { function = .sum }
    add(.reduce(function, axes: axes, keepDimensions: chance(70)), [x])
  }
}
