import GraphIR

/// Depthwise convolutions of integers. A channel has few products: as f32 they and their sums are exact, so the kernel for floats
/// gives the same integers as one of its own would.
extension Planner {
  /// Whether a convolution has one input channel for each output, and f32 holds all of its sums.
  func isExactDepthwise(_ attributes: IntegerConvolution, _ weight: Tensor, _ starts: [Int32])
    -> Bool
  {
    guard attributes.groups > 1, weight.shape[1] == 1 else { return false }
    let taps = weight.shape[2] * weight.shape[3]
    return taps * 255 * 128 < 1 << 23 && starts.allSatisfy { $0.magnitude < 1 << 23 }
  }

  mutating func planDepthwiseIntegers(
    _ id: NodeID, _ attributes: IntegerConvolution, _ weight: Tensor, bias: [Int32], scale: [Float]
  ) {
    let node = graph[id]
    let source = node.inputs[0]
    let image = pixelImage(of: source)
    let shape = graph[source].type.shape
    let view = ImageView.blocked(shape, lanes: lanes)
    let input = newBuffer(graph[source].name, bytes: view.byteCount(lanes: lanes))
    let zero = ElementwiseExpression.constant(Float(attributes.inputZero))
    let order = [0, 2, 3, 1, 4]
    let box = blockedExtents(shape)
    addElementwise(
      attributes.inputZero == 0 ? .copy : .binary(.subtract, .operand(0), zero),
      extents: order.map { box[$0] }, strides: [image.view.pixelStrides, view.pixelStrides],
      elements: [.uint8, .float32], arguments: [image.place, input], name: node.name, nodes: [])

    let sums = ImageView.blocked(node.type.shape, lanes: lanes)
    let problem = ConvolutionProblem(
      input: view, output: sums, residual: nil, attributes: attributes.window,
      kernel: Pair(weight.shape[2], weight.shape[3]), groups: attributes.groups)
    let kernel = machine.convolutionKernel(for: problem, threads: options.threads)
    let kernels = ConvolutionKernels.direct(kernel)
    let floats = Tensor(weight.shape, floats: weight.asFloats)
    let output = newBuffer(node.name, bytes: sums.byteCount(lanes: lanes))
    addConvolutionSteps(
      id, kernels, problem,
      weights: addWeights(kernels.packing(floats, groups: problem.groups)),
      weightTerms: weight.count / weight.shape[0],
      biases: addBias(bias.map { Float($0) }, channels: sums.channels), input: input,
      residual: nil, output: output, nodes: sources(of: id))

    let scaled = ElementwiseExpression.binary(.multiply, .operand(0), .operand(1))
    let result: PlacedImage
    var function = scaled
    if node.type.element == .uint8 {
      result = newPixelImage(id)
      let rounded = ElementwiseExpression.unary(.round, scaled)
      function = .unary(
        .saturate(low: Float(attributes.low), high: Float(attributes.high)),
        .binary(.add, rounded, .constant(Float(attributes.resultZero))))
    } else {
      let (place, view) = newBlockedImage(id)
      result = PlacedImage(place: place, view: view)
    }
    let extents = blockedExtents(node.type.shape)
    addElementwise(
      function, extents: order.map { extents[$0] },
      strides: [sums.pixelStrides, [0, 0, 0, lanes, 1], result.view.pixelStrides],
      elements: [.float32, .float32, result.view.element],
      arguments: [output, addChannels(scale), result.place], name: node.name, nodes: [])
  }
}
