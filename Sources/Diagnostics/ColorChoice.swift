/// When text has colours.
public enum ColorChoice: String, Sendable, CaseIterable {
  /// On a terminal that has them, unless the user's environment wants none.
  case auto
  case always
  case never

  /// Whether text that goes to a stream has colours.
  ///
  /// - Parameters:
  ///   - isTerminal: whether the stream is a terminal.
  ///   - environment: the process's; `NO_COLOR` with any value but the empty one wants none
  ///     (https://no-color.org), and a terminal that is `dumb` has none.
  public func hasColors(isTerminal: Bool, environment: [String: String]) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto:
      isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }
  }
}

/// Words and marks of a rendered diagnostic, by what they are.
enum DiagnosticPart {
  case place, message, mark, hint, margin
  case severity(Diagnostic.Severity)

  /// The parameters of the terminal's sequence for it (ECMA-48, "select graphic rendition").
  private var rendition: String {
    switch self {
    case .place, .message: "1"
    case .severity(.error): "1;31"
    case .severity(.warning): "1;35"
    case .severity(.note): "1;36"
    case .mark, .hint: "32"
    case .margin: "2"
    }
  }

  /// Text in the colours of this part, or as it is.
  func painted(_ text: String, _ isColored: Bool) -> String {
    isColored ? "\u{1b}[\(rendition)m\(text)\u{1b}[0m" : text
  }
}
