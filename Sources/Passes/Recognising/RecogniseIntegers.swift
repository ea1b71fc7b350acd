import GraphIR

extension Pass {
  /// Lets convolutions and linear layers between `dequantize` and `quantize` be computed with integers.
  ///
  ///     before   y = quantize(relu(conv2d(dequantize(x, …), weight: dequantize(w, …))), type: u8, …)
  ///     after    y = integer_conv2d(x, w, bias, scale, input_zero: …, result: u8, …)
  ///
  /// The weight must be known and the activations have one scale; those of i8 become u8 first. Sums are exact, which those of
  /// the floats are not, so results may differ by a step where a float would be rounded the other way.
  static let recogniseIntegers = Pass(
    name: "recognise-integers",
    summary: "computes convolutions and linear layers of dequantised values with integers"
  ) { graph, context in
    var changed = makeUnsigned(&graph, context)
    for id in graph.order {
      guard !graph.users(of: id).isEmpty || graph.isOutput(id),
        let layer = QuantisedLayer(at: id, in: graph)
      else { continue }
      guard graph.apply(.fused(layer.fusion(graph)), to: id, context) else { break }
      changed = true
    }
    if changed { graph.removeDeadNodes() }
    return changed
  }
}

/// Turns what is quantised to i8, and only dequantised again, to u8: the same numbers, 128 higher.
private func makeUnsigned(_ graph: inout Graph, _ context: PassContext) -> Bool {
  var changed = false
  for id in graph.order {
    guard case .quantize(let attributes) = graph[id].operation, attributes.element == .int8,
      attributes.axis == nil, !graph.isOutput(id),
      let zero = graph.constantValue(of: graph[id].inputs[2])?.wholeNumbers?.first,
      graph.users(of: id).allSatisfy({ graph.isDequantizing($0, by: zero) })
    else { continue }
    guard context.permits([graph[id].name], giving: [graph[id].name]) else { break }
    let moved = graph.addConstant(
      starred(graph[graph[id].inputs[2]].name), Tensor([], elements: [UInt8(zero + 128)]))
    let users = graph.users(of: id)
    let scales = users.map { graph[$0].inputs[1] }
    do throws(ShapeError) {
      let (x, scale) = (graph[id].inputs[0], graph[id].inputs[1])
      try graph.update(id, .quantize(Quantization(element: .uint8)), [x, scale, moved])
      for (user, scale) in zip(users, scales) {
        try graph.update(user, .dequantize(axis: nil), [id, scale, moved])
      }
    } catch {
      preconditionFailure("a pass made a node that does not fit: \(error.message)")
    }
    changed = true
  }
  return changed
}

extension Graph {
  /// Whether a node dequantises with one scale and this zero point.
  fileprivate func isDequantizing(_ id: NodeID, by zero: Int64) -> Bool {
    guard case .dequantize(nil) = self[id].operation else { return false }
    return constantValue(of: self[id].inputs[2])?.wholeNumbers == [zero]
  }
}

/// A layer that may be computed with integers.
private struct QuantisedLayer {
  /// The convolution or linear layer, and the functions after it.
  let layer: NodeID
  let functions: [NodeID]
  let attributes: IntegerConvolution
  let input: NodeID
  let weight: Tensor
  let bias: Tensor
  let scale: Tensor
  /// Whether it is a linear layer, `[…, I]` to `[…, O]`.
  let isLinear: Bool

  /// The layer whose quantised result, or whose result where that is not quantised, is the node.
  init?(at id: NodeID, in graph: Graph) {
    var result: (scale: Float, zero: Int)?
    var current = id
    if case .quantize(let quantization) = graph[id].operation {
      guard quantization.element == .uint8,
        let numbers = graph.positiveScaleAndZero(of: id)
      else { return nil }
      result = numbers
      current = graph[id].inputs[0]
      guard graph.hasSingleUse(current) else { return nil }
    } else if graph.isQuantisedAfterwards(id) {
      return nil
    }
    var functions: [NodeID] = []
    var interval = (low: -Float.infinity, high: Float.infinity)
    while result != nil, case .unary(let function) = graph[current].operation,
      let clamp = function.clampInterval
    {
      functions.append(current)
      interval = (
        min(max(interval.low, clamp.low), clamp.high),
        max(min(interval.high, clamp.high), clamp.low)
      )
      current = graph[current].inputs[0]
      guard graph.hasSingleUse(current) else { return nil }
    }
    guard let operands = graph.quantisedOperands(of: current) else { return nil }
    layer = current
    self.functions = functions.reversed()
    input = operands.input
    weight = operands.weight
    isLinear = operands.isLinear

    var attributes = operands.window
    attributes.inputZero = operands.inputZero
    if let result {
      attributes.result = .uint8
      attributes.resultZero = result.zero
      func bound(_ value: Float) -> Int {
        let step = (value / result.scale).rounded(.toNearestOrEven) + Float(result.zero)
        return Int(min(max(step, 0), 255))
      }
      attributes.low = interval.low == -.infinity ? 0 : bound(interval.low)
      attributes.high = interval.high == .infinity ? 255 : bound(interval.high)
      guard attributes.low <= attributes.high else { return nil }
    }
    self.attributes = attributes
    let products = operands.weightScales.map { Double(operands.inputScale) * Double($0) }
    let scales = products.map { Float($0 / Double(result?.scale ?? 1)) }
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
    scale = Tensor([scales.count], floats: scales)
    var biases = [Int32](repeating: 0, count: scales.count)
    for (channel, value) in (operands.bias ?? []).enumerated() {
      let exact = value / products[channel]
      let steps = exact.rounded(.toNearestOrEven)
      // A bias of another scale would be rounded once more.
      guard abs(steps) < 0x1p31, abs(exact - steps) <= 0.01 + 1e-6 * abs(steps) else { return nil }
      biases[channel] = Int32(steps)
    }
    guard attributes.starts(weight.elements(Int8.self), biases) != nil else { return nil }
    bias = Tensor([biases.count], elements: biases)
  }

  /// The layer as an integer convolution.
  func fusion(_ graph: Graph) -> Fusion {
    let name = graph[layer].name
    let constants: [Operand] = [
      .constant(weight, name: starred("\(name).weight")),
      .constant(bias, name: starred("\(name).bias")),
      .constant(scale, name: starred("\(name).scale")),
    ]
    let absorbed = [layer] + functions
    guard isLinear else {
      return Fusion(
        operation: .integerConvolution(attributes), operands: [.node(input)] + constants,
        absorbed: absorbed, named: layer)
    }
    // Every row of the matrix is an image of one pixel.
    let shape = graph[layer].type.shape
    let inputs = weight.shape[1]
    let rows = graph[input].type.elementCount / max(inputs, 1)
    return Fusion(
      operation: .reshape(shape),
      operands: [
        .computed(
          .integerConvolution(attributes),
          [.computed(.reshape([rows, inputs, 1, 1]), [.node(input)], name: "\(name).rows")]
            + constants,
          name: "\(name).sums")
      ], absorbed: absorbed, named: layer)
  }
}

/// The operands of a layer of dequantised values.
private struct QuantisedOperands {
  var input: NodeID
  var inputScale: Float
  var inputZero: Int
  /// `[K, C / groups, R, S]`.
  var weight: Tensor
  var weightScales: [Float]
  var bias: [Double]?
  var window: IntegerConvolution
  var isLinear: Bool
}

extension Graph {
  /// The scale and zero point of a node, where a product of such scales is one too.
  fileprivate func positiveScaleAndZero(of id: NodeID) -> (scale: Float, zero: Int)? {
    guard let numbers = scaleAndZero(of: id), numbers.scale.isFinite, numbers.scale > 0 else {
      return nil
    }
    return numbers
  }

  /// Whether all that reads a layer is one `quantize`, functions between them left out.
  fileprivate func isQuantisedAfterwards(_ id: NodeID) -> Bool {
    var current = id
    while hasSingleUse(current), let user = users(of: current).first {
      switch self[user].operation {
      case .unary(let function) where function.clampInterval != nil: current = user
      case .quantize(let attributes):
        return attributes.element == .uint8
          && positiveScaleAndZero(of: user) != nil
      default: return false
      }
    }
    return false
  }

  fileprivate func quantisedOperands(of id: NodeID) -> QuantisedOperands? {
    let node = self[id]
    var window = IntegerConvolution()
    var isLinear = false
    let hasBias: Bool
    switch node.operation {
    case .convolution(let attributes) where attributes.then == nil && !attributes.hasResidual:
      window.stride = attributes.stride
      window.padding = attributes.padding
      window.dilation = attributes.dilation
      window.groups = attributes.groups
      hasBias = attributes.hasBias
    case .linear(let bias, nil): (hasBias, isLinear) = (bias, true)
    default: return nil
    }
    guard case .dequantize = self[node.inputs[0]].operation,
      let numbers = positiveScaleAndZero(of: node.inputs[0]),
      self[self[node.inputs[0]].inputs[0]].type.element == .uint8,
      let (weight, scales) = dequantisedWeight(node.inputs[1])
    else { return nil }
    var bias: [Double]?
    if hasBias {
      guard let known = dequantisedBias(node.inputs[2]) else { return nil }
      bias = known
    }
    let shape = weight.shape
    return QuantisedOperands(
      input: self[node.inputs[0]].inputs[0], inputScale: numbers.scale, inputZero: numbers.zero,
      weight: isLinear ? weight.reshaped(to: [shape[0], shape[1], 1, 1]) : weight,
      weightScales: scales, bias: bias, window: window, isLinear: isLinear)
  }

  /// A known weight as i8 without a zero point, and the scale of every output channel.
  private func dequantisedWeight(_ id: NodeID) -> (Tensor, [Float])? {
    let node = self[id]
    guard case .dequantize(let axis) = node.operation, axis == nil || axis == 0,
      let weight = constantValue(of: node.inputs[0]), let values = weight.wholeNumbers,
      let scale = constantValue(of: node.inputs[1])?.floats,
      let zero = constantValue(of: node.inputs[2])?.wholeNumbers, weight.shape.count > 1
    else { return nil }
    let (channels, terms) = (weight.shape[0], weight.count / max(weight.shape[0], 1))
    var moved: [Int8] = []
    moved.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      guard let narrow = Int8(exactly: value - zero[axis == nil ? 0 : index / terms]) else {
        return nil
      }
      moved.append(narrow)
    }
    let scales = axis == nil ? [Float](repeating: scale[0], count: channels) : scale
    return (Tensor(weight.shape, elements: moved), scales)
  }

  /// A known bias as it is meant, where it is stored as integers.
  private func dequantisedBias(_ id: NodeID) -> [Double]? {
    let node = self[id]
    guard case .dequantize(let axis) = node.operation,
      let values = constantValue(of: node.inputs[0])?.wholeNumbers,
      let scale = constantValue(of: node.inputs[1])?.floats,
      let zero = constantValue(of: node.inputs[2])?.wholeNumbers
    else { return nil }
    return values.enumerated().map { index, value in
      let place = axis == nil ? 0 : index
      return Double(value - zero[place]) * Double(scale[place])
    }
  }
}
