import Diagnostics
import GraphIR

/// Operators on integers, numbers, truth values and tensors.
extension Elaborator {
  func negate(
    _ value: Value, _ expression: Expression, at site: Site
  ) throws(Reported) -> Value {
    switch value {
    case .integer(let integer):
      let (result, overflow) = (0).subtractingReportingOverflow(integer)
      guard !overflow else { throw overflowed(at: expression.range) }
      return .integer(result)
    case .real(let real): return .real(-real)
    case .tensor(let id):
      return .tensor(
        try addNode(
          .unary(.negate), [id], name: nodeName("negate", at: site, expression.range),
          at: expression.range))
    default:
      throw report("'-' cannot negate \(value.description)", at: expression.range)
    }
  }

  func combine(
    _ infix: Infix, _ left: Expression, _ right: Expression, _ range: SourceRange, at site: Site
  ) throws(Reported) -> Value {
    if infix == .and || infix == .or {
      let what = "an operand of '\(infix.rawValue)'"
      let first = try boolean(left, at: site.nested, what)
      // The second is not looked at where the first decides, as in: rank(x) == 4 and height(x) > 1.
      if first == (infix == .or) { return .boolean(first) }
      return .boolean(try boolean(right, at: site.nested, what))
    }
    let operands = try evaluate([left, right], at: site.nested)
    let (a, b) = (operands[0], operands[1])
    switch (a, b) {
    case (.integer(let x), .integer(let y)): return try integers(infix, x, y, range)
    case (.tensor, _), (_, .tensor):
      return .tensor(try tensors(infix, a, b, range, at: site))
    case (.boolean(let x), .boolean(let y)) where infix == .equal: return .boolean(x == y)
    case (.boolean(let x), .boolean(let y)) where infix == .notEqual: return .boolean(x != y)
    default:
      guard let x = a.asReal, let y = b.asReal, let result = reals(infix, x, y) else {
        throw cannotCombine(infix, a, b, range)
      }
      return result
    }
  }

  private func cannotCombine(
    _ infix: Infix, _ a: Value, _ b: Value, _ range: SourceRange
  ) -> Reported {
    report(
      "'\(infix.rawValue)' cannot combine \(a.description) and \(b.description)", at: range)
  }

  private func overflowed(at range: SourceRange) -> Reported {
    report("the result does not fit a 64-bit integer", at: range)
  }

  /// Division rounds down, and the remainder has the sign of the divisor.
  private func integers(
    _ infix: Infix, _ x: Int, _ y: Int, _ range: SourceRange
  ) throws(Reported) -> Value {
    let (result, overflow): (Int, Bool)
    switch infix {
    case .equal: return .boolean(x == y)
    case .notEqual: return .boolean(x != y)
    case .less: return .boolean(x < y)
    case .lessOrEqual: return .boolean(x <= y)
    case .greater: return .boolean(x > y)
    case .greaterOrEqual: return .boolean(x >= y)
    case .add: (result, overflow) = x.addingReportingOverflow(y)
    case .subtract: (result, overflow) = x.subtractingReportingOverflow(y)
    case .multiply: (result, overflow) = x.multipliedReportingOverflow(by: y)
    case .divide, .remainder:
      guard y != 0 else { throw report("division by zero", at: range) }
      guard !(x == .min && y == -1) else { throw overflowed(at: range) }
      let remainder = x % y
      let isBelow = remainder != 0 && (remainder < 0) != (y < 0)
      if infix == .divide { return .integer(x / y - (isBelow ? 1 : 0)) }
      return .integer(isBelow ? remainder + y : remainder)
    case .and, .or: preconditionFailure("truth values are combined before")
    }
    guard !overflow else { throw overflowed(at: range) }
    return .integer(result)
  }

  private func reals(_ infix: Infix, _ x: Float, _ y: Float) -> Value? {
    switch infix {
    case .equal: .boolean(x == y)
    case .notEqual: .boolean(x != y)
    case .less: .boolean(x < y)
    case .lessOrEqual: .boolean(x <= y)
    case .greater: .boolean(x > y)
    case .greaterOrEqual: .boolean(x >= y)
    case .add: .real(x + y)
    case .subtract: .real(x - y)
    case .multiply: .real(x * y)
    case .divide: .real(x / y)
    case .remainder, .and, .or: nil
    }
  }

  private func tensors(
    _ infix: Infix, _ a: Value, _ b: Value, _ range: SourceRange, at site: Site
  ) throws(Reported) -> NodeID {
    let functions: [Infix: BinaryFunction] = [
      .add: .add, .subtract: .subtract, .multiply: .multiply, .divide: .divide,
    ]
    guard let function = functions[infix] else { throw cannotCombine(infix, a, b, range) }
    let left = try operand(a, beside: b, infix, range, at: site)
    let right = try operand(b, beside: a, infix, range, at: site)
    let operation = Operation.binary(function, then: nil)
    return try addNode(
      operation, [left, right], name: nodeName(operation.mnemonic, at: site, range), at: range)
  }

  /// A tensor as it is, and a number beside a tensor as a constant of the tensor's element type.
  private func operand(
    _ value: Value, beside other: Value, _ infix: Infix, _ range: SourceRange, at site: Site
  ) throws(Reported) -> NodeID {
    if case .tensor(let id) = value { return id }
    guard case .tensor(let partner) = other else {
      preconditionFailure("one of the operands is a tensor")
    }
    let tensor: Tensor
    switch (value, graph[partner].type.element) {
    case (.integer(let integer), .int64): tensor = Tensor([], integers: [Int64(integer)])
    case (.integer, .float32), (.real, .float32):
      tensor = Tensor([], floats: [value.asReal ?? 0])
    case (_, let element) where element.isNarrow:
      throw report(
        "'\(infix.rawValue)' cannot compute with \(graph[partner].type): cast it first", at: range)
    default: throw cannotCombine(infix, value, other, range)
    }
    return try addConstant(tensor, name: uniqueName("\(site.statement).constant"), at: range)
  }
}
