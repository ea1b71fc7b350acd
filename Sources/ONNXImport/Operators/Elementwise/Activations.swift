import GraphIR

/// `Elu`: x where x > 0, alpha · (eˣ - 1) elsewhere.
func importElu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  return try importUnary(.elu(alpha: alpha))(context)
}

/// `Selu`: gamma · elu(x).
func importSelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1.673_263_2)
  let gamma = try context.float("gamma", default: 1.050_701)
  let elu = try context.step(.elu(alpha: alpha), try context.operand(0))
  return [.node(try context.result(.multiply, elu, gamma))]
}

/// `Gelu`: x / 2 · (1 + erf(x / √2)), or with the approximation tanh(√(2/π) · (x + 0.044715 · x³)).
func importGelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let approximation = try context.string("approximate", default: "none")
  switch approximation {
  case "none": return try importUnary(.gelu)(context)
  case "tanh": return try importUnary(.geluTanh)(context)
  default: throw Refusal("approximate '\(approximation)' is not one that ONNX defines")
  }
}

/// `Sign`: c / max(|c|, tiny) with c = x clamped to [-1, 1], so that 0 gives 0 and an infinity 1; of
/// integers it is c.
func importSign(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  guard context.type(of: x).element != .int64 else {
    let bounded = try context.step(.minimum, x, context.integer(1))
    return [.node(try context.result(.maximum, bounded, context.integer(-1)))]
  }
  let clamped = try context.step(.clip(low: -1, high: 1), x)
  let size = try context.step(
    .maximum, try context.step(.absolute, clamped), .leastNormalMagnitude)
  return [.node(try context.result(.divide, clamped, size))]
}

/// `Mean` of one or more operands.
func importMean(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var sum = try context.operand(0)
  for index in 1..<max(1, context.operandCount) {
    sum = try context.step(.add, sum, try context.operand(index))
  }
  return [.node(try context.result(.multiply, sum, 1 / Float(context.operandCount)))]
}
