import Diagnostics

/// Definitions and conditionals.
extension Parser {
  mutating func parseStatement() throws(Reported) -> StatementSyntax {
    switch current.kind {
    case .keyword(.if):
      return try nested { parser throws(Reported) in try parser.parseConditional() }
    case .keyword(.return):
      throw report(
        "'return' stands only at the end of a block", at: current.range,
        notes: openBraces.last.map { [openedHere($0)] } ?? [])
    case .keyword(let keyword) where [.model, .input, .output, .import, .block].contains(keyword):
      throw report("'\(keyword.rawValue)' stands only at the top of a file", at: current.range)
    default:
      let name = try expectName("a statement")
      try expect(.assign, "after the name '\(name.text)'")
      let value = try parseExpression()
      let type = skip(.colon) ? try parseType() : nil
      return .definition(name, value, type)
    }
  }

  /// Statements up to a closing brace or `return`; a mistake in one does not hide those in the
  /// next.
  mutating func parseBody() throws(Reported) -> [StatementSyntax] {
    try nested { parser throws(Reported) in
      var statements: [StatementSyntax] = []
      while true {
        parser.mendKeyword()
        guard !parser.endsBody else { break }
        let start = parser.index
        do throws(Reported) {
          statements.append(try parser.parseStatement())
        } catch {
          guard parser.diagnostics.count < Parser.diagnosticLimit else { throw error }
          parser.synchronize(after: start)
        }
      }
      return statements
    }
  }

  private var endsBody: Bool {
    switch current.kind {
    case .symbol(.rightBrace), .end: true
    // Inside a conditional a `return` is a mistake, which parseStatement reports.
    case .keyword(.return): openBraces.isEmpty
    case .keyword(.block), .keyword(.input), .keyword(.output), .keyword(.model): true
    default: false
    }
  }

  private mutating func parseConditional() throws(Reported) -> StatementSyntax {
    advance()
    let condition = try parseCondition()
    let then = try parseBraces("after the condition")
    var otherwise: [StatementSyntax] = []
    if mendElse() || skip(.else) {
      if current.kind == .keyword(.if) {
        otherwise = [try parseStatement()]
      } else {
        otherwise = try parseBraces("after 'else'")
      }
    }
    return .conditional(condition, then: then, otherwise: otherwise)
  }

  private mutating func parseBraces(_ context: String) throws(Reported) -> [StatementSyntax] {
    let brace = try expect(.leftBrace, context)
    openBraces.append(brace.range)
    defer { openBraces.removeLast() }
    let body = try parseBody()
    guard current.kind != .end else {
      throw report("the braces do not close", at: brace.range)
    }
    try expect(.rightBrace, "after the statements", closing: brace.range)
    return body
  }
}
