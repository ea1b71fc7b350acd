import GraphIR

/// How each operation becomes steps.
extension Planner {
  mutating func planNode(_ id: NodeID) throws {
    let node = graph[id]
    try checkIntegers(id)
    if node.type.elementCount == 0 {
      _ = newPlain(id)
      return
    }
    if node.inputs.contains(where: { graph[$0].type.elementCount == 0 }) {
      throw PlanningError(message: "\(node.operation.mnemonic) of an empty tensor has no kernel")
    }
    if ownNodes.contains(id) {
      // Other names for memory are found when somebody asks.
      if !graph.isRename(id) { _ = ownPlace(of: id) }
      return
    }
    // A view is carried out when somebody asks; a transpose may have been written as such.
    if views[id] != nil || forms[id]?.plain != nil || skippedNodes.contains(id) { return }
    switch node.operation {
    case .input, .parameter, .constant:
      preconditionFailure("sources are not in the order")
    case .convolution(let attributes):
      try planConvolution(id, attributes)
    case .transposedConvolution(let attributes):
      try planTransposedConvolution(id, attributes)
    case .dynamicConvolution(let attributes):
      try planDynamicConvolution(id, attributes)
    case .integerConvolution(let attributes):
      try planIntegerConvolution(id, attributes)
    case .linear(let hasBias, let then):
      try planLinear(id, hasBias: hasBias, then: then)
    case .matrixMultiply:
      planMatrixMultiply(id)
    case .attention(let attributes):
      planAttention(id, attributes)
    case .recurrent(let layer):
      try planRecurrent(id, layer)
    case .unary, .binary, .bits, .batchNormalization, .compare, .select:
      // What is not the root of a tree is computed with its root.
      if let tree = trees[id] { try planElementwise(id, tree) }
    case .maxPool(let pooling):
      try planPool(id, .maximum, pooling)
    case .averagePool(let pooling):
      try planPool(id, .average(countsPadding: pooling.countIncludesPadding), pooling)
    case .globalAveragePool:
      planGlobalAverage(id)
    case .resize(let resize):
      // Repeated pixels that one step reads are read where they are.
      if trees[id] != nil || graph.enlargement(id) == nil { planResize(id, resize) }
    case .localResponse(let attributes):
      try planLocalResponse(id, attributes)
    case .depthToSpace(let blocks):
      planDepthToSpace(id, blocks)
    case .spaceToDepth(let blocks):
      planSpaceToDepth(id, blocks)
    case .reduce(let function, let axes, _):
      planReduce(id, function, axes: axes)
    case .softmax(let axis):
      let shape = node.type.shape
      addReduce(
        id, .softmax, outer: shape[..<axis].reduce(1, *), axis: shape[axis],
        inner: shape[(axis + 1)...].reduce(1, *))
    case .cast where !graph.isRename(id):
      if let tree = trees[id] { try planElementwise(id, tree) }
    case .reshape, .identity, .dropout, .cast:
      // The same elements in the same order, row-major: `plainPlace` finds them when somebody asks.
      break
    case .transpose(let permutation):
      planTranspose(id, permutation)
    case .concatenate(let axis):
      planConcatenate(id, axis: axis)
    case .slice(let ranges):
      planSlice(id, ranges)
    case .pad(let amounts):
      try planPad(id, amounts)
    case .broadcast:
      planBroadcast(id)
    case .stridedShortcut(let shortcut):
      planShortcut(id, shortcut)
    case .gather(let axis):
      planGather(id, axis: axis, isPerElement: false)
    case .gatherElements(let axis):
      planGather(id, axis: axis, isPerElement: true)
    case .scatterElements(let axis, let function):
      planScatter(id, axis: axis, by: function)
    case .topIndices(let attributes):
      planTopIndices(id, attributes)
    case .alignRegions(let attributes):
      planAlignRegions(id, attributes)
    case .suppressBoxes(let attributes):
      planSuppressBoxes(id, attributes)
    case .truePlaces:
      planTruePlaces(id)
    case .quantize, .dequantize:
      guard graph.scaleAndZero(of: id) != nil else {
        throw PlanningError(
          message: "\(node.operation.mnemonic) has no kernel",
          hint: "the pass lower-quantised writes it with operations that have one")
      }
      if let pool = integerPools[id] {
        planIntegerPool(id, pool)
      } else if let tree = trees[id] {
        try planElementwise(id, tree)
      }
    case .shapeOf:
      let shape = graph[node.inputs[0]].type.shape
      let tensor = Tensor([shape.count], integers: shape.map { Int64($0) })
      forms[id] = Forms(plain: addWeights(.plain(tensor)))
    }
  }

  /// The tensor of a constant operand, or an error that says what it is.
  func constant(_ id: NodeID, _ what: String) throws -> Tensor {
    guard let tensor = graph.constantValue(of: id) else {
      throw PlanningError(
        message: "the \(what) '\(graph[id].name)' is computed at run time, which has no kernel",
        hint: "it must be known when the model is compiled")
    }
    return tensor
  }

  /// The first operand of a node in blocked layout.
  mutating func blockedInput(of id: NodeID) -> (Place, ImageView) {
    let image = blockedImage(of: graph[id].inputs[0])
    return (image.place, image.view)
  }

  /// A new row-major tensor for the result of a node.
  mutating func newPlain(_ id: NodeID) -> Place {
    let place = newBuffer(graph[id].name, bytes: graph[id].type.storedByteCount)
    forms[id] = Forms(plain: place)
    return place
  }

  // MARK: Convolutions and matrix products

  private mutating func planConvolution(_ id: NodeID, _ attributes: Convolution) throws {
    let node = graph[id]
    guard graph.constantValue(of: node.inputs[1]) != nil else {
      try planComputedConvolution(id, attributes)
      return
    }
    let weight = try constant(node.inputs[1], "weight")
    let bias = attributes.hasBias ? try constant(node.inputs[2], "bias").floats : nil
    let kernel = Pair(weight.shape[2], weight.shape[3])
    let (input, inputView) = convolutionInput(node.inputs[0])
    var (image, attributes) = (PlacedImage(place: input, view: inputView), attributes)
    if let dense = withoutLeftOutPixels(id, image, attributes, kernel: kernel) {
      (image, attributes) = dense
    }
    let residual = attributes.residualIndex.map { blockedImage(of: node.inputs[$0]) }
    let (output, outputView) = newBlockedImage(id)
    let scaled = try takeScaledResult(of: id)
    try addConvolution(
      id,
      ConvolutionProblem(
        input: image.view, output: outputView, residual: residual?.view, scaled: scaled?.result,
        attributes: attributes, kernel: kernel, groups: attributes.groups),
      weight: weight, bias: bias, input: image.place, residual: residual?.place, scaled: scaled,
      output: output, nodes: sources(of: id) + (scaled?.nodes ?? []))
  }

  /// The image that a convolution reads. A row-major image of few channels is read as it is: the
  /// kernel broadcasts single elements, wherever they are.
  mutating func convolutionInput(_ id: NodeID) -> (Place, ImageView) {
    let shape = graph[id].type.shape
    if forms[id]?.blocked == nil, shape[1] < lanes {
      return (plainPlace(of: id), ImageView.plain(shape, lanes: lanes))
    }
    let image = blockedImage(of: id)
    return (image.place, image.view)
  }

  /// Adds the steps of a convolution with a known weight.
  ///
  /// - Parameter nodes: the nodes that they compute.
  mutating func addConvolution(
    _ id: NodeID, _ problem: ConvolutionProblem, weight: Tensor, bias: [Float]?, input: Place,
    residual: Place?, scaled: ScaledPlaces? = nil, output: Place, nodes: [String]
  ) throws {
    let (kernels, choice) = try chooseAlgorithm(for: problem, node: graph[id].name)
    let weights = addWeights(kernels.packing(weight, groups: problem.groups))
    addConvolutionSteps(
      id, kernels, problem, weights: weights, weightTerms: weight.count / weight.shape[0],
      biases: addBias(bias, channels: problem.output.channels), input: input, residual: residual,
      scaled: scaled, output: output, nodes: nodes, choice: choice)
  }

  /// One number per channel, 0 where there is none, with the zeros that fill the last vector.
  mutating func addBias(_ bias: [Float]?, channels: Int) -> Place {
    let values = bias ?? []
    let padding = roundUp(channels, to: lanes) - values.count
    return addWeights(.vector(values + [Float](repeating: 0, count: padding)))
  }

  /// Adds the steps of a convolution by kernels that were chosen.
  ///
  /// - Parameters:
  ///   - weights: where the packed weights are.
  ///   - weightTerms: products in one sum.
  ///   - nodes: the nodes that they compute.
  ///   - name: that of the steps, if it is not the node's.
  mutating func addConvolutionSteps(
    _ id: NodeID, _ kernels: ConvolutionKernels, _ problem: ConvolutionProblem, weights: Place,
    weightTerms: Int, biases: Place, input: Place, residual: Place?,
    scaled: ScaledPlaces? = nil, output: Place, nodes: [String], choice: ConvolutionChoice? = nil,
    name: String? = nil
  ) {
    let name = name ?? graph[id].name
    let pixels = problem.output.batch * problem.output.height * problem.output.width
    let flops = 2 * pixels * problem.output.channels * weightTerms
    let residuals = residual.map { [$0] } ?? []
    let imageBytes = problem.output.byteCount(lanes: lanes)
    let outputBytes = scaled == nil ? imageBytes : 2 * imageBytes
    let vectors = scaled == nil ? 1 : 3
    let otherBytes =
      ElementType.float32.bytes(vectors * roundUp(problem.output.channels, to: lanes))
      + residuals.count * imageBytes
      + kernels.weightBytes
    let inputBytes = problem.input.byteCount(lanes: lanes)
    let constants = [weights, biases] + residuals + (scaled?.arguments ?? [])

    /// The step that writes the output, from the image or what was computed from it.
    func addResult(_ kernel: Kernel, reading source: Place, _ sourceBytes: Int) {
      addStep(
        kernel, [source] + constants + [output], name: name, nodes: nodes,
        flops: flops, read: sourceBytes + otherBytes, written: outputBytes, choice: choice)
    }
    switch kernels {
    case .direct(let direct):
      addResult(.convolution(direct), reading: input, inputBytes)
    case .winograd(let transform, let product):
      let transformed = newBuffer(graph[id].name, bytes: transform.geometry.byteCount)
      addStep(
        .winogradInput(transform), [input, transformed], name: name, nodes: [], flops: 0,
        read: inputBytes, written: transform.geometry.byteCount)
      addResult(
        .winogradProduct(product), reading: transformed, transform.geometry.byteCount)
    case .winogradBlocks(let whole):
      addResult(.winogradBlocks(whole), reading: input, inputBytes)
    case .strassen(let kernel):
      addResult(.strassen(kernel), reading: input, inputBytes)
    }
  }

  private mutating func planLinear(_ id: NodeID, hasBias: Bool, then: UnaryFunction?) throws {
    let node = graph[id]
    let weight = try constant(node.inputs[1], "weight")
    let bias = hasBias ? try constant(node.inputs[2], "bias").floats : nil
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let rows = node.type.elementCount / outputs
    let attributes = Convolution(then: then)
    let outputView = ImageView.matrix(rows: rows, channels: outputs, lanes: lanes)

    // A blocked image that is flattened first: the same product as a convolution over the whole
    // image.
    if case .reshape = graph[node.inputs[0]].operation,
      let image = graph[node.inputs[0]].inputs.first, isBlocked(image),
      graph[image].type.shape[0] == rows, graph[image].type.elementCount == rows * inputs
    {
      let shape = graph[image].type.shape
      let blocked = blockedImage(of: image)
      // Images of the batch stand side by side, as the columns of one row, so that weights are read
      // once.
      let problem = ConvolutionProblem(
        input: blocked.view, output: outputView, residual: nil, attributes: attributes,
        kernel: Pair(shape[2], shape[3]), groups: 1,
        columnsAreImages: true)
      let output = newPlain(id)
      try addConvolution(
        id, problem, weight: weight.reshaped(to: [outputs, shape[1], shape[2], shape[3]]),
        bias: bias, input: blocked.place, residual: nil, output: output,
        nodes: sources(of: id))
      return
    }
    let input = plainPlace(of: node.inputs[0])
    let output = newPlain(id)
    try addConvolution(
      id,
      ConvolutionProblem(
        input: ImageView.matrix(rows: rows, channels: inputs, lanes: lanes), output: outputView,
        residual: nil, attributes: attributes, kernel: Pair(1), groups: 1),
      weight: weight.reshaped(to: [outputs, inputs, 1, 1]), bias: bias, input: input,
      residual: nil, output: output, nodes: sources(of: id))
  }

  private mutating func planMatrixMultiply(_ id: NodeID) {
    let node = graph[id]
    let (a, b) = (graph[node.inputs[0]].type.shape, graph[node.inputs[1]].type.shape)
    let batch = Array(node.type.shape.dropLast(2))
    let (rows, inner, columns) = (a[a.count - 2], a[a.count - 1], b[b.count - 1])
    let left = broadcastOffsets(Array(a.dropLast(2)), to: batch, unit: rows * inner)
    let right = broadcastOffsets(Array(b.dropLast(2)), to: batch, unit: inner * columns)
    let kernel = MatrixMultiplyKernel(
      lanes: lanes, rows: rows, inner: inner, columns: columns,
      offsets: zip(left, right).map { [$0, $1] })
    let arguments = [plainPlace(of: node.inputs[0]), plainPlace(of: node.inputs[1]), newPlain(id)]
    addStep(
      .matrixMultiply(kernel), arguments, name: node.name, nodes: sources(of: id),
      flops: 2 * node.type.elementCount * inner, read: operandBytes(id),
      written: node.type.storedByteCount)
  }

  /// For every index of `batch`, row-major, the offset of the matrix that broadcasting takes from
  /// `shape`.
  private func broadcastOffsets(_ shape: [Int], to batch: [Int], unit: Int) -> [Int] {
    let own = rowMajorStrides(of: shape)
    let lead = batch.count - shape.count
    return (0..<batch.reduce(1, *)).map { flat in
      var (rest, offset) = (flat, 0)
      for axis in batch.indices.reversed() {
        let index = rest % batch[axis]
        rest /= batch[axis]
        if axis >= lead, shape[axis - lead] > 1 { offset += index * own[axis - lead] }
      }
      return offset * unit
    }
  }

  /// Bytes of all operands of a node, row-major.
  func operandBytes(_ id: NodeID) -> Int {
    graph.operandTypes(of: id).reduce(0) { $0 + $1.byteCount }
  }

  // MARK: Pooling and reduction

  private mutating func planPool(
    _ id: NodeID, _ function: PoolKernel.Function, _ pooling: Pooling
  ) throws {
    let node = graph[id]
    let image = blockedImage(of: node.inputs[0])
    let (output, outputView) = newBlockedImage(id)
    let scaled = try takeScaledResult(of: id)
    addPool(
      id, function, pooling, from: image, to: PlacedImage(place: output, view: outputView),
      scaled: scaled, nodes: sources(of: id) + (scaled?.nodes ?? []))
  }

  /// Adds the step of a pool.
  mutating func addPool(
    _ id: NodeID, _ function: PoolKernel.Function, _ pooling: Pooling, from image: PlacedImage,
    to result: PlacedImage, scaled: ScaledPlaces?, nodes: [String]
  ) {
    let node = graph[id]
    let (inputView, outputView) = (image.view, result.view)
    let segments = ConvolutionKernel.segments(
      columns: outputView.width, tileColumns: min(8, outputView.width),
      kernelWidth: pooling.kernel.width, stride: pooling.stride.width,
      padding: pooling.padding.left, dilation: pooling.dilation.width, inputWidth: inputView.width)
    let kernel = PoolKernel(
      lanes: lanes, function: function, input: inputView, output: outputView, pooling: pooling,
      segments: segments, rowsPerTask: (outputView.height + 15) / 16,
      scaled: scaled?.result)
    let written = outputView.byteCount(lanes: lanes)
    addStep(
      .pool(kernel), [image.place] + (scaled?.arguments ?? []) + [result.place], name: node.name,
      nodes: nodes,
      flops: node.type.elementCount * pooling.kernel.height * pooling.kernel.width,
      read: inputView.byteCount(lanes: lanes), written: scaled == nil ? written : 2 * written)
  }

  private mutating func planGlobalAverage(_ id: NodeID) {
    let node = graph[id]
    let (input, view) = blockedInput(of: id)
    let shape = graph[node.inputs[0]].type.shape
    // One pixel per image, written densely: that is the row-major form, and the blocked one if
    // channels fill vectors.
    let output = newPlain(id)
    let kernel = GlobalAverageKernel(
      lanes: lanes, input: view, outputBatchStride: shape[1], padsOutput: shape[1] % lanes == 0)
    addStep(
      .globalAverage(kernel), [input, output], name: node.name, nodes: sources(of: id),
      flops: view.batch * shape[1] * shape[2] * shape[3], read: view.byteCount(lanes: lanes),
      written: node.type.storedByteCount)
  }

  private mutating func planReduce(_ id: NodeID, _ function: ReduceFunction, axes: [Int]) {
    let node = graph[id]
    let shape = graph[node.inputs[0]].type.shape
    guard let first = axes.first, let last = axes.last else {
      forms[id] = Forms(plain: plainPlace(of: node.inputs[0]))
      return
    }
    if axes.count == last - first + 1 {
      addReduce(
        id, .reduce(function), outer: shape[..<first].reduce(1, *),
        axis: shape[first...last].reduce(1, *), inner: shape[(last + 1)...].reduce(1, *))
      return
    }
    // Axes apart: bring them to the end first.
    let kept = shape.indices.filter { !axes.contains($0) }
    let moved = newBuffer(node.name, bytes: graph[node.inputs[0]].type.storedByteCount)
    let permutation = kept + axes
    let source = rowMajorStrides(of: shape)
    let extents = permutation.map { shape[$0] }
    addElementwise(
      .copy, extents: extents,
      strides: [permutation.map { source[$0] }, rowMajorStrides(of: extents)],
      arguments: [plainPlace(of: node.inputs[0]), moved], name: node.name, nodes: [])
    addReduceStep(
      id, .reduce(function), outer: kept.map { shape[$0] }.reduce(1, *),
      axis: axes.map { shape[$0] }.reduce(1, *), inner: 1, input: moved)
  }

  private mutating func addReduce(
    _ id: NodeID, _ function: ReduceKernel.Function, outer: Int, axis: Int, inner: Int
  ) {
    let input = plainPlace(of: graph[id].inputs[0])
    addReduceStep(id, function, outer: outer, axis: axis, inner: inner, input: input)
  }

  private mutating func addReduceStep(
    _ id: NodeID, _ function: ReduceKernel.Function, outer: Int, axis: Int, inner: Int, input: Place
  ) {
    let kernel = ReduceKernel(
      lanes: lanes, function: function, outer: outer, axis: axis, inner: inner)
    let output = newPlain(id)
    addStep(
      .reduce(kernel), [input, output], name: graph[id].name, nodes: sources(of: id),
      flops: outer * axis * inner, read: ElementType.float32.bytes(outer * axis * inner),
      written: graph[id].type.storedByteCount)
  }
}
