import GraphIR

/// `Conv` with one to three spatial axes; one is treated as an image of height 1.
func importConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  if shape.count == 5 { return try importVolumeConvolution(context) }
  let kernel = try context.kernelExtents(ofImage: shape)
  let window = try context.windowNumbers(kernel: kernel, extents: Array(shape.dropFirst(2))).window
  let attributes = Convolution(
    stride: window.stride, padding: window.padding, dilation: window.dilation,
    groups: try context.integer("group", default: 1), hasBias: context.hasOperand(2))
  let weight = try context.weightOfImages(1)
  let bias = context.hasOperand(2) ? [try context.operand(2)] : []
  return [
    .node(
      try context.onImages(x) { image, suffix in
        try context.add(.convolution(attributes), [image, weight] + bias, suffix: suffix)
      })
  ]
}

extension OperatorContext {
  /// Applies an operation on images `[N, C, H, W]` to x, which may also be `[N, C, W]`.
  ///
  /// - Parameter body: adds the operation, under the suffix that it is given.
  func onImages(_ x: NodeID, _ body: (NodeID, String?) throws -> NodeID) throws -> NodeID {
    let shape = self.shape(of: x)
    guard shape.count == 3 else { return try body(x, nil) }
    let image = try add(.reshape([shape[0], shape[1], 1, shape[2]]), [x], suffix: "image")
    let result = try body(image, "on_image")
    let resultShape = self.shape(of: result)
    return try add(.reshape([resultShape[0], resultShape[1], resultShape[3]]), [result])
  }

  /// The extents of the kernel of a convolution of images `[N, C, H, W]` or `[N, C, W]`.
  func kernelExtents(ofImage shape: [Int]) throws -> [Int] {
    let weight = try operandType(1).shape
    guard shape.count == 3 || shape.count == 4, weight.count == shape.count else {
      throw Refusal(
        "[N, C, W], [N, C, H, W] or [N, C, D, H, W] and a weight of as many axes are supported, not "
          + "\(shape) and \(weight)")
    }
    return try kernelExtents(ofWeight: weight)
  }

  /// The extents of a weight behind its channels, which `kernel_shape` must not contradict.
  func kernelExtents(ofWeight weight: [Int]) throws -> [Int] {
    let kernel = Array(weight.dropFirst(2))
    if let stated = try integers("kernel_shape"), stated != kernel {
      throw Refusal("kernel_shape \(stated) differs from the weight's \(kernel)")
    }
    return kernel
  }

  /// A convolution's weight `[K, C, R, S]`, which may be `[K, C, S]` in the file.
  func weightOfImages(_ index: Int) throws -> NodeID {
    if try operandType(index).rank == 3, let tensor = try knownOperand(index) {
      let shape = [tensor.shape[0], tensor.shape[1], 1, tensor.shape[2]]
      return addConstant(tensor.reshaped(to: shape), madeFrom: index)
    }
    let weight = try operand(index)
    let shape = self.shape(of: weight)
    guard shape.count == 3 else { return weight }
    return try add(.reshape([shape[0], shape[1], 1, shape[2]]), [weight], suffix: "weight")
  }
}
