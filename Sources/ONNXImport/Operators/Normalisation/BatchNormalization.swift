import GraphIR

/// `BatchNormalization` by the statistics of the file, or by those of the batch: the standard calls
/// this training, and exporters write it for networks in inference mode too, where there are no others
/// or where weights are standardised.
///
/// Its other outputs are the running statistics and, before set 14, those of the batch.
func importBatchNormalization(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let epsilon = try context.float("epsilon", default: 1e-5)
  let momentum = try context.float("momentum", default: 0.9)
  let isPerChannel = try context.flag("spatial", default: true)
  let operands = try (0..<5).map { try context.operand($0) }
  let shape = context.shape(of: operands[0])
  guard shape.count >= 2 else {
    throw Refusal("[N, C, …] is needed, not \(context.type(of: operands[0]))")
  }
  let parameters = ChannelParameters(
    context: context, shape: shape, isPerChannel: isPerChannel || shape.count == 2)
  guard try !context.takesStatisticsOfBatch() else {
    return try normalizedByBatch(
      operands, parameters, epsilon: epsilon, momentum: momentum
    ).map { .node($0) }
  }
  if parameters.isPerChannel, try (1..<5).allSatisfy({ try context.knownOperand($0) != nil }) {
    return [.node(try context.add(.batchNormalization(epsilon: epsilon), operands))]
  }
  let variance = try parameters.operand(4, "variance")
  let deviation = try context.step(.sqrt, try context.step(.add, variance, epsilon))
  let factor = try context.step(.divide, try parameters.operand(1, "scale"), deviation)
  let centred = try context.step(.subtract, operands[0], try parameters.operand(3, "mean"))
  let product = try context.step(.multiply, centred, factor)
  return [.node(try context.result(.add, product, try parameters.operand(2, "bias")))]
}

extension OperatorContext {
  /// Whether the node normalises by the batch: before set 7 `is_test` says, in sets 7 to 13 the number
  /// of outputs, since set 14 `training_mode`.
  fileprivate func takesStatisticsOfBatch() throws -> Bool {
    if opset < 7 { return try !flag("is_test") }
    return try opset < 14 ? hasResult(after: 0) : flag("training_mode")
  }
}

/// The operands scale, bias, mean and variance: one number of each per channel, or one per element of
/// an image, which files before set 9 may have.
private struct ChannelParameters {
  let context: OperatorContext
  /// Of x.
  let shape: [Int]
  let isPerChannel: Bool

  /// The axes of x that statistics are over.
  var axes: [Int] { isPerChannel ? [0] + Array(2..<shape.count) : [0] }

  /// The shape that the file gives a parameter.
  var own: [Int] { isPerChannel ? [shape[1]] : Array(shape[1...]) }

  /// An operand as one that broadcasts to x.
  func operand(_ index: Int, _ what: String) throws -> NodeID {
    if isPerChannel { return try context.perChannel(index, what, shape[1], rank: shape.count) }
    let type = try context.operandType(index)
    guard type == TensorType(own) else {
      throw Refusal("with spatial=0 its \(what) should be \(TensorType(own)), not \(type)")
    }
    return try context.operand(index)
  }

  /// Statistics over `axes` in the shape of the file.
  func statistics(_ x: NodeID, suffix: String) throws -> NodeID {
    try context.add(.reshape(own), [x], suffix: suffix)
  }
}

/// The result, the running mean and variance, the mean and variance of the batch.
private func normalizedByBatch(
  _ operands: [NodeID], _ parameters: ChannelParameters, epsilon: Float, momentum: Float
) throws -> [NodeID] {
  let context = parameters.context
  let batch = try context.standardized(operands[0], axes: parameters.axes, epsilon: epsilon)
  let scaled = try context.step(.multiply, batch.value, try parameters.operand(1, "scale"))
  let result = try context.result(.add, scaled, try parameters.operand(2, "bias"))
  let mean = try parameters.statistics(batch.mean, suffix: "mean")
  let variance = try parameters.statistics(batch.variance, suffix: "variance")
  let running = try zip([3, 4], [mean, variance]).map { index, current in
    // The same check as for those that are read.
    _ = try parameters.operand(index, index == 3 ? "mean" : "variance")
    let old = try context.step(.multiply, operands[index], momentum)
    return try context.step(.add, old, try context.step(.multiply, current, 1 - momentum))
  }
  return [result] + running + [mean, variance]
}
