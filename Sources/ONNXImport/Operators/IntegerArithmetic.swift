import GraphIR

/// `Neg`.
func importNegation(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  guard context.type(of: x).element == .int64 else { return try importUnary(.negate)(context) }
  return [.node(try context.result(.subtract, context.integer(0), x))]
}

/// `Abs`.
func importAbsolute(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  guard context.type(of: x).element == .int64 else { return try importUnary(.absolute)(context) }
  let negative = try context.step(.subtract, context.integer(0), x)
  return [.node(try context.result(.maximum, x, negative))]
}

/// `Mod` of integers: a - b · (a / b) with the sign of a where `fmod` is set, else with that of b.
func importRemainder(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let hasSignOfDividend = try context.flag("fmod")
  let operands = try context.broadcastOperands()
  let (a, b) = (operands[0], operands[1])
  guard context.type(of: a).element == .int64, context.type(of: b).element == .int64 else {
    throw Refusal(
      "it is supported on integers, not on \(context.type(of: a)) and \(context.type(of: b))")
  }
  let whole = try context.step(.multiply, try context.step(.divide, a, b), b)
  guard !hasSignOfDividend else { return [.node(try context.result(.subtract, a, whole))] }
  let rest = try context.step(.subtract, a, whole)
  func compare(_ comparison: Comparison, _ x: NodeID, _ y: NodeID) throws -> NodeID {
    try context.add(.compare(comparison), [x, y], suffix: "step")
  }
  let zero = context.integer(0)
  let agrees = try compare(
    .equal, try compare(.less, rest, zero), try compare(.less, b, zero))
  let isKept = try context.step(.maximum, agrees, try compare(.equal, rest, zero))
  let moved = try context.step(.add, rest, b)
  return [.node(try context.add(.select, [isKept, rest, moved]))]
}

extension OperatorContext {
  /// An integer as a constant.
  func integer(_ value: Int64) -> NodeID {
    addConstant(Tensor([], integers: [value]), suffix: "number")
  }
}
