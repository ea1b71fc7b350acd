import GraphIR

/// `LRN`, over images of any number of axes.
func importLocalResponse(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  guard let size = try context.integer("size") else { throw Refusal("size is missing") }
  let response = LocalResponse(
    size: size, alpha: try context.float("alpha", default: 1e-4),
    beta: try context.float("beta", default: 0.75), bias: try context.float("bias", default: 1))
  guard shape.count != 4 else { return [.node(try context.add(.localResponse(response), [x]))] }
  guard shape.count >= 2 else { throw Refusal("[N, C, …] is needed, not \(context.type(of: x))") }
  let pixels = shape[2...].reduce(1, *)
  let image = try context.add(.reshape([shape[0], shape[1], 1, pixels]), [x], suffix: "image")
  let result = try context.add(.localResponse(response), [image], suffix: "on_image")
  return [.node(try context.add(.reshape(shape), [result]))]
}

/// `Dropout`, which does nothing at inference.
func importDropout(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  _ = try context.float("ratio", default: 0.5)
  _ = try context.integer("seed")
  guard try context.opset >= 7 || context.flag("is_test") else {
    throw Refusal("is_test=0 is not supported", hint: "export the model in inference mode")
  }
  if context.hasOperand(1) { _ = try context.knownOperand(1) }
  if context.hasOperand(2), try context.knownScalar(2, "training_mode") != 0 {
    throw Refusal("training_mode is not supported", hint: "export the model in inference mode")
  }
  let x = try context.operand(0)
  let result = try context.add(.dropout, [x])
  guard context.resultCount > 1, context.opset >= 12 else { return [.node(result)] }
  // Which elements are kept: all.
  let kept = context.addConstant(Tensor([], booleans: [true]), suffix: "kept")
  let mask = try context.add(.broadcast(context.shape(of: x)), [kept], suffix: "mask")
  return [.node(result), .node(mask)]
}

/// `Softmax`; before set 13 over all axes from `axis` on, as one.
func importSoftmax(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  try importAlongAxis(context) { x, axis, suffix in
    try context.add(.softmax(axis: axis), [x], suffix: suffix)
  }
}

/// `LogSoftmax` as x - max - log(sum(exp(x - max))): the logarithm of a soft-max would be -∞ where
/// that underflows.
func importLogSoftmax(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  try importAlongAxis(context) { x, axis, suffix in
    func reduce(_ function: ReduceFunction, _ x: NodeID, _ suffix: String) throws -> NodeID {
      try context.add(.reduce(function, axes: [axis], keepDimensions: true), [x], suffix: suffix)
    }
    let largest = try reduce(.maximum, x, "max")
    let shifted = try context.add(
      .binary(.subtract, then: nil), [x, largest], suffix: "shifted")
    let powers = try context.add(.unary(.exp), [shifted], suffix: "exp")
    let sum = try context.add(
      .unary(.log), [try reduce(.sum, powers, "sum")], suffix: "log")
    return try context.add(.binary(.subtract, then: nil), [shifted, sum], suffix: suffix)
  }
}

private func importAlongAxis(
  _ context: OperatorContext, _ body: (NodeID, Int, String?) throws -> NodeID
) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let coercesTo2D = context.opset < 13
  let axis = try context.axis(
    try context.integer("axis", default: coercesTo2D ? 1 : -1), rank: shape.count)
  guard coercesTo2D, shape[(axis + 1)...].contains(where: { $0 != 1 }) else {
    return [.node(try body(x, axis, nil))]
  }
  let flat = try context.add(.reshape(flattened(shape, at: axis)), [x], suffix: "flat")
  let result = try body(flat, 1, "on_flat")
  return [.node(try context.add(.reshape(shape), [result]))]
}
