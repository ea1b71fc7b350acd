import GraphIR

/// Convolutions whose weights are computed at run time.
extension Planner {
  /// Plans a convolution of every image with its own mixture of kernels.
  ///
  /// Packing and Winograd's transform are linear, so the kernels are packed when the model is compiled
  /// and mixed in packed form; then every image is an ordinary convolution.
  mutating func planDynamicConvolution(_ id: NodeID, _ attributes: Convolution) throws {
    let node = graph[id]
    let kernels = try constant(node.inputs[2], "weight")
    let bias = attributes.hasBias ? try constant(node.inputs[3], "bias").floats : nil
    let (input, inputView) = convolutionInput(node.inputs[0])
    let residual = attributes.hasResidual ? blockedImage(of: node.inputs.last!) : nil
    let attention = plainPlace(of: node.inputs[1])
    let (output, outputView) = newBlockedImage(id)
    let count = kernels.shape[0]
    let problem = ConvolutionProblem(
      input: inputView.oneImage, output: outputView.oneImage,
      residual: residual?.view.oneImage, attributes: attributes,
      kernel: Pair(kernels.shape[3], kernels.shape[4]), groups: attributes.groups)
    let convolution = cheapestKernels(for: problem, kernels: count)
    let (mixed, stride) = mix(
      kernels, for: convolution, groups: attributes.groups, attention, images: inputView.batch, id)
    let biases = addBias(bias, channels: outputView.channels)
    for image in 0..<inputView.batch {
      addConvolutionSteps(
        id, convolution, problem, weights: mixed.moved(by: image * stride, of: .float32),
        weightTerms: kernels.count / count / kernels.shape[1], biases: biases,
        input: input.moved(by: image * inputView.batchStride, of: .float32),
        residual: residual.map { $0.place.moved(by: image * $0.view.batchStride, of: .float32) },
        output: output.moved(by: image * outputView.batchStride, of: .float32),
        nodes: image == 0 ? sources(of: id) : [])
    }
  }

  /// The kernels of the least estimated time, that of mixing their weights included: every kernel
  /// is read for every image, and Winograd's are larger.
  private func cheapestKernels(for problem: ConvolutionProblem, kernels count: Int)
    -> ConvolutionKernels
  {
    let fitting = ConvolutionAlgorithm.allCases.filter {
      $0 == .direct || options.algorithms.contains($0)
    }.compactMap { machine.kernels($0, for: problem, threads: options.threads) }
    func cycles(_ candidate: (kernels: ConvolutionKernels, cycles: Double)) -> Double {
      candidate.cycles
        + machine.activationCycles(
          candidate.kernels.weightBytes * (count + 1), threads: options.threads, together: 1)
    }
    return fitting.min { cycles($0) < cycles($1) }!.kernels
  }

  /// Adds the step that mixes packed kernels for every image.
  ///
  /// - Returns: where the weights of the first image are, and the elements from one to the next.
  private mutating func mix(
    _ kernels: Tensor, for convolution: ConvolutionKernels, groups: Int, _ attention: Place,
    images: Int, _ id: NodeID
  ) -> (Place, Int) {
    let count = kernels.shape[0]
    let stride =
      roundUp(convolution.weightBytes, to: ModelInterface.alignment)
      / ElementType.float32.byteCount
    let packed = (0..<count).map { index in
      addWeights(convolution.packing(kernels.part(index), groups: groups))
    }
    let result = newBuffer(graph[id].name, bytes: ElementType.float32.bytes(images * stride))
    // A few kernels at a time, because every operand takes a register for its address.
    let perStep = 6
    for first in Swift.stride(from: 0, to: count, by: perStep) {
      let members = first..<min(first + perStep, count)
      var expression: ElementwiseExpression? = first == 0 ? nil : .operand(2 * members.count)
      for position in 0..<members.count {
        let factor = ElementwiseExpression.operand(2 * position)
        let kernel = ElementwiseExpression.operand(2 * position + 1)
        expression =
          expression.map { .multiplyAdd(factor, kernel, $0) } ?? .binary(.multiply, factor, kernel)
      }
      var arguments = members.flatMap { [attention.moved(by: $0, of: .float32), packed[$0]] }
      var strides = members.flatMap { _ in [[count, 0], [0, 1]] }
      if first > 0 {
        arguments.append(result)
        strides.append([stride, 1])
      }
      addElementwise(
        expression!, extents: [images, stride], strides: strides + [[stride, 1]],
        arguments: arguments + [result], name: graph[id].name, nodes: [])
    }
    return (result, stride)
  }
}

extension ImageView {
  /// The view of the first image of the batch.
  fileprivate var oneImage: ImageView {
    var view = self
    view.batch = 1
    return view
  }
}

extension Tensor {
  /// One entry of the outermost axis.
  fileprivate func part(_ index: Int) -> Tensor {
    let size = shape.dropFirst().reduce(1, *)
    return Tensor(
      Array(shape.dropFirst()), floats: Array(floats[index * size..<(index + 1) * size]))
  }
}
