import GraphIR

/// An operator of one operand and no attributes.
func importUnary(_ function: UnaryFunction) -> OperatorImporter {
  { context in [.node(try context.add(.unary(function), [try context.operand(0)]))] }
}

/// `LeakyRelu`.
func importLeakyRelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let slope = try context.float("alpha", default: 0.01)
  return try importUnary(.leakyRelu(slope: slope))(context)
}

/// `PRelu`, whose slope broadcasts to x, or lies along its channels as files before set 9 have it;
/// one known slope makes it a leaky one.
func importPrelu(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  var slope = try context.operandType(1)
  let rank = context.shape(of: x).count
  let isPerChannel = context.opset < 9 && slope.rank == 1 && slope.elementCount > 1 && rank > 2
  if isPerChannel { slope.shape += [Int](repeating: 1, count: rank - 2) }
  guard broadcastShape(context.shape(of: x), slope.shape) == context.shape(of: x) else {
    throw Refusal("a slope \(slope) does not broadcast to \(context.type(of: x))")
  }
  if slope.elementCount == 1, try context.knownOperand(1) != nil {
    let value = try context.knownScalar(1, "slope")
    return [.node(try context.add(.unary(.leakyRelu(slope: value)), [x]))]
  }
  let slopes =
    isPerChannel
    ? try context.perChannel(1, "slope", slope.shape[0], rank: rank) : try context.operand(1)
  return [.node(try context.add(.binary(.prelu, then: nil), [x, slopes]))]
}

/// `HardSigmoid`.
func importHardSigmoid(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let alpha = try context.float("alpha", default: 0.2)
  let beta = try context.float("beta", default: 0.5)
  return try importUnary(.hardSigmoid(alpha: alpha, beta: beta))(context)
}

/// `Clip` with bounds as attributes (before set 11) or operands, which need not be known.
func importClip(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let largest = Float.greatestFiniteMagnitude
  if context.opset < 11 {
    let low = try context.float("min", default: -largest)
    let high = try context.float("max", default: largest)
    return [.node(try addClip(context, x, low: low, high: high))]
  }
  var bounds: [Float] = [-largest, largest]
  var areKnown = context.type(of: x).element == .float32
  for index in 1...2 where context.hasOperand(index) {
    if areKnown, try context.knownOperand(index) != nil {
      bounds[index - 1] = try context.knownScalar(index, index == 1 ? "min" : "max")
    } else {
      areKnown = false
    }
  }
  if areKnown { return [.node(try addClip(context, x, low: bounds[0], high: bounds[1]))] }
  var result = x
  if context.hasOperand(1) {
    let suffix = context.hasOperand(2) ? "low" : nil
    result = try context.add(
      .binary(.maximum, then: nil), [result, try context.operand(1)], suffix: suffix)
  }
  if context.hasOperand(2) {
    result = try context.add(.binary(.minimum, then: nil), [result, try context.operand(2)])
  }
  return [.node(result)]
}

private func addClip(
  _ context: OperatorContext, _ x: NodeID, low: Float, high: Float
) throws -> NodeID {
  guard !low.isNaN, !high.isNaN else { throw Refusal("a bound is not a number") }
  if low == 0, high >= Float.greatestFiniteMagnitude { return try context.add(.unary(.relu), [x]) }
  return try context.add(.unary(.clip(low: low, high: high)), [x])
}

/// An operator of two operands, broadcast.
func importBinary(_ function: BinaryFunction) -> OperatorImporter {
  { context in
    let operands = try context.broadcastOperands()
    if function == .divide, let divisor = try context.knownOperand(1),
      divisor.element == .int64, divisor.integers.contains(0)
    {
      throw Refusal("it divides integers by 0")
    }
    return [.node(try context.add(.binary(function, then: nil), operands))]
  }
}

/// `Pow`, whose exponent may be of another type than its base.
func importPower(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let operands = try context.broadcastOperands()
  let base = operands[0]
  var exponent = operands[1]
  if context.type(of: base).element == .int64, context.shape(of: exponent).isEmpty,
    try context.knownOperand(1) != nil,
    let count = Int(exactly: try context.knownScalar(1, "exponent")), (1...64).contains(count)
  {
    return [.node(try context.add(.identity, [try integerPower(context, base, count)]))]
  }
  if context.type(of: exponent).element != context.type(of: base).element {
    let element = context.type(of: base).element
    if element == .int64, try context.knownOperand(1) == nil {
      // Integers to a computed power: as floats, truncated.
      let number = try context.add(.cast(.float32), [base], suffix: "number")
      let power = try context.step(.power, number, exponent)
      return [.node(try context.add(.cast(.int64), [power]))]
    }
    exponent = try context.add(.cast(element), [exponent], suffix: "exponent")
  }
  return [.node(try context.add(.binary(.power, then: nil), [base, exponent]))]
}

/// An integer times itself so often.
private func integerPower(
  _ context: OperatorContext, _ base: NodeID, _ count: Int
) throws -> NodeID {
  if count == 1 { return base }
  let half = try integerPower(context, base, count / 2)
  let square = try context.step(.multiply, half, half)
  return count % 2 == 0 ? square : try context.step(.multiply, square, base)
}

/// `Sum`, `Min` and `Max` of one or more operands, joined from left to right.
func importVariadic(_ function: BinaryFunction) -> OperatorImporter {
  { context in
    var result = try context.operand(0)
    guard context.operandCount > 1 else { return [.node(try context.add(.identity, [result]))] }
    for index in 1..<context.operandCount {
      let suffix = index < context.operandCount - 1 ? "\(index)" : nil
      result = try context.add(
        .binary(function, then: nil), [result, try context.operand(index)], suffix: suffix)
    }
    return [.node(result)]
  }
}
