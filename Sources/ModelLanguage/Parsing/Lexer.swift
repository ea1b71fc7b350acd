import Diagnostics

/// Cuts a text into tokens. Mistakes are recorded and skipped, so that one text shows several.
struct Lexer {
  private let file: SourceFile
  private var position = 0
  private var startsLine = true
  private var tokens: [Token] = []
  /// The first comment that begins as those of other languages do, and how many there are.
  private var foreignComments: (first: SourceRange, count: Int)?
  private(set) var diagnostics: [Diagnostic] = []

  init(_ file: SourceFile) { self.file = file }

  /// All tokens of the file; the last one is `.end`.
  mutating func tokenize() -> [Token] {
    while skipBlanks() {
      let start = position
      let kind = next()
      append(kind, from: start)
    }
    append(.end, from: position)
    if let (first, count) = foreignComments {
      let more = count == 1 ? "" : ", here and for \(quantity(count - 1, "more comment"))"
      diagnostics.append(
        Diagnostic(
          "comments begin with '//' and end with the line", at: .source(first),
          hint: "write //\(more)"))
    }
    return tokens
  }

  private var current: UInt8? { byte(at: position) }

  private func byte(at offset: Int) -> UInt8? {
    offset < file.utf8.count ? file.utf8[offset] : nil
  }

  private mutating func append(_ kind: Token.Kind, from start: Int) {
    let range = SourceRange(file: file, start: start, end: position)
    tokens.append(Token(kind: kind, range: range, startsLine: startsLine))
    startsLine = false
  }

  private mutating func report(_ message: String, from start: Int, hint: String? = nil) {
    let range = SourceRange(file: file, start: start, end: position)
    diagnostics.append(Diagnostic(message, at: .source(range), hint: hint))
  }

  /// Skips blanks, line breaks and comments; whether anything is left.
  private mutating func skipBlanks() -> Bool {
    // What some editors begin every text with.
    if position == 0, matches("\u{feff}") { position = "\u{feff}".utf8.count }
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\n"):
        startsLine = true
        position += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position += 1
      case UInt8(ascii: "/") where self.byte(at: position + 1) == UInt8(ascii: "/"):
        while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: "#"):
        noteForeignComment(length: 1)
        while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: "/") where self.byte(at: position + 1) == UInt8(ascii: "*"):
        noteForeignComment(length: 2)
        while current != nil, !matches("*/") { position += 1 }
        position = min(position + 2, file.utf8.count)
      default:
        return true
      }
    }
    return false
  }

  /// Notes a comment that begins here, and moves behind its first letters.
  private mutating func noteForeignComment(length: Int) {
    let range = SourceRange(file: file, start: position, end: position + length)
    foreignComments = (foreignComments?.first ?? range, (foreignComments?.count ?? 0) + 1)
    position += length
  }

  /// The token at the position; `.invalid` after a recorded mistake.
  private mutating func next() -> Token.Kind {
    guard let byte = current else { return .end }
    if byte.beginsName {
      let text = plainName()
      return Keyword(rawValue: text).map(Token.Kind.keyword) ?? .name(text)
    }
    if byte.isDigit { return number() }
    switch byte {
    case UInt8(ascii: "`"): return quoted(by: byte, what: "name").map(Token.Kind.name) ?? .invalid
    case UInt8(ascii: "\""):
      return quoted(by: byte, what: "string").map(Token.Kind.string) ?? .invalid
    case UInt8(ascii: "$"): return reference()
    default: break
    }
    for symbol in Symbol.allCases where matches(symbol.rawValue) {
      position += symbol.rawValue.utf8.count
      return .symbol(symbol)
    }
    return unexpected()
  }

  private func matches(_ text: String) -> Bool {
    file.utf8[position...].starts(with: text.utf8)
  }

  /// Letters, digits and underscores, then more of them after single dots.
  private mutating func plainName() -> String {
    let start = position
    while let byte = current {
      if byte.continuesName {
        position += 1
      } else if byte == UInt8(ascii: "."), self.byte(at: position + 1)?.continuesName == true {
        position += 2
      } else {
        break
      }
    }
    return text(from: start)
  }

  private func text(from start: Int) -> String {
    String(decoding: file.utf8[start..<position], as: UTF8.self)
  }

  private mutating func reference() -> Token.Kind {
    let start = position
    position += 1
    var name: String
    if let byte = current, byte.continuesName {
      name = plainName()
    } else if current == UInt8(ascii: "`") {
      guard let quoted = quoted(by: UInt8(ascii: "`"), what: "name") else { return .invalid }
      name = quoted
    } else {
      report("a name must follow '$'", from: start)
      return .invalid
    }
    // A derived tensor is named after the one it came from: conv1.weight*.
    while current == UInt8(ascii: "*") {
      name += "*"
      position += 1
    }
    return .reference(name)
  }

  private mutating func number() -> Token.Kind {
    let start = position
    skipDigits()
    var isReal = false
    if current == UInt8(ascii: "."), byte(at: position + 1)?.isDigit == true {
      isReal = true
      position += 1
      skipDigits()
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
      var digits = position + 1
      if let sign = self.byte(at: digits), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        digits += 1
      }
      if self.byte(at: digits)?.isDigit == true {
        isReal = true
        position = digits
        skipDigits()
      }
    }
    if let byte = current, byte.continuesName {
      while let byte = current, byte.continuesName { position += 1 }
      report("malformed number '\(text(from: start))'", from: start)
      return .invalid
    }
    if isReal {
      if let value = Float(text(from: start)), value.isFinite { return .real(value) }
      report("the number does not fit f32", from: start)
      return .invalid
    }
    if let value = UInt64(text(from: start)) { return .integer(value) }
    report("the integer does not fit 64 bits", from: start)
    return .invalid
  }

  private mutating func skipDigits() {
    while let byte = current, byte.isDigit { position += 1 }
  }

  /// Reports what begins no word; what other languages write for a keyword is read as that keyword.
  private mutating func unexpected() -> Token.Kind {
    let start = position
    for (text, keyword) in [("&&", Keyword.and), ("||", .or), ("!", .not)] where matches(text) {
      position += text.utf8.count
      report("unexpected '\(text)'", from: start, hint: "write \(keyword.rawValue)")
      return .keyword(keyword)
    }
    position += 1
    while let byte = current, byte & 0xC0 == 0x80 { position += 1 }
    let scalars = text(from: start).unicodeScalars
    let shown = scalars.map { $0.escaped(asASCII: false) }.joined()
    if scalars.first?.properties.isAlphabetic == true {
      report(
        "unexpected character '\(shown)'", from: start,
        hint: "write ` around names with letters beside a to z")
      // One message for each word.
      while let byte = current, byte.continuesName || byte >= 0x80 { position += 1 }
      return .invalid
    }
    let hints = [
      ";": "a statement needs no end", "@": "write matmul(a, b)", "^": "write pow(a, b)",
      "'": "write \" around paths and ` around names",
    ]
    report("unexpected character '\(shown)'", from: start, hint: hints[shown])
    return .invalid
  }

  /// Text between two equal delimiters, with `\\`, `\n`, `\r`, `\t` and the escaped delimiter
  /// resolved.
  private mutating func quoted(by delimiter: UInt8, what: String) -> String? {
    let start = position
    position += 1
    var bytes: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\n") {
      position += 1
      if byte == delimiter { return String(decoding: bytes, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let escaped = current, let resolved = resolve(escaped, delimiter: delimiter) else {
        report("unknown escape in a \(what)", from: position - 1, hint: #"write \\ for \"#)
        continue
      }
      bytes.append(resolved)
      position += 1
    }
    report("the \(what) does not end on its line", from: start)
    return nil
  }

  private func resolve(_ escaped: UInt8, delimiter: UInt8) -> UInt8? {
    switch escaped {
    case delimiter, UInt8(ascii: "\\"): escaped
    case UInt8(ascii: "n"): UInt8(ascii: "\n")
    case UInt8(ascii: "r"): UInt8(ascii: "\r")
    case UInt8(ascii: "t"): UInt8(ascii: "\t")
    default: nil
    }
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

  fileprivate var beginsName: Bool {
    let lowercase = self | 0x20
    return lowercase >= UInt8(ascii: "a") && lowercase <= UInt8(ascii: "z")
      || self == UInt8(ascii: "_")
  }

  fileprivate var continuesName: Bool { beginsName || isDigit }
}

/// A name as the language writes it: plain where it reads back as a name, else between backticks.
func nameText(_ name: String) -> String {
  let plain =
    name.utf8.first?.beginsName == true && Keyword(rawValue: name) == nil
    && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy(\.continuesName)
    }
  return plain ? name : quotedText(name, delimiter: "`")
}

/// A tensor known by name, as the language writes it: `$conv1.weight*`.
func referenceText(_ name: String) -> String {
  let base = String(name.prefix { $0 != "*" })
  let stars = name.dropFirst(base.count)
  let starsOnly = stars.allSatisfy { $0 == "*" }
  return "$" + (starsOnly ? nameText(base) + stars : nameText(name))
}

/// Text between delimiters, with what cannot stand there escaped.
func quotedText(_ text: String, delimiter: Unicode.Scalar) -> String {
  var result = String.UnicodeScalarView()
  result.append(delimiter)
  for scalar in text.unicodeScalars {
    switch scalar {
    case delimiter, "\\": result += ["\\", scalar]
    case "\n": result += ["\\", "n"]
    case "\r": result += ["\\", "r"]
    case "\t": result += ["\\", "t"]
    default: result.append(scalar)
    }
  }
  result.append(delimiter)
  return String(result)
}
