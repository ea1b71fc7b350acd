import GraphIR

/// `Conv` with one to three spatial axes; one is treated as an image of height 1.
func importConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  if shape.count == 5 { return try importVolumeConvolution(context) }
  let weightShape = try context.operandType(1).shape
  guard shape.count == 3 || shape.count == 4, weightShape.count == shape.count else {
    throw Refusal(
      "[N, C, W], [N, C, H, W] or [N, C, D, H, W] and a weight of as many axes are supported, not "
        + "\(shape) and \(weightShape)")
  }
  let kernel = Array(weightShape.dropFirst(2))
  if let stated = try context.integers("kernel_shape"), stated != kernel {
    throw Refusal("kernel_shape \(stated) differs from the weight's \(kernel)")
  }
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

  /// A convolution's weight `[K, C, R, S]`, which may be `[K, C, S]` in the file.
  func weightOfImages(_ index: Int) throws -> NodeID {
    if let tensor = try knownOperand(index), tensor.shape.count == 3 {
      let shape = [tensor.shape[0], tensor.shape[1], 1, tensor.shape[2]]
      return addConstant(tensor.reshaped(to: shape), madeFrom: index)
    }
    let weight = try operand(index)
    let shape = self.shape(of: weight)
    guard shape.count == 3 else { return weight }
    return try add(.reshape([shape[0], shape[1], 1, shape[2]]), [weight], suffix: "weight")
  }
}
