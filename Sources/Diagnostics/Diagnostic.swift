/// A message to the user about a mistake of theirs, as data: rendering is apart, so that tests pin
/// wording and position together.
public struct Diagnostic: Sendable, Equatable {
  /// How bad it is.
  public enum Severity: String, Sendable {
    case error, warning, note
  }

  /// Where it is.
  public enum Place: Sendable, Equatable {
    /// A range of a text.
    case source(SourceRange)
    /// A part of a binary file or a command line, named in words: `model.onnx: node 'Conv_3'`.
    case subject(String)
    /// Nowhere in particular.
    case none
  }

  public var severity: Severity
  public var place: Place
  /// What is wrong, in one line without a final full stop.
  public var message: String
  /// What to do about it, shown beside the caret: `did you mean 'width'?`
  public var hint: String?
  /// Further places that explain it, such as the expansion that led there.
  public var notes: [Diagnostic]

  /// Creates a diagnostic; an error unless another severity is given.
  public init(
    _ message: String, at place: Place = .none, severity: Severity = .error, hint: String? = nil,
    notes: [Diagnostic] = []
  ) {
    self.severity = severity
    self.place = place
    self.message = message
    self.hint = hint
    self.notes = notes
  }

  /// The diagnostic as text: `path:line:column: error: message`, the source line, a caret, the
  /// hint, the notes.
  public func rendered() -> String {
    var lines: [String] = []
    switch place {
    case .none:
      lines.append("\(severity.rawValue): \(message)")
      if let hint { lines.append("  \(hint)") }
    case .subject(let subject):
      lines.append("\(subject): \(severity.rawValue): \(message)")
      if let hint { lines.append("  \(hint)") }
    case .source(let range):
      let (line, column) = range.file.lineAndColumn(of: range.start)
      lines.append("\(range.file.path):\(line):\(column): \(severity.rawValue): \(message)")
      if severity != .note { lines += excerpt(range, line: line, column: column) }
    }
    lines += notes.map { $0.rendered() }
    return lines.joined(separator: "\n")
  }

  private func excerpt(_ range: SourceRange, line: Int, column: Int) -> [String] {
    let text = range.file.text(ofLine: line)
    let end = range.file.lineAndColumn(of: range.end)
    let width = end.line == line ? end.column - column : text.count + 1 - column
    let number = String(line)
    let gutter = String(repeating: " ", count: max(4, number.count + 3))
    let padded = String(repeating: " ", count: gutter.count - number.count) + number
    // Tabs stay tabs under the text, so that the caret lines up whatever their width.
    let indent = text.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
    let marks = "^" + String(repeating: "~", count: max(0, width - 1))
    return [
      "\(padded) | \(text)", "\(gutter) | \(indent)\(marks)" + (hint.map { " \($0)" } ?? ""),
    ]
  }
}

/// One or more diagnostics that end the work: what every reader of user input throws.
public struct DiagnosticError: Error, Sendable, CustomStringConvertible {
  /// What is wrong; never empty.
  public let diagnostics: [Diagnostic]

  /// Creates an error with several diagnostics, which must not be empty.
  public init(_ diagnostics: [Diagnostic]) {
    precondition(!diagnostics.isEmpty, "a diagnostic error needs a diagnostic")
    self.diagnostics = diagnostics
  }

  /// Creates an error with one diagnostic.
  public init(_ message: String, at place: Diagnostic.Place = .none, hint: String? = nil) {
    self.init([Diagnostic(message, at: place, hint: hint)])
  }

  public var description: String {
    diagnostics.map { $0.rendered() }.joined(separator: "\n")
  }
}
