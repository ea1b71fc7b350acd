import Diagnostics

/// Words that cannot be names unless they are written between backticks.
enum Keyword: String, CaseIterable {
  case model, input, output, `import`, block, `if`, `else`, `return`, stack, of
  case and, or, not, `true`, `false`, inf, nan
}

/// Punctuation, longest first where one begins with another.
enum Symbol: String, CaseIterable {
  case equal = "=="
  case notEqual = "!="
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case less = "<"
  case greater = ">"
  case assign = "="
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBrace = "{"
  case rightBrace = "}"
  case leftBracket = "["
  case rightBracket = "]"
  case comma = ","
  case colon = ":"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"
}

/// One word of a text with its place.
struct Token {
  enum Kind: Equatable {
    /// A name, written plain or between backticks.
    case name(String)
    /// `$name`: a tensor known by name.
    case reference(String)
    case keyword(Keyword)
    case symbol(Symbol)
    /// The digits' value without a sign, so that the least i64 can be written too.
    case integer(UInt64)
    case real(Float)
    case string(String)
    /// Something that the lexer has reported already.
    case invalid
    case end
  }

  let kind: Kind
  let range: SourceRange
  /// Whether it is the first of its line: where reading goes on after a mistake.
  let startsLine: Bool

  /// The token as a message shows it.
  var description: String {
    switch kind {
    case .name(let name): "'\(name)'"
    case .reference(let name): "'$\(name)'"
    case .keyword(let keyword): "'\(keyword.rawValue)'"
    case .symbol(let symbol): "'\(symbol.rawValue)'"
    case .integer(let value): "'\(value)'"
    case .real(let value): "'\(value)'"
    case .string: "a string"
    case .invalid: "an error"
    case .end: "the end of the file"
    }
  }
}
