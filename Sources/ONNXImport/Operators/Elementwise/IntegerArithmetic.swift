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

/// `Mod` of integers: a - b · (a / b) with the sign of a where `fmod` is set, else with that of b; of floats
/// alike, without an error of rounding where it has the sign of a.
func importRemainder(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let hasSignOfDividend = try context.flag("fmod")
  let operands = try context.broadcastOperands()
  let (a, b) = (operands[0], operands[1])
  let isFloat = context.type(of: a).element == .float32
  let rest: NodeID
  if isFloat {
    if hasSignOfDividend { return [.node(try context.result(.remainder, a, b))] }
    rest = try context.step(.remainder, a, b)
  } else {
    let whole = try context.step(.multiply, try context.step(.divide, a, b), b)
    if hasSignOfDividend { return [.node(try context.result(.subtract, a, whole))] }
    rest = try context.step(.subtract, a, whole)
  }
  let zero = isFloat ? context.number(0) : context.integer(0)
  let agrees = try context.comparison(
    .equal, try context.comparison(.less, rest, zero), try context.comparison(.less, b, zero))
  let isKept = try context.step(.maximum, agrees, try context.comparison(.equal, rest, zero))
  let moved = try context.step(.add, rest, b)
  return [.node(try context.add(.select, [isKept, rest, moved]))]
}

extension OperatorContext {
  /// An integer as a constant.
  func integer(_ value: Int64) -> NodeID {
    addConstant(Tensor([], integers: [value]), suffix: "number")
  }
}
