import GraphIR

/// `Softsign`: x / (1 + |x|).
func importSoftsign(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let divisor = try context.step(.add, try context.step(.absolute, x), 1)
  return [.node(try context.result(.divide, x, divisor))]
}

/// `Celu`: x where x > 0, α · (exp(x / α) - 1) elsewhere.
func importCelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  guard alpha > 0 else { throw Refusal("alpha \(alpha) is not supported; numbers above 0 are") }
  let x = try context.operand(0)
  let elu = try context.step(.elu(alpha: alpha), try context.step(.divide, x, alpha))
  let isPositive = try context.comparison(.less, context.number(0), x)
  return [.node(try context.add(.select, [isPositive, x, elu]))]
}

/// `ThresholdedRelu`: x where it is larger than alpha, else 0.
func importThresholdedRelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  let x = try context.operand(0)
  let isLarger = try context.comparison(.less, context.number(alpha), x)
  return [.node(try context.add(.select, [isLarger, x, context.number(0)]))]
}

/// `Shrink`: x + bias below -lambd, x - bias above lambd, 0 between.
func importShrink(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let bias = try context.float("bias", default: 0)
  let limit = try context.float("lambd", default: 0.5)
  let x = try context.operand(0)
  let isAbove = try context.comparison(.less, context.number(limit), x)
  let above = try context.step(.subtract, x, bias)
  let others = try context.add(.select, [isAbove, above, context.number(0)], suffix: "step")
  let isBelow = try context.comparison(.less, x, context.number(-limit))
  return [.node(try context.add(.select, [isBelow, try context.step(.add, x, bias), others]))]
}

/// `Swish`: x · sigmoid(α · x).
func importSwish(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 1)
  guard alpha != 1 else { return try importUnary(.silu)(context) }
  let x = try context.operand(0)
  let gate = try context.step(.sigmoid, try context.step(.multiply, x, alpha))
  return [.node(try context.result(.multiply, x, gate))]
}

/// `IsNaN`: what does not equal itself.
func importIsNaN(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  return [.node(try context.negation(try context.comparison(.equal, x, x)))]
}

/// `IsInf`, of one sign where an attribute says so.
func importIsInf(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let negative = try context.flag("detect_negative", default: true)
  let positive = try context.flag("detect_positive", default: true)
  guard negative || positive else {
    // No number is smaller than itself.
    return [.node(try context.add(.compare(.less), [x, x]))]
  }
  let value = negative && positive ? try context.step(.absolute, x) : x
  let limit = context.number(positive ? .infinity : -.infinity)
  return [.node(try context.add(.compare(.equal), [value, limit]))]
}

/// `Xor`: whether two truth values differ.
func importXor(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let operands = try context.broadcastOperands()
  for operand in operands where context.type(of: operand).element != .bool {
    throw Refusal("it takes truth values, not \(context.type(of: operand))")
  }
  return [.node(try context.negation(try context.comparison(.equal, operands[0], operands[1])))]
}

extension OperatorContext {
  /// A step of a formula: whether a comparison holds.
  func comparison(_ comparison: Comparison, _ a: NodeID, _ b: NodeID) throws -> NodeID {
    try add(.compare(comparison), [a, b], suffix: "step")
  }

  /// The end of a formula: whether a truth value is false.
  func negation(_ truth: NodeID) throws -> NodeID {
    let no = addConstant(Tensor([], booleans: [false]), suffix: "false")
    return try add(.compare(.equal), [truth, no])
  }
}
