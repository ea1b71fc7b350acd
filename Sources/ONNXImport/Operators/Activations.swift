import GraphIR

/// `Elu`: x where x > 0, alpha · (eˣ - 1) elsewhere.
func importElu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  let x = try context.operand(0)
  return [
    .node(try context.result(.add, context.step(.relu, x), try negativePart(context, x, alpha)))
  ]
}

/// `Selu`: gamma · elu(x).
func importSelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1.673_263_2)
  let gamma = try context.float("gamma", default: 1.050_701)
  let x = try context.operand(0)
  let elu = try context.step(.add, context.step(.relu, x), try negativePart(context, x, alpha))
  return [.node(try context.result(.multiply, elu, gamma))]
}

/// alpha · (exp(min(x, 0)) - 1), which is 0 where x > 0.
private func negativePart(
  _ context: OperatorContext, _ x: NodeID, _ alpha: Float
) throws -> NodeID {
  let power = try context.step(.exp, try context.step(.minimum, x, 0))
  return try context.step(.multiply, try context.step(.subtract, power, 1), alpha)
}

/// `Softplus`: log(1 + eˣ).
func importSoftplus(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (line, rest) = try softplus(context, try context.operand(0))
  return [.node(try context.result(.add, line, rest))]
}

/// `Mish`: x · tanh(softplus(x)).
func importMish(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let (line, rest) = try softplus(context, x)
  let gate = try context.step(.tanh, try context.step(.add, line, rest))
  return [.node(try context.result(.multiply, x, gate))]
}

/// log(1 + eˣ) as a sum, max(x, 0) and log(1 + exp(-|x|)), in which no power overflows.
private func softplus(_ context: OperatorContext, _ x: NodeID) throws -> (NodeID, NodeID) {
  let falling = try context.step(.negate, try context.step(.absolute, x))
  let power = try context.step(.add, try context.step(.exp, falling), 1)
  return (try context.step(.relu, x), try context.step(.log, power))
}

/// `Gelu`: x / 2 · (1 + erf(x / √2)), or with the approximation tanh(√(2/π) · (x + 0.044715 · x³)).
func importGelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let approximation = try context.string("approximate", default: "none")
  let x = try context.operand(0)
  let curve: NodeID
  switch approximation {
  case "none":
    curve = try context.step(.erf, try context.step(.multiply, x, Float(0.5).squareRoot()))
  case "tanh":
    let cube = try context.step(.multiply, try context.step(.multiply, x, x), x)
    let inner = try context.step(.add, x, try context.step(.multiply, cube, 0.044_715))
    curve = try context.step(.tanh, try context.step(.multiply, inner, 0.797_884_56))
  default:
    throw Refusal("approximate '\(approximation)' is not one that ONNX defines")
  }
  let gate = try context.step(.multiply, try context.step(.add, curve, 1), 0.5)
  return [.node(try context.result(.multiply, x, gate))]
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
