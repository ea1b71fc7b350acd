import GraphIR

/// Operators on integers of 8 bits with scales and zero points, as the operator of the same name on the floats that they
/// stand for, between `dequantize` and `quantize`.

/// `QLinearConv`: x, scale, zero point, weight, scale, zero point, scale and zero point of the result, bias of 32 bits.
func importQuantisedConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  try context.checkChannelsFirst()
  let x = try context.dequantized(bytes: 0, suffix: "x")
  let weight = try context.dequantized(bytes: 3, axis: 0, suffix: "weight")
  var operands = [x, weight]
  if context.hasOperand(8) {
    operands.append(try context.dequantized(bias: 8, ofFactors: [x, weight], axis: 0))
  }
  let y = try context.apply(importConvolution, "Conv", to: operands)
  return [.node(try context.quantized(y, scale: 6))]
}

/// `QLinearMatMul`: a, b and the result, each with scale and zero point: one, or one for each row of a and column of b.
func importQuantisedProduct(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let a = try context.dequantized(bytes: 0, axis: -2, suffix: "a")
  let b = try context.dequantized(bytes: 3, axis: -1, suffix: "b")
  let y = try context.apply(importMatrixProduct, "MatMul", to: [a, b])
  return [.node(try context.quantized(y, scale: 6, axis: -2))]
}

/// `QGemm`: a, b, maybe c of 32 bits, and the scale and zero point of the result, which is f32 without them.
func importQuantisedGemm(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let isTransposed = try context.flag("transB")
  let a = try context.dequantized(bytes: 0, axis: -2, suffix: "a")
  let b = try context.dequantized(bytes: 3, axis: isTransposed ? 0 : 1, suffix: "b")
  var operands = [a, b]
  if context.hasOperand(6) {
    let alpha = try context.float("alpha", default: 1)
    operands.append(
      try context.dequantized(bias: 6, ofFactors: [a, b], axis: -1, times: alpha))
  }
  let y = try context.apply(importGemm, "Gemm", to: operands)
  guard context.hasOperand(7) else { return [.node(try context.add(.identity, [y]))] }
  return [.node(try context.quantized(y, scale: 7))]
}

/// `QLinearAdd` and `QLinearMul`: two operands and the result, each with scale and zero point.
func importQuantisedBinary(_ name: String, _ importer: @escaping OperatorImporter)
  -> OperatorImporter
{
  { context in
    let operands = [
      try context.dequantized(bytes: 0, suffix: "a"),
      try context.dequantized(bytes: 3, suffix: "b"),
    ]
    let y = try context.apply(importer, name, to: operands)
    return [.node(try context.quantized(y, scale: 6))]
  }
}

/// An operator of one operand and the result, each with scale and zero point.
func importQuantisedUnary(_ name: String, _ importer: @escaping OperatorImporter)
  -> OperatorImporter
{
  { context in
    try context.checkChannelsFirst()
    let x = try context.dequantized(bytes: 0, suffix: "x")
    // Softmax says itself which operator set it is of.
    let y = try context.apply(importer, name, to: [x], opset: try context.integer("opset"))
    return [.node(try context.quantized(y, scale: 3))]
  }
}

/// `QLinearConcat`: scale and zero point of the result, then those behind each operand.
func importQuantisedConcatenation(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  guard context.operandCount >= 5, context.operandCount % 3 == 2 else {
    throw Refusal("it takes a scale, a zero point, and three operands for each value")
  }
  let operands = try stride(from: 2, to: context.operandCount, by: 3).map {
    try context.dequantized(bytes: $0, suffix: "part")
  }
  let y = try context.apply(importConcatenation, "Concat", to: operands)
  return [.node(try context.quantized(y, scale: 0))]
}

extension OperatorContext {
  /// - Throws: `Refusal` where channels are the last axis, as ONNX Runtime has them inside.
  fileprivate func checkChannelsFirst() throws {
    guard try !flag("channels_last") else { throw Refusal("channels_last is not supported") }
  }

  /// An operand of 8 bits that its scale and its zero point follow.
  fileprivate func dequantized(bytes index: Int, axis: Int = 0, suffix: String) throws -> NodeID {
    _ = try byteElement(index)
    return try dequantized(index, scale: index + 1, zero: index + 2, axis: axis, suffix: suffix)
  }

  /// Integers of 32 bits whose scale is the product of those of two factors, and maybe of a number.
  ///
  /// - Parameter axis: of the bias, along which the scales lie where there are several.
  fileprivate func dequantized(
    bias index: Int, ofFactors factors: [NodeID], axis stated: Int, times factor: Float = 1
  ) throws -> NodeID {
    guard try fileType(index) == .int32 else {
      throw Refusal(
        "its operand \(index + 1) must be of integers of 32 bits, not \(try fileType(index))")
    }
    let bias = try narrowOperand(index, as: .int32)
    let scales = factors.map { assembly.graph[$0].inputs[1] }
    guard shape(of: scales[0]).isEmpty else {
      throw Refusal("a bias needs one scale of the first operand, not \(type(of: scales[0]))")
    }
    var scale = try product(scales[0], scales[1])
    if factor != 1 { scale = try product(scale, number(factor)) }
    let isOne = shape(of: scale).isEmpty
    let axis = isOne ? nil : try self.axis(stated, rank: type(of: bias).rank)
    let zero = zeros(shape(of: scale), of: .int32)
    return try add(.dequantize(axis: axis), [bias, scale, zero], suffix: "bias")
  }

  /// The product of two scales, which is known where they are.
  private func product(_ a: NodeID, _ b: NodeID) throws -> NodeID {
    let product = try add(.binary(.multiply, then: nil), [a, b], suffix: "scale")
    return knownValue(of: product).map { addConstant($0, suffix: "scale") } ?? product
  }

  /// The result in 8 bits: `scale` is the index of its scale, which its zero point follows.
  fileprivate func quantized(_ y: NodeID, scale: Int, axis: Int = 0) throws -> NodeID {
    let type = try hasOperand(scale + 1) ? fileType(scale + 1) : .uint8
    guard let element = type.narrow, Quantization.elements.contains(element) else {
      throw Refusal("it gives integers of 8 bits, not \(type)")
    }
    return try quantized(y, to: element, scale: scale, zero: scale + 1, axis: axis)
  }
}
