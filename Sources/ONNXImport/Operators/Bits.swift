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

/// `BitShift` of integers without sign: times a power of 2, of which the type's low bits remain, or a quotient; what is
/// shifted past the end is 0.
func importBitShift(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let direction = try context.string("direction", default: "")
  guard ["LEFT", "RIGHT"].contains(direction) else {
    throw Refusal("direction '\(direction)' is not one that ONNX defines")
  }
  let type = try context.fileType(0)
  guard let (bits, isSigned) = type.integer, !isSigned else {
    throw Refusal("it shifts integers without sign, not \(try context.operandType(0))")
  }
  let x = try context.operand(0)
  guard direction == "LEFT" else {
    // In two steps, so that a divisor is no larger than what f32 holds; a number from 2²⁴ on is not shifted here.
    let limit = min(bits, 25)
    var result = try context.shifted(x, .divide, (0...limit).map { 1 << min($0, 13) })
    if limit > 13 {
      result = try context.shifted(result, .divide, (0...limit).map { 1 << max($0 - 13, 0) })
    }
    return [.node(try context.add(.identity, [result]))]
  }
  if bits > 16, try context.knownOperand(1)?.integers.allSatisfy({ (0...24).contains($0) }) != true
  {
    throw Refusal("it shifts \(type) to the left by numbers that are not known to be from 0 to 24")
  }
  let factors = (0..<min(bits, 25)).map { 1 << $0 } + (bits > 16 ? [] : [0])
  let product = try context.shifted(x, .multiply, factors)
  switch bits {
  case 8: return [.node(try context.add(.cast(.uint8), [product]))]
  case 16:
    let low = context.addConstant(Tensor([], integers: [0xffff]), suffix: "low")
    return [.node(try context.add(.bits(.and), [product, low]))]
  default: return [.node(try context.add(.identity, [product]))]
  }
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

  /// x and the entry of a table that the second operand names, the last one for larger numbers.
  fileprivate func shifted(
    _ x: NodeID, _ function: BinaryFunction, _ table: [Int]
  ) throws -> NodeID {
    let powers = Tensor([table.count], integers: table.map(Int64.init))
    if let counts = try knownOperand(1) {
      guard counts.integers.allSatisfy({ $0 >= 0 }) else {
        throw Refusal("it shifts by less than 0 bits")
      }
      let known = counts.integers.map { powers.integers[Int(min($0, Int64(table.count - 1)))] }
      return try step(
        function, x, addConstant(Tensor(counts.shape, integers: known), suffix: "powers"))
    }
    let power = try add(
      .gather(axis: 0), [addConstant(powers, suffix: "powers"), try operand(1)], suffix: "power")
    return try step(function, x, power)
  }
}
