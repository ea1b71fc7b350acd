import Diagnostics
import GraphIR

/// Definitions, conditionals, outputs.
extension Elaborator {
  /// Executes statements in order. A mistake in one is recorded, and what it defines counts as
  /// failed, so that the others are read without mistakes that follow from it.
  func execute(_ statements: [StatementSyntax], in scope: Scope) {
    for statement in statements where !isFinished {
      switch statement {
      case .definition(let name, let value, let type):
        guard isFree(name, in: scope) else { continue }
        let result = try? define(name, value, type, in: scope)
        scope.define(name.text, result ?? .failed, at: name.range)
      case .conditional(let condition, let then, let otherwise):
        let site = Site(scope: scope, statement: scope.qualified("if"), isOutermost: false)
        do throws(Reported) {
          let holds = try boolean(condition, at: site, "a condition")
          execute(holds ? then : otherwise, in: scope)
          for name in (holds ? otherwise : then).definedNames { scope.leaveOut(name) }
        } catch {
          for name in (then + otherwise).definedNames {
            scope.define(name.text, .failed, at: name.range)
          }
        }
      }
    }
  }

  /// Whether a name is not defined in the scope yet; a mistake is recorded where it is.
  func isFree(_ name: NameSyntax, in scope: Scope) -> Bool {
    guard let first = scope.places[name.text] else { return true }
    let note = Diagnostic("it is defined here", at: .source(first), severity: .note)
    report("'\(name.text)' is defined already", at: name.range, notes: [note])
    return false
  }

  private func define(
    _ name: NameSyntax, _ value: Expression, _ type: TypeSyntax?, in scope: Scope
  ) throws(Reported) -> Value {
    var site = Site(scope: scope, statement: scope.qualified(name.text))
    if let type { site.expected = try tensorType(type, in: scope) }
    let result = try evaluate(value, at: site)
    if let type, let expected = site.expected {
      guard case .tensor(let id) = result else {
        throw report("'\(name.text)' is \(result.description), not a tensor", at: type.range)
      }
      guard graph[id].type == expected else {
        throw report("'\(name.text)' has the type \(graph[id].type)", at: type.range)
      }
    }
    return result
  }

  func addOutput(_ output: OutputSyntax, in scope: Scope) {
    do throws(Reported) {
      let name = output.name.text
      if graph.outputs.contains(where: { $0.name == name }) {
        throw report("a second output called '\(name)'", at: output.name.range)
      }
      let site = Site(scope: scope, statement: graph.uniqueName(name))
      let written =
        output.value
        ?? Expression(kind: .name(name), range: output.name.range, height: 1)
      let id = try tensor(written, at: site, "an output")
      let picture = try output.picture.map { clause throws(Reported) in
        try preprocessing(clause, for: graph[id].type, isOutput: true, in: scope)
      }
      graph.addOutput(name, id, labels: output.labels, picture: picture)
    } catch {}
  }

  /// A written type with its extents computed.
  func tensorType(_ type: TypeSyntax, in scope: Scope) throws(Reported) -> TensorType {
    let site = Site(scope: scope, statement: scope.path, isOutermost: false)
    var shape: [Int] = []
    for extent in type.extents {
      let value = try integer(extent, at: site, "an extent")
      guard value >= 0 else {
        throw report("an extent is at least 0, not \(value)", at: extent.range)
      }
      shape.append(value)
    }
    guard TensorType.checkedElementCount(of: shape) != nil else {
      throw report("a tensor of shape \(shape) is too large", at: type.range)
    }
    return TensorType(shape, element: type.element)
  }
}
