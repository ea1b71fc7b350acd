import Diagnostics

/// The names of a model or of a block, and which of them something uses.
final class NameUses {
  /// The block; nil in the model itself.
  let block: String?
  /// All names so far, without values.
  private(set) var scope = Scope(path: "")
  /// The names that are defined whatever conditions hold.
  let certain = Scope(path: "")
  private var definitions: [(name: NameSyntax, what: String)] = []
  private var used: Set<String> = []
  private var unusedElements: [Diagnostic] = []

  init(block: String? = nil) { self.block = block }

  /// Defines a name.
  ///
  /// - Parameter what: what has it, as a warning begins: "the input 'x'".
  func define(_ name: NameSyntax, _ what: String, isCertain: Bool = true) {
    scope.define(name.text, .failed, at: name.range)
    if isCertain { certain.define(name.text, .failed, at: name.range) }
    definitions.append((name, what))
  }

  /// Notes that something uses a name.
  func use(_ name: String) { used.insert(name) }

  /// Knows the element that a stack runs over while `body` examines the arguments of its blocks.
  func withElement(_ name: NameSyntax, _ body: () -> Void) {
    let (outer, outerUsed) = (scope, used)
    scope = outer.with(name.text, .failed, at: name.range)
    used.remove(name.text)
    body()
    if !used.contains(name.text) {
      unusedElements.append(
        warning(
          "the element '\(name.text)' is never used", name, hint: "write how many blocks there are")
      )
    }
    if outerUsed.contains(name.text) { used.insert(name.text) } else { used.remove(name.text) }
    scope = outer
  }

  /// A warning for each definition that nothing uses.
  var unused: [Diagnostic] {
    definitions.filter { !used.contains($0.name.text) }
      .map { warning("\($0.what) is never used", $0.name) } + unusedElements
  }

  private func warning(_ message: String, _ name: NameSyntax, hint: String? = nil) -> Diagnostic {
    Diagnostic(message, at: .source(name.range), severity: .warning, hint: hint)
  }
}
