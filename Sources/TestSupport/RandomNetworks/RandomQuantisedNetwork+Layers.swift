import GraphIR

/// Layers that are computed with integers.
extension RandomQuantisedNetwork {
  mutating func addConvolution() {
    guard let y = convolution(of: image(), keepsShape: false) else { return }
    kinds.insert(.convolution)
    _ = quantized(clamped(y))
  }

  /// A layer whose result is added to what it reads before it is rounded, as `resin quantize` writes residual blocks.
  mutating func addSumOfLayer() {
    let x = image()
    guard let y = convolution(of: x, keepsShape: true),
      let sum = add(.binary(.add, then: nil), chance(50) ? [y, floats(x)] : [floats(x), y])
    else { return }
    kinds.insert(.sumOfLayer)
    _ = quantized(clamped(sum))
  }

  /// Rows through a matrix; the result is an image of one pixel.
  mutating func addLinear() {
    let x = image()
    let shape = shape(x.id)
    let terms = shape[1...].reduce(1, *)
    guard terms <= 600 else { return }
    let rows: Value?
    if x.element == .uint8, chance(50) {
      rows = add(.reshape([shape[0], terms]), [x.id]).map {
        Value(id: $0, scale: x.scale, zero: x.zero, element: x.element)
      }
    } else {
      rows = add(.reshape([shape[0], terms]), [floats(x)]).flatMap { quantized($0, as: x) }
    }
    guard let rows else { return }
    let weight = weights([integer(1...40), terms], reading: rows)
    let bias = chance(60) ? [bias(weight, rows)] : []
    guard
      let y = add(
        .linear(hasBias: !bias.isEmpty, then: nil), [floats(rows), weight.id] + bias),
      let result = quantized(clamped(y)),
      result.element == .uint8,
      let image = add(.reshape(self.shape(result.id) + [1, 1]), [result.id])
    else { return }
    kinds.insert(.linear)
    keep(Value(id: image, scale: result.scale, zero: result.zero, element: .uint8))
  }

  // MARK: Their parts

  private mutating func clamped(_ id: NodeID) -> NodeID {
    guard chance(60) else { return id }
    let function: UnaryFunction = pick([.relu, .relu, .clip(low: 0, high: 6)])
    return add(.unary(function), [id]) ?? id
  }

  /// The sums of a convolution as f32.
  private mutating func convolution(of x: Value, keepsShape: Bool) -> NodeID? {
    let shape = shape(x.id)
    let channels = shape[1]
    let isDepthwise = chance(20) && channels > 1
    let groups =
      isDepthwise ? channels : pick([1, 1, 1, 1, 2, 4].filter { channels % $0 == 0 })
    let side = pick([1, 1, 3, 3, 3, 5])
    var kernel = Pair(side)
    var attributes = Convolution(padding: Padding(side / 2), groups: groups)
    if !keepsShape, chance(40) {
      kernel = Pair(integer(1...4), pick([1, 2, 3, 3, 5]))
      attributes.padding = Padding(
        top: integer(0...2), left: integer(0...2), bottom: integer(0...2), right: integer(0...3))
      attributes.stride = Pair(integer(1...2), integer(1...3))
      if chance(30) { attributes.dilation = Pair(integer(1...2), 2) }
    } else if !keepsShape, chance(30) {
      attributes.stride = Pair(2)
    }
    let outputs = keepsShape ? channels : groups * integer(1...max(1, 40 / groups))
    let terms = channels / groups * kernel.height * kernel.width
    guard shape[0] * outputs * terms * shape[2] * shape[3] <= 1_500_000 else { return nil }
    let weight = weights([outputs, channels / groups, kernel.height, kernel.width], reading: x)
    attributes.hasBias = chance(60)
    let bias = attributes.hasBias ? [bias(weight, x)] : []
    guard let y = add(.convolution(attributes), [floats(x), weight.id] + bias) else { return nil }
    note(attributes, kernel, of: x)
    return y
  }

  private mutating func note(_ attributes: Convolution, _ kernel: Pair, of x: Value) {
    let isUnit = attributes.stride == Pair(1) && attributes.dilation == Pair(1)
    if attributes.stride != Pair(1) { kinds.insert(.strided) }
    if attributes.padding != .none, x.zero != 0 { kinds.insert(.paddedByZeroPoint) }
    if attributes.dilation != Pair(1) { kinds.insert(.dilated) }
    if attributes.groups > 1 {
      kinds.insert(attributes.groups == shape(x.id)[1] ? .depthwise : .grouped)
    } else if isUnit, kernel == Pair(3) {
      kinds.insert(.winogradWindow)
    }
  }

  private struct Weights {
    var id: NodeID
    /// One for each output, or one for all.
    var scales: [Float]
  }

  /// Known weights of i8, or of u8 around 128, of one of the spreads that layers have, up to the bounds of their type.
  private mutating func weights(_ shape: [Int], reading x: Value) -> Weights {
    let count = shape.reduce(1, *)
    let pattern = pick([
      [127], [-128], [127, -128], [-128, 127, 127], [64, 65], [-65, -64], [0, -128, 0, 127],
      [96, 33, 0, 0],
    ])
    let spread = integer(0...4)
    let numbers = (0..<count).map { index in
      switch spread {
      case 0: integer(-30...30)
      case 1: integer(-128...127)
      case 2: pattern[index % pattern.count]
      case 3: pick([-128, 127, 127, 0])
      default: chance(70) ? 0 : integer(-100...100)
      }
    }
    notePairs(numbers, shape, reading: x)
    let isPerChannel = chance(60)
    if isPerChannel { kinds.insert(.scalePerChannel) }
    let scales = (0..<(isPerChannel ? shape[0] : 1)).map { _ -> Float in
      isExact ? Self.power(-integer(5...9)) : Float(integer(1...300)) * 1e-4
    }
    let isUnsigned = chance(20)
    if isUnsigned { kinds.insert(.unsignedWeights) }
    let tensor =
      isUnsigned
      ? Tensor(shape, elements: numbers.map { UInt8($0 + 128) })
      : Tensor(shape, elements: numbers.map { Int8($0) })
    let extents = isPerChannel ? [shape[0]] : []
    let zeros =
      isUnsigned
      ? Tensor(extents, elements: scales.map { _ in UInt8(128) })
      : Tensor(extents, elements: scales.map { _ in Int8(0) })
    let operands = [constant(tensor), constant(Tensor(extents, floats: scales)), constant(zeros)]
    let id = add(.dequantize(axis: isPerChannel ? 0 : nil), operands, upTo: .max)!
    return Weights(id: id, scales: scales)
  }

  /// Weights of two channels that one instruction adds in 16 bits, and whether an image has 255 in both.
  private mutating func notePairs(_ numbers: [Int], _ shape: [Int], reading x: Value) {
    let taps = shape.dropFirst(2).reduce(1, *)
    guard x.element == .uint8, shape[1] > 1 else { return }
    let isUnsafe = (0..<shape[0]).contains { output in
      let first = output * shape[1] * taps
      return (0..<taps).contains {
        let sum = numbers[first + $0] + numbers[first + taps + $0]
        return sum > 128 || sum < -128
      }
    }
    guard isUnsafe else { return }
    kinds.insert(.unsafePair)
    let values = tensor(x.id).elements(UInt8.self)
    let plane = self.shape(x.id).dropFirst(2).reduce(1, *)
    guard plane * 2 <= values.count else { return }
    if (0..<plane).contains(where: { values[$0] > 250 && values[plane + $0] > 250 }) {
      kinds.insert(.saturatingPair)
    }
  }

  private mutating func bias(_ weight: Weights, _ x: Value) -> NodeID {
    let channels = shape(weight.id)[0]
    let products = weight.scales.map { Float(Double(x.scale) * Double($0)) }
    let most = pick([100, 20_000])
    let numbers = (0..<channels).map { _ in Int32(integer(-most...most)) }
    let extents = products.count == 1 ? [] : [channels]
    let operands = [
      constant(Tensor([channels], elements: numbers)), constant(Tensor(extents, floats: products)),
      constant(Tensor(extents, elements: products.map { _ in Int32(0) })),
    ]
    return add(.dequantize(axis: products.count == 1 ? nil : 0), operands)!
  }
}
