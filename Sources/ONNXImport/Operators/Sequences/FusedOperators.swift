import GraphIR

/// The operators of the domain com.microsoft that ONNX Runtime's optimisers write, by their names.
let microsoftImporters: [String: OperatorImporter] = [
  "Attention": importJoinedAttention,
  "BiasGelu": importFusedGelu(.gelu),
  "DequantizeLinear": importDequantize,
  "EmbedLayerNormalization": importEmbedding,
  "FastGelu": importFusedGelu(.geluTanh),
  "FusedMatMul": importScaledProduct,
  "Gelu": importUnary(.gelu),
  "MultiHeadAttention": importMultiHeadAttention,
  "QGemm": importQuantisedGemm,
  "QLinearAdd": importQuantisedBinary("Add", importBinary(.add)),
  "QLinearAveragePool": importQuantisedUnary("AveragePool", importAveragePool),
  "QLinearConcat": importQuantisedConcatenation,
  "QLinearConv": importQuantisedConvolution,
  "QLinearGlobalAveragePool": importQuantisedUnary("GlobalAveragePool", importGlobalPool(.mean)),
  "QLinearLeakyRelu": importQuantisedUnary("LeakyRelu", importLeakyRelu),
  "QLinearMul": importQuantisedBinary("Mul", importBinary(.multiply)),
  "QLinearSigmoid": importQuantisedUnary("Sigmoid", importUnary(.sigmoid)),
  "QLinearSoftmax": importQuantisedUnary("Softmax", importSoftmax),
  "QuantizeLinear": importQuantize,
  "QuickGelu": importQuickGelu,
  "SkipLayerNormalization": importSkipNormalization(subtractsMean: true),
  "SkipSimplifiedLayerNormalization": importSkipNormalization(subtractsMean: false),
]

/// `FastGelu` and `BiasGelu`: a function of x and a bias, if there is one.
private func importFusedGelu(_ function: UnaryFunction) -> OperatorImporter {
  { context in
    var x = try context.operand(0)
    if context.hasOperand(1) { x = try context.step(.add, x, try context.operand(1)) }
    return [.node(try context.add(.unary(function), [x]))]
  }
}

/// `QuickGelu`: x · sigmoid(alpha · x).
private func importQuickGelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1.702)
  let x = try context.operand(0)
  let gate = try context.step(.sigmoid, try context.step(.multiply, x, alpha))
  return [.node(try context.result(.multiply, x, gate))]
}

/// `FusedMatMul`: alpha · A · B, either transposed, or with the first axis before its columns.
private func importScaledProduct(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  func matrix(_ index: Int, _ side: String) throws -> NodeID {
    let x = try context.operand(index)
    var axes = Array(context.shape(of: x).indices)
    guard axes.count >= 2 else {
      throw Refusal("matrices are needed, not \(context.type(of: x))")
    }
    // The first axis moves behind the others of the batch, then matrices are transposed.
    if try context.flag("transBatch\(side)") { axes.insert(axes.removeFirst(), at: axes.count - 1) }
    if try context.flag("trans\(side)") { axes.swapAt(axes.count - 1, axes.count - 2) }
    guard axes != Array(axes.indices) else { return x }
    return try context.add(.transpose(axes), [x], suffix: "turned")
  }
  let operands = [try matrix(0, "A"), try matrix(1, "B")]
  guard alpha != 1 else { return [.node(try context.add(.matrixMultiply, operands))] }
  let product = try context.add(.matrixMultiply, operands, suffix: "product")
  return [.node(try context.result(.multiply, product, alpha))]
}

/// `SkipLayerNormalization`: the sum of two values and a bias, normalised over the last axis; its other
/// outputs are the mean, the reciprocal of the deviation, and the sum. The simplified one subtracts no
/// mean and has no shift.
private func importSkipNormalization(subtractsMean: Bool) -> OperatorImporter {
  { context in
    let epsilon = try context.float("epsilon", default: 1e-12)
    var sum = try context.step(.add, try context.operand(0), try context.operand(1))
    let bias = subtractsMean ? 4 : 3
    if context.hasOperand(bias) { sum = try context.step(.add, sum, try context.operand(bias)) }
    let axes = [context.shape(of: sum).count - 1]
    guard axes[0] >= 0 else { throw Refusal("rows of features are needed") }
    guard subtractsMean else {
      let (value, factor) = try context.scaledByRoot(sum, axes: axes, epsilon: epsilon)
      let result = try context.result(.multiply, value, try context.operand(2))
      return [.node(result), .unavailable, .node(factor), .node(sum)]
    }
    let (result, mean, factor) = try context.normalizedRows(
      sum, epsilon: epsilon, scale: 2, shift: 3)
    return [.node(result), .node(mean), .node(factor), .node(sum)]
  }
}

/// `EmbedLayerNormalization`: what words, positions and kinds of words stand for, added and normalised.
/// Its other outputs are how many words count, which is not supported, and the sum.
private func importEmbedding(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let epsilon = try context.float("epsilon", default: 1e-12)
  _ = try context.integer("mask_index_type")
  if context.hasOperand(7) { _ = try context.operandType(7) }
  let words = try context.operand(0)
  let shape = context.shape(of: words)
  guard shape.count == 2 else { throw Refusal("words [N, rows] are needed, not \(shape)") }
  func looked(_ table: Int, _ indices: NodeID) throws -> NodeID {
    try context.add(.gather(axis: 0), [try context.operand(table), indices], suffix: "embedding")
  }
  let positions =
    try context.hasOperand(8) ? context.operand(8) : context.numbers(shape[1], behind: 0)
  var sum = try context.step(.add, try looked(2, words), try looked(3, positions))
  if context.hasOperand(1), context.hasOperand(4) {
    sum = try context.step(.add, sum, try looked(4, try context.operand(1)))
  }
  let (result, _, _) = try context.normalizedRows(sum, epsilon: epsilon, scale: 5, shift: 6)
  return [.node(result), .unavailable, .node(sum)]
}

extension OperatorContext {
  /// Layer normalisation over the last axis, with the mean and the reciprocal of the deviation.
  fileprivate func normalizedRows(
    _ x: NodeID, epsilon: Float, scale: Int, shift: Int
  ) throws -> (result: NodeID, mean: NodeID, factor: NodeID) {
    let axes = [shape(of: x).count - 1]
    let statistics = try standardized(x, axes: axes, epsilon: epsilon)
    var result = try step(.multiply, statistics.value, try operand(scale))
    if hasOperand(shift) { result = try step(.add, result, try operand(shift)) }
    guard shape(of: result) == shape(of: x) else {
      throw Refusal("its scale or bias does not broadcast to \(type(of: x))")
    }
    return (result, statistics.mean, statistics.factor)
  }
}
