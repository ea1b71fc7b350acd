import GraphIR

/// Convolutions whose weight is any value that is computed at run time: it is packed then, by copies.
extension Planner {
  mutating func planComputedConvolution(_ id: NodeID, _ attributes: Convolution) throws {
    let node = graph[id]
    let weight = graph[node.inputs[1]].type.shape
    let source = plainPlace(of: node.inputs[1])
    let biases = addBias(attributes.hasBias ? node.inputs[2] : nil, rows: 0..<weight[0])
    let (input, inputView) = convolutionInput(node.inputs[0])
    let residual = attributes.residualIndex.map { blockedImage(of: node.inputs[$0]) }
    let (output, outputView) = newBlockedImage(id)
    let problem = ConvolutionProblem(
      input: inputView, output: outputView, residual: residual?.view,
      attributes: attributes, kernel: Pair(weight[2], weight[3]), groups: attributes.groups)
    let kernel = machine.convolutionKernel(for: problem, threads: options.threads)
    var (panels, panelsShape) = (source, weight)
    if case .dense(0, _) = kernel.form, attributes.groups > 1 {
      panelsShape[1] *= attributes.groups
      panels = spread(source, weight, groups: attributes.groups, id)
    }
    addConvolutionSteps(
      id, .direct(kernel), problem, weights: pack(panels, panelsShape, for: kernel, id),
      weightTerms: weight[1...].reduce(1, *), biases: biases, input: input,
      residual: residual?.place,
      output: output, nodes: sources(of: id))
  }

  /// Some numbers of a bias, known or not, one per channel, with the zeros that fill the last vector.
  mutating func addBias(_ id: NodeID?, rows: Range<Int>) -> Place {
    guard let id else { return addBias(nil, channels: rows.count) }
    if let tensor = graph.constantValue(of: id) {
      return addBias(Array(tensor.floats[rows]), channels: rows.count)
    }
    let source = plainPlace(of: id).moved(by: rows.lowerBound, of: .float32)
    let bytes = ElementType.float32.bytes(roundUp(rows.count, to: lanes))
    let place = newBuffer(graph[id].name, bytes: bytes)
    addElementwise(
      .copy, extents: [rows.count], strides: [[1], [1]], arguments: [source, place],
      name: graph[id].name, nodes: [])
    return place
  }

  /// Adds the steps that write a weight `[K, C / groups, R, S]` as `[K, C, R, S]`, zero for channels of
  /// other groups: so panels read it whose groups cut across vectors.
  private mutating func spread(
    _ source: Place, _ weight: [Int], groups: Int, _ id: NodeID
  ) -> Place {
    let outputs = weight[0] / groups
    let inputs = weight[1] * weight[2] * weight[3]
    let bytes = ElementType.float32.bytes(weight[0] * groups * inputs)
    let result = newBuffer(graph[id].name, bytes: bytes)
    addElementwise(
      .constant(0), extents: [weight[0] * groups * inputs], strides: [[1]], arguments: [result],
      name: graph[id].name, nodes: [])
    addElementwise(
      .copy, extents: [groups, outputs, inputs],
      strides: [
        [outputs * inputs, inputs, 1], [(outputs * groups + 1) * inputs, groups * inputs, 1],
      ], arguments: [source, result], name: graph[id].name, nodes: [])
    return result
  }

  /// Adds the steps that bring a weight `[K, C / groups, R, S]` into panels: full panels and the
  /// last one, of whole blocks of channels and of the rest.
  mutating func pack(
    _ source: Place, _ weight: [Int], for kernel: ConvolutionKernel, _ id: NodeID
  ) -> Place {
    let result = newBuffer(graph[id].name, bytes: kernel.weightBytes)
    if weight[0] % lanes != 0 {
      addElementwise(
        .constant(0), extents: [kernel.weightBytes / ElementType.float32.byteCount],
        strides: [[1]], arguments: [result], name: graph[id].name, nodes: [])
    }
    let (taps, channels) = (weight[2] * weight[3], weight[1])
    let wide = kernel.tile.vectors * lanes
    let panelFloats =
      kernel.panelBytes(vectors: kernel.tile.vectors) / ElementType.float32.byteCount
    let whole = kernel.panels - 1
    for (first, panels, width) in [
      (0, whole, wide), (whole, 1, kernel.lastVectors * lanes),
    ] where panels > 0 {
      for (block, blocks, depth) in [
        (0, channels / lanes, lanes), (channels / lanes, 1, channels % lanes),
      ] where blocks * depth > 0 {
        let outputs = min(width, weight[0] - first * wide)
        let from = source.moved(
          by: (first * wide * channels + block * lanes) * taps, of: .float32)
        let to = result.moved(
          by: first * panelFloats + block * lanes * taps * width, of: .float32)
        addElementwise(
          .copy, extents: [panels, blocks, taps, depth, outputs],
          strides: [
            [wide * channels * taps, lanes * taps, 1, taps, channels * taps],
            [panelFloats, lanes * taps * width, depth * width, width, 1],
          ], arguments: [from, to], name: graph[id].name, nodes: [])
      }
    }
    return result
  }
}
