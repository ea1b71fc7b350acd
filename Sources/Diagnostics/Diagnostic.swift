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
  ///
  /// - Parameter isColored: whether it is for a terminal and has its sequences for colours.
  public func rendered(isColored: Bool = false) -> String {
    func painted(_ text: String, _ part: DiagnosticPart) -> String {
      part.painted(text, isColored)
    }
    let what =
      painted("\(severity.rawValue):", .severity(severity)) + " " + painted(message, .message)
    var lines: [String] = []
    switch place {
    case .none:
      lines.append(what)
      if let hint { lines.append("  " + painted(hint, .hint)) }
    case .subject(let subject):
      lines.append(painted("\(subject):", .place) + " " + what)
      if let hint { lines.append("  " + painted(hint, .hint)) }
    case .source(let range):
      let (line, column) = range.file.lineAndColumn(of: range.start)
      lines.append(painted("\(range.file.path):\(line):\(column):", .place) + " " + what)
      if severity != .note { lines += excerpt(range, line: line, column: column, painted) }
    }
    lines += notes.map { $0.rendered(isColored: isColored) }
    return lines.joined(separator: "\n")
  }

  private func excerpt(
    _ range: SourceRange, line: Int, column: Int, _ painted: (String, DiagnosticPart) -> String
  ) -> [String] {
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
      painted("\(padded) |", .margin) + " \(text)",
      painted("\(gutter) |", .margin) + " \(indent)" + painted(marks, .mark)
        + (hint.map { " " + painted($0, .hint) } ?? ""),
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

  public var description: String { rendered() }

  /// All diagnostics as text, one after the other.
  public func rendered(isColored: Bool = false) -> String {
    diagnostics.map { $0.rendered(isColored: isColored) }.joined(separator: "\n")
  }
}
