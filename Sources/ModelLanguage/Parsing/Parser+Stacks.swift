import Diagnostics

/// Chains of blocks. `in`, `to` and `as` are names everywhere else.
extension Parser {
  /// `stack n of block(…)`, `stack i in 1 to n of block(…)`, `stack w in LIST of block(…)`, with
  /// `as first1` behind.
  mutating func parseStack() throws(Reported) -> Expression {
    let start = advance().range
    let count = try parseStackCount()
    guard skip(.of) else { throw unexpected("'of' after \(count.description)") }
    let callee = try expectName("a block")
    let call = try parseCall(callee)
    var firstName: NameSyntax?
    if current.kind == .name("as"), case .name = following.kind {
      advance()
      firstName = try expectName("a name for the first block")
    }
    let stack = StackSyntax(count: count, call: call, firstName: firstName)
    return try make(.stack(stack), from: start, height: max(count.height, height(of: call)))
  }

  private mutating func parseStackCount() throws(Reported) -> StackSyntax.Count {
    guard case .name = current.kind, following.kind == .name("in") else {
      return .number(try parseExpression(Infix.add.precedence))
    }
    let variable = try expectName("a name for the elements")
    advance()
    let first = try parseExpression(Infix.add.precedence)
    guard current.kind == .name("to") else { return .elements(variable, of: first) }
    advance()
    return .integers(variable, from: first, to: try parseExpression(Infix.add.precedence))
  }
}

extension StackSyntax.Count {
  fileprivate var description: String {
    switch self {
    case .number: "the number of blocks"
    case .elements(let variable, _): "the list of '\(variable.text)'"
    case .integers(let variable, _, _): "the range of '\(variable.text)'"
    }
  }

  fileprivate var height: Int {
    switch self {
    case .number(let count): count.height
    case .elements(_, let list): list.height
    case .integers(_, let first, let last): max(first.height, last.height)
    }
  }
}
