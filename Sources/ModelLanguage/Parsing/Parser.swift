import Diagnostics
import GraphIR

/// The mistake is recorded; what was being worked on is given up.
struct Reported: Error {}

/// Reads the tokens of one file. After a mistake it goes on with the next line that can begin a
/// statement.
struct Parser {
  let file: SourceFile
  private(set) var tokens: [Token]
  var index = 0
  /// Levels of nesting around the current token.
  var depth = 0
  /// The braces of the conditionals around the current token, outermost first.
  var openBraces: [SourceRange] = []
  var diagnostics: [Diagnostic]

  /// The most levels of nesting that a text may have.
  static let nestingLimit = 100
  /// The most mistakes that are shown of one text.
  static let diagnosticLimit = 20

  init(_ file: SourceFile) {
    var lexer = Lexer(file)
    self.file = file
    self.tokens = lexer.tokenize()
    self.diagnostics = lexer.diagnostics
  }

  /// The file's syntax; complete only where `diagnostics` stays empty.
  mutating func parseFile() -> FileSyntax {
    var result = FileSyntax(file: file)
    while current.kind != .end, diagnostics.count < Parser.diagnosticLimit {
      let start = index
      do throws(Reported) {
        mendKeyword()
        try parseItem(into: &result)
      } catch {
        synchronize(after: start)
      }
    }
    return result
  }

  private mutating func parseItem(into result: inout FileSyntax) throws(Reported) {
    switch current.kind {
    case .keyword(.import):
      result.imports.append(try parseImport())
    case .keyword(.model):
      let place = current.range
      let model = try parseModel()
      guard result.model == nil else { throw report("a file has one model", at: place) }
      result.model = model
    case .keyword(.block):
      result.blocks.append(try parseBlock())
    case .keyword(.input):
      result.items.append(.input(try parseInput()))
    case .keyword(.output):
      result.items.append(.output(try parseOutput()))
    default:
      result.items.append(.statement(try parseStatement()))
    }
  }

  // MARK: Tokens

  var current: Token { tokens[index] }

  /// The token after the current one.
  var following: Token { tokens[min(index + 1, tokens.count - 1)] }

  /// The current token, which is then left behind; the end stays.
  @discardableResult
  mutating func advance() -> Token {
    let token = current
    if index + 1 < tokens.count { index += 1 }
    return token
  }

  mutating func skip(_ symbol: Symbol) -> Bool {
    guard current.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func skip(_ keyword: Keyword) -> Bool {
    guard current.kind == .keyword(keyword) else { return false }
    advance()
    return true
  }

  /// Skips a symbol that must be there; `context` says where, as in "after the arguments".
  @discardableResult
  mutating func expect(_ symbol: Symbol, _ context: String) throws(Reported) -> Token {
    guard current.kind == .symbol(symbol) else {
      throw unexpected("'\(symbol.rawValue)' \(context)")
    }
    return advance()
  }

  /// Skips the symbol that closes what one before has opened. Where it is missing, a note says where
  /// that is, unless it stands on the same line.
  mutating func expect(
    _ symbol: Symbol, _ context: String, closing opening: SourceRange
  ) throws(Reported) {
    guard !skip(symbol) else { return }
    throw unexpected("'\(symbol.rawValue)' \(context)", opening: opening)
  }

  /// A note about an opening symbol whose partner is missing.
  func openedHere(_ opening: SourceRange) -> Diagnostic {
    let symbol = String(decoding: file.utf8[opening.start..<opening.end], as: UTF8.self)
    return Diagnostic("'\(symbol)' is opened here", at: .source(opening), severity: .note)
  }

  /// Takes the current token for another one.
  mutating func take(as kind: Token.Kind) {
    tokens[index] = Token(kind: kind, range: current.range, startsLine: current.startsLine)
  }

  mutating func expectName(_ what: String) throws(Reported) -> NameSyntax {
    guard case .name(let text) = current.kind else {
      if case .keyword(let keyword) = current.kind {
        throw report(
          "'\(keyword.rawValue)' is a keyword and not \(what)", at: current.range,
          hint: "write it as `\(keyword.rawValue)`")
      }
      throw unexpected(what)
    }
    return NameSyntax(text: text, range: advance().range)
  }

  /// The range from a token already read to the last one read.
  func range(from start: SourceRange) -> SourceRange {
    SourceRange(file: file, start: start.start, end: tokens[max(0, index - 1)].range.end)
  }

  // MARK: Mistakes

  @discardableResult
  mutating func report(
    _ message: String, at range: SourceRange, hint: String? = nil, notes: [Diagnostic] = []
  ) -> Reported {
    diagnostics.append(Diagnostic(message, at: .source(range), hint: hint, notes: notes))
    return Reported()
  }

  /// Reports that something else is expected.
  ///
  /// - Parameter opening: the symbol whose partner is missing, which a note shows where it stands on
  ///   another line.
  mutating func unexpected(_ expected: String, opening: SourceRange? = nil) -> Reported {
    if current.kind == .invalid { return Reported() }
    var place = current.range
    if current.kind == .end, index > 0 {
      // After the last word rather than on an empty line below it.
      let last = tokens[index - 1].range
      place = SourceRange(file: file, start: last.end, end: last.end)
    }
    func line(_ range: SourceRange) -> Int { file.lineAndColumn(of: range.start).line }
    var notes: [Diagnostic] = []
    if let opening, line(opening) != line(place) { notes = [openedHere(opening)] }
    return report("expected \(expected), not \(current.description)", at: place, notes: notes)
  }

  /// Counts a level of nesting while `body` reads it.
  mutating func nested<Result>(
    _ body: (inout Parser) throws(Reported) -> Result
  ) throws(Reported) -> Result {
    guard depth < Parser.nestingLimit else { throw tooDeep(at: current.range) }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  mutating func tooDeep(at range: SourceRange) -> Reported {
    report(
      "nested more than \(Parser.nestingLimit) levels deep", at: range,
      hint: "name the parts in statements of their own")
  }

  /// Moves to the next line that can begin a statement, or to the brace that closes the current
  /// body; at least past the token at `start`.
  mutating func synchronize(after start: Int) {
    if index == start { advance() }
    var openBraces = 0
    while current.kind != .end {
      switch current.kind {
      case .symbol(.leftBrace):
        openBraces += 1
      case .symbol(.rightBrace) where openBraces > 0:
        openBraces -= 1
      case .symbol(.rightBrace) where depth > 0:
        return
      default:
        if current.startsLine, beginsStatement { return }
      }
      advance()
    }
  }

  private var beginsStatement: Bool {
    switch current.kind {
    case _ where following.kind == .symbol(.assign): true
    case .keyword(.if), .keyword(.return), .keyword(.import), .keyword(.model): true
    case .keyword(.block), .keyword(.input), .keyword(.output): true
    default: false
    }
  }
}
