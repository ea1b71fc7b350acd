import Diagnostics
import GraphIR

/// Values of expressions.
extension Elaborator {
  func evaluate(_ expression: Expression, at site: Site) throws(Reported) -> Value {
    try counted(at: expression.range) { () throws(Reported) in
      switch expression.kind {
      case .integer(let value): return .integer(value)
      case .real(let value): return .real(value)
      case .boolean(let value): return .boolean(value)
      case .name(let name): return try lookUp(name, at: expression.range, in: site.scope)
      case .reference(let name, let type):
        let type = try tensorType(type, in: site.scope)
        return .tensor(try parameter(name, type, at: expression.range))
      case .list(let elements):
        return .list(try evaluate(elements[...], at: site.nested))
      case .negate(let operand):
        return try negate(try evaluate(operand, at: site.nested), expression, at: site)
      case .not(let operand):
        return .boolean(!(try boolean(operand, at: site.nested, "the operand of 'not'")))
      case .infix(let infix, let left, let right):
        return try combine(infix, left, right, expression.range, at: site)
      case .call(let call):
        return try evaluate(call, at: site)
      case .stack(let stack):
        return try expand(stack, at: site, range: expression.range)
      }
    }
  }

  private func evaluate(_ call: CallSyntax, at site: Site) throws(Reported) -> Value {
    let name = call.callee.text
    if let prototype = Operators.prototypes[name] {
      return .tensor(try add(prototype, call, at: site))
    }
    if let builtin = Operators.builtins[name] {
      var reader = CallReader(call, self, site)
      return try builtin(&reader)
    }
    if blocks[name] != nil { return try expand(call, at: site) }
    throw unknownCallee(call.callee)
  }

  func unknownCallee(_ name: NameSyntax) -> Reported {
    report(
      "unknown operator or block '\(name.text)'", at: name.range,
      hint: nearestNamesHint(for: name.text, in: Operators.names + blocks.keys))
  }

  // MARK: Values of one kind

  /// - Parameter what: what the value is for, as a message begins: "'stride' of conv2d".
  func integer(
    _ expression: Expression, at site: Site, _ what: String
  ) throws(Reported) -> Int {
    let value = try evaluate(expression, at: site)
    if case .integer(let integer) = value { return integer }
    throw report("\(what) is an integer, not \(value.description)", at: expression.range)
  }

  func boolean(
    _ expression: Expression, at site: Site, _ what: String
  ) throws(Reported) -> Bool {
    let value = try evaluate(expression, at: site)
    if case .boolean(let boolean) = value { return boolean }
    throw report("\(what) is true or false, not \(value.description)", at: expression.range)
  }

  func real(
    _ expression: Expression, at site: Site, _ what: String
  ) throws(Reported) -> Float {
    let value = try evaluate(expression, at: site)
    if let real = value.asReal { return real }
    throw report("\(what) is a number, not \(value.description)", at: expression.range)
  }

  func integers(
    _ expression: Expression, at site: Site, _ what: String
  ) throws(Reported) -> [Int] {
    let value = try evaluate(expression, at: site)
    guard case .list(let elements) = value else {
      throw report(
        "\(what) is a list of integers, not \(value.description)", at: expression.range)
    }
    var result: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element else {
        throw report(
          "\(what) is a list of integers, but holds \(element.description)", at: expression.range)
      }
      result.append(integer)
    }
    return result
  }

  func reals(
    _ expression: Expression, at site: Site, _ what: String
  ) throws(Reported) -> [Float] {
    let value = try evaluate(expression, at: site)
    guard case .list(let elements) = value else {
      throw report("\(what) is a list of numbers, not \(value.description)", at: expression.range)
    }
    var result: [Float] = []
    for element in elements {
      guard let real = element.asReal else {
        throw report(
          "\(what) is a list of numbers, but holds \(element.description)", at: expression.range)
      }
      result.append(real)
    }
    return result
  }

  func tensor(
    _ expression: Expression, at site: Site, _ what: String
  ) throws(Reported) -> NodeID {
    let value = try evaluate(expression, at: site)
    if case .tensor(let id) = value { return id }
    throw report("\(what) is a tensor, not \(value.description)", at: expression.range)
  }
}
