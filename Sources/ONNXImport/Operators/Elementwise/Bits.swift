import GraphIR

/// `BitwiseAnd`, `BitwiseOr` and `BitwiseXor`: integers stay in the type of the file where that is narrow.
func importBits(_ function: BitFunction) -> OperatorImporter {
  { context in
    let operands = try context.bitOperands([0, 1])
    return [.node(try context.add(.bits(function), operands))]
  }
}

/// `BitwiseNot`: every bit of the file's type the other way round.
func importBitwiseNot(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.bitOperands([0])[0]
  let type = try context.fileType(0)
  let all = type.integer?.isSigned == false && type != .uint64 ? type.range!.upperBound : -1
  let ones = try Tensor([], integers: [all]).converted(to: context.type(of: x).element)
  return [
    .node(
      try context.add(
        .bits(.exclusiveOr), [x, context.addConstant(ones, suffix: "ones")]))
  ]
}

/// `BitShift`: times a power of 2, of which the type's low bits remain, or a quotient rounded down; past the end, as by
/// less than 0, nothing is left but a sign.
func importBitShift(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let direction = try context.string("direction", default: "")
  guard ["LEFT", "RIGHT"].contains(direction) else {
    throw Refusal("direction '\(direction)' is not one that ONNX defines")
  }
  let type = try context.fileType(0)
  guard let (bits, isSigned) = type.integer else {
    throw Refusal("it shifts integers, not \(try context.operandType(0))")
  }
  let x = try context.operand(0)
  guard direction == "LEFT" else {
    // In two steps, so that divisors are small; integers that f32 holds have no more than 25 bits.
    let most = min(bits, 25)
    let first = try context.powers((0...most).map { 1 << min($0, 13) })
    var result = try context.quotient(x, first, isSigned)
    if most > 13 {
      let second = try context.powers((0...most).map { 1 << max($0 - 13, 0) })
      result = try context.quotient(result, second, isSigned)
    }
    return [.node(try context.add(.identity, [result]))]
  }
  let isShort = bits <= 16
  if !isShort {
    guard
      let counts = try context.knownOperand(1)?.integers,
      counts.allSatisfy({ $0 <= 24 || $0 >= bits })
    else {
      throw Refusal(
        "it shifts integers of \(bits) bits to the left by numbers that are not known, or above 24")
    }
  }
  let powers = try context.powers((0..<min(bits, 25)).map { 1 << $0 } + [0])
  let product = try context.step(.multiply, x, powers)
  if let narrow = type.narrow, isShort {
    return [.node(try context.add(.cast(narrow), [product]))]
  }
  guard isShort else { return [.node(try context.add(.identity, [product]))] }
  // The low 16 bits, of which the highest may be a sign.
  let sign = context.integer(isSigned ? 1 << 15 : 0)
  let moved = try context.step(.add, product, sign)
  let low = try context.add(.bits(.and), [moved, context.integer(0xffff)], suffix: "low")
  return [.node(try context.result(.subtract, low, sign))]
}

extension OperatorContext {
  /// Integers of one type: the narrow type of the file, unless one of them was computed with and is wider.
  ///
  /// - Throws: `Refusal` where they are no integers.
  fileprivate func bitOperands(_ indices: [Int]) throws -> [NodeID] {
    for index in indices where try operandType(index).element != .int64 {
      throw Refusal("it takes integers, not \(try operandType(index))")
    }
    let types = Set(try indices.map { try fileType($0).narrow })
    if types.count == 1, let narrow = types.first! {
      let isNarrow = try indices.allSatisfy { index in
        try isKnown(index) || type(of: ownOperand(index)).element == narrow
      }
      if isNarrow { return try indices.map { try narrowOperand($0, as: narrow) } }
    }
    return try indices.map { try operand($0) }
  }

  /// The entries of a table that the second operand names; the last one for larger numbers and those below 0.
  fileprivate func powers(_ table: [Int]) throws -> NodeID {
    let last = Int64(table.count - 1)
    if let counts = try knownOperand(1) {
      let known = counts.integers.map { Int64(table[Int($0 < 0 ? last : min($0, last))]) }
      return addConstant(Tensor(counts.shape, integers: known), suffix: "powers")
    }
    let powers = addConstant(
      Tensor([table.count], integers: table.map(Int64.init)), suffix: "powers")
    var counts = try operand(1)
    // -1 is the last entry.
    if try fileType(1).integer?.isSigned == true {
      counts = try step(.maximum, counts, integer(-1))
    }
    return try add(.gather(axis: 0), [powers, counts], suffix: "power")
  }

  /// x divided by positive numbers, rounded down.
  fileprivate func quotient(_ x: NodeID, _ divisor: NodeID, _ isSigned: Bool) throws -> NodeID {
    guard isSigned else { return try step(.divide, x, divisor) }
    let lowered = try step(.subtract, x, try step(.subtract, divisor, integer(1)))
    let isNegative = try comparison(.less, x, integer(0))
    let dividend = try add(.select, [isNegative, lowered, x], suffix: "step")
    return try step(.divide, dividend, divisor)
  }
}
