import Diagnostics
import GraphIR

extension Graph {
  /// Replaces residual blocks by their shortcuts, and removes what only their branches need.
  ///
  /// A block is a scope of names, such as `layer3.4`: its residual additions are those in the scope, or
  /// else those whose branches have all their layers in it. A scope with several blocks, such as a
  /// whole stage, loses all of them.
  ///
  /// - Parameters:
  ///   - names: the scopes.
  ///   - path: the model's file, for messages.
  /// - Throws: where a scope is not there, or has no residual block.
  mutating func removeResidualBlocks(_ names: [String], path: String) throws(DiagnosticError) {
    guard !names.isEmpty else { return }
    let known = residualAdditions()
    for (index, name) in names.enumerated() {
      guard !names[..<index].contains(name) else {
        throw DiagnosticError("--without gives '\(name)' twice")
      }
      guard additions(known, in: name).isEmpty else { continue }
      let isScope = order.contains { self[$0].name.isWithin(name) }
      throw DiagnosticError(
        isScope
          ? "'\(name)' is no residual block: no addition of a shortcut ends it"
          : "the model has no block '\(name)'",
        at: .subject(path), hint: blockHint(for: name, known))
    }
    for name in names {
      // The last one first: what it alone needs, inner additions too, is then gone.
      while let addition = additions(residualAdditions(), in: name).last {
        do {
          try replaceByShortcut(addition)
        } catch {
          throw DiagnosticError(
            "cannot leave out '\(name)': \(error.message)", at: .subject(path))
        }
        removeDeadNodes()
      }
    }
  }

  /// The residual additions that belong to a scope.
  private func additions(_ all: [ResidualAddition], in scope: String) -> [ResidualAddition] {
    let named = all.filter { self[$0.node].name.isWithin(scope) }
    guard named.isEmpty else { return named }
    return all.filter { addition in
      addition.layers.allSatisfy { self[$0].name.isWithin(scope) }
    }
  }

  /// The names that are near to one, or else all blocks.
  private func blockHint(for name: String, _ additions: [ResidualAddition]) -> String {
    var scopes: [String] = []
    for addition in additions {
      let scope = scope(of: addition)
      if !scopes.contains(scope) { scopes.append(scope) }
    }
    guard !scopes.isEmpty else { return "the model has no residual blocks" }
    if let hint = nearestNamesHint(for: name, in: scopes) { return hint }
    let list = scopes.count > 8 ? scopes.prefix(6) + ["…"] + scopes.suffix(1) : scopes
    return "its residual blocks are \(list.joined(separator: ", "))"
  }

  /// What the block of an addition is called: the scope that has the layers of its branch, or else the
  /// addition.
  private func scope(of addition: ResidualAddition) -> String {
    let name = self[addition.node].name
    let layers = addition.layers.map { self[$0].name.split(separator: ".").dropLast() }
    guard var scope = layers.first else { return name }
    for layer in layers {
      scope = scope.prefix(zip(scope, layer).prefix { $0 == $1 }.count)
    }
    return scope.isEmpty ? name : scope.joined(separator: ".")
  }
}

extension String {
  /// Whether a name is that of a scope, or within it.
  fileprivate func isWithin(_ scope: String) -> Bool {
    !scope.isEmpty && (self == scope || hasPrefix(scope + "."))
  }
}
