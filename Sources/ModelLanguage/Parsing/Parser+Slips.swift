import Diagnostics
import GraphIR

/// What people write who know other languages, or take a capital: the message says what it is called
/// here, and reading goes on as if that stood there.
extension Parser {
  /// Takes a word for the keyword that it is a slip for, where a statement begins: a name stands there
  /// before `=` only.
  mutating func mendKeyword() {
    guard case .name(let text) = current.kind, following.kind != .symbol(.assign) else { return }
    if ["let", "var", "const", "val"].contains(text), case .name = following.kind {
      report(
        "unknown keyword '\(text)'", at: current.range,
        hint: "a statement begins with the name of its value")
      advance()
      return
    }
    let keywords = [Keyword.model, .input, .output, .import, .block, .if, .return]
    var keyword = keywords.first { $0.rawValue == text.lowercased() }
    if ["def", "fn", "fun", "func", "function"].contains(text) { keyword = .block }
    if keyword == nil, isBeforeWord {
      keyword = nearestNames(to: text, in: keywords.map(\.rawValue), limit: 1).first
        .flatMap(Keyword.init)
    }
    if let keyword { mend(as: keyword) }
  }

  /// Takes `Else` for `else`, and `elif` for an `if` behind it.
  ///
  /// - Returns: whether `else` is not there and has to be thought.
  mutating func mendElse() -> Bool {
    guard case .name(let text) = current.kind else { return false }
    switch text.lowercased() {
    case "else":
      mend(as: .else)
      return false
    case "elif", "elsif", "elseif":
      report("unknown keyword '\(text)'", at: current.range, hint: "write else if")
      take(as: .keyword(.if))
      return true
    default: return false
    }
  }

  /// Takes `And` and `Or` behind a value for keywords, and `Of` behind the count of a stack.
  mutating func mendInfix() { mend(among: [.and, .or, .of]) }

  /// Takes `Not` and `Stack` before a value for keywords.
  mutating func mendPrefix() {
    if isBeforeWord { mend(among: [.not, .stack]) }
  }

  private mutating func mend(among keywords: [Keyword]) {
    guard case .name(let text) = current.kind, !current.startsLine,
      let keyword = keywords.first(where: { $0.rawValue == text.lowercased() })
    else { return }
    mend(as: keyword)
  }

  private mutating func mend(as keyword: Keyword) {
    report(
      "unknown keyword \(current.description)", at: current.range,
      hint: "write \(keyword.rawValue)")
    take(as: .keyword(keyword))
  }

  /// Whether a word, a number or a string follows on the same line: none stands behind a name.
  private var isBeforeWord: Bool {
    guard !following.startsLine else { return false }
    return switch following.kind {
    case .name, .reference, .integer, .real, .string: true
    case .keyword(let keyword): ![.and, .or, .of, .else].contains(keyword)
    default: false
    }
  }

  /// The condition of an `if`, in which `=` is taken for `==`.
  mutating func parseCondition() throws(Reported) -> Expression {
    let left = try parseExpression()
    guard current.kind == .symbol(.assign) else { return left }
    report(
      "expected '{' after the condition, not '='", at: current.range, hint: "write == to compare")
    advance()
    let right = try parseExpression()
    return try make(
      .infix(.equal, left, right), from: left.range, height: max(left.height, right.height))
  }

  /// The default of a parameter, if there is one.
  mutating func parseDefault(of name: NameSyntax) throws(Reported) -> Expression? {
    if skip(.assign) { return try parseExpression() }
    let colon = current
    guard skip(.colon) else { return nil }
    let message = "expected '=' and a default after '\(name.text)', not ':'"
    if case .name = current.kind {
      // A type as other languages have it, with extents or without.
      advance()
      if current.kind == .symbol(.leftBracket) { _ = try parsePrimary() }
      report(message, at: colon.range, hint: "parameters have no types")
      return skip(.assign) ? try parseExpression() : nil
    }
    let value = try parseExpression()
    report(message, at: colon.range, hint: "write \(name.text) = \(shown(value))")
    return value
  }

  /// An expression as a hint shows it: as it is written where that is short.
  func shown(_ value: Expression) -> String {
    let text = String(decoding: file.utf8[value.range.start..<value.range.end], as: UTF8.self)
    return text.count <= 40 && !text.contains { $0.isNewline } ? text : "…"
  }
}

extension ElementType {
  /// What to write for the name of a type that there is not; nil where nothing is near.
  static func hint(for name: String) -> String? {
    let others: [String: ElementType] = [
      "float32": .float32, "float": .float32, "fp32": .float32, "single": .float32,
      "int64": .int64, "long": .int64, "int": .int64, "integer": .int64, "int32": .int32,
      "int8": .int8, "uint8": .uint8, "byte": .uint8, "boolean": .bool,
    ]
    if let type = others[name.lowercased()] { return "write \(type.rawValue)" }
    let floats = [
      "double", "half", "float16", "float64", "f16", "f64", "fp16", "fp64", "bf16", "bfloat16",
    ]
    if floats.contains(name.lowercased()) { return "floats are \(ElementType.float32.rawValue)" }
    return nearestNamesHint(for: name, in: allCases.map(\.rawValue))
  }
}
