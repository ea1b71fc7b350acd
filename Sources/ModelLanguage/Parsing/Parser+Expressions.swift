import Diagnostics

/// Values: literals, names, calls and operators.
extension Parser {
  /// An expression of operators that bind at least as tightly as `minimum`.
  mutating func parseExpression(_ minimum: Int = 0) throws(Reported) -> Expression {
    try nested { parser throws(Reported) in
      var left = try parser.parsePrefix()
      while let infix = parser.currentInfix(), infix.precedence >= minimum {
        parser.advance()
        let right = try parser.parseExpression(infix.precedence + 1)
        left = try parser.make(
          .infix(infix, left, right), from: left.range, height: max(left.height, right.height))
      }
      return left
    }
  }

  private mutating func currentInfix() -> Infix? {
    mendInfix()
    return switch current.kind {
    case .symbol(let symbol): Infix(rawValue: symbol.rawValue)
    case .keyword(let keyword): Infix(rawValue: keyword.rawValue)
    default: nil
    }
  }

  /// An expression that ends with the token just read.
  mutating func make(
    _ kind: Expression.Kind, from start: SourceRange, height: Int = 0
  ) throws(Reported) -> Expression {
    guard height < Parser.nestingLimit else { throw tooDeep(at: start) }
    return Expression(kind: kind, range: range(from: start), height: height + 1)
  }

  private mutating func parsePrefix() throws(Reported) -> Expression {
    mendPrefix()
    let start = current.range
    if skip(.not) {
      let value = try parseExpression(Infix.notPrecedence)
      return try make(.not(value), from: start, height: value.height)
    }
    guard skip(.minus) else { return try parsePrimary() }
    if case .integer(let magnitude) = current.kind {
      advance()
      guard magnitude <= UInt64(Int.max) + 1 else { throw tooLarge(at: range(from: start)) }
      return try make(.integer(Int(truncatingIfNeeded: 0 &- magnitude)), from: start)
    }
    let value = try parseExpression(Infix.multiply.precedence + 1)
    return try make(.negate(value), from: start, height: value.height)
  }

  private mutating func tooLarge(at range: SourceRange) -> Reported {
    report("the integer does not fit 64 bits", at: range)
  }

  mutating func parsePrimary() throws(Reported) -> Expression {
    let token = current
    let start = token.range
    switch token.kind {
    case .integer(let magnitude):
      guard let value = Int(exactly: magnitude) else { throw tooLarge(at: start) }
      advance()
      return try make(.integer(value), from: start)
    case .real(let value):
      advance()
      return try make(.real(value), from: start)
    case .keyword(.true), .keyword(.false):
      advance()
      return try make(.boolean(token.kind == .keyword(.true)), from: start)
    case .keyword(.inf), .keyword(.nan):
      advance()
      return try make(.real(token.kind == .keyword(.inf) ? .infinity : .nan), from: start)
    case .reference(let name):
      advance()
      let type = try parseType()
      return try make(.reference(name, type), from: start)
    case .symbol(.leftParenthesis):
      advance()
      let value = try parseExpression()
      try expect(.rightParenthesis, "to close the parenthesis", closing: start)
      return value
    case .symbol(.leftBracket):
      advance()
      let elements = try parseList(upTo: .rightBracket, after: start)
      return try make(
        .list(elements), from: start, height: elements.map(\.height).max() ?? 0)
    case .keyword(.stack):
      return try parseStack()
    default:
      return try parseNameOrCall()
    }
  }

  /// Expressions with commas between, then the closing symbol; a last comma is allowed.
  mutating func parseList(
    upTo end: Symbol, after opening: SourceRange
  ) throws(Reported) -> [Expression] {
    var elements: [Expression] = []
    while current.kind != .symbol(end) {
      elements.append(try parseExpression())
      if !skip(.comma) { break }
    }
    try expect(end, "or ',' after an element", closing: opening)
    return elements
  }

  private mutating func parseNameOrCall() throws(Reported) -> Expression {
    guard case .name(let text) = current.kind else { throw unexpected("a value") }
    let name = NameSyntax(text: text, range: advance().range)
    guard current.kind == .symbol(.leftParenthesis) else {
      return try make(.name(text), from: name.range)
    }
    let call = try parseCall(name)
    return try make(.call(call), from: name.range, height: height(of: call))
  }

  func height(of call: CallSyntax) -> Int {
    let arguments = call.positional + call.named.map(\.value)
    return arguments.map(\.height).max() ?? 0
  }

  mutating func parseCall(_ callee: NameSyntax) throws(Reported) -> CallSyntax {
    let opening = try expect(.leftParenthesis, "before the arguments of '\(callee.text)'")
    var positional: [Expression] = []
    var named: [ArgumentSyntax] = []
    while current.kind != .symbol(.rightParenthesis) {
      if case .name = current.kind,
        following.kind == .symbol(.colon) || following.kind == .symbol(.assign)
      {
        named.append(try parseLabelled(among: named))
      } else {
        let place = current.range
        positional.append(try parseExpression())
        if !named.isEmpty {
          throw report("arguments without a name come first", at: place)
        }
      }
      if !skip(.comma) { break }
    }
    try expect(
      .rightParenthesis, "or ',' after an argument of '\(callee.text)'", closing: opening.range)
    return CallSyntax(
      callee: callee, positional: positional, named: named, range: range(from: callee.range))
  }

  /// `label: value`
  mutating func parseLabelled(among others: [ArgumentSyntax]) throws(Reported) -> ArgumentSyntax {
    let label = try expectName("an attribute's name")
    if others.contains(where: { $0.label.text == label.text }) {
      throw report("'\(label.text)' is given twice", at: label.range)
    }
    let mark = current
    if !skip(.assign) { try expect(.colon, "after '\(label.text)'") }
    let value = try parseExpression()
    if mark.kind == .symbol(.assign) {
      report(
        "expected ':' after '\(label.text)', not '='", at: mark.range,
        hint: "write \(label.text): \(shown(value))")
    }
    return ArgumentSyntax(label: label, value: value)
  }
}
