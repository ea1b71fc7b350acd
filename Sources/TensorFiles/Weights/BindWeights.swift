import Diagnostics
import GraphIR

/// Gives every parameter of a graph the tensor of its name.
///
/// Integers may be stored in a narrower type than the parameter's. Counters of training steps (`num_batches_tracked`) in the source are passed over.
///
/// - Parameters:
///   - passingOver: names of tensors, without the prefix, that the source may hold though the graph
///     has no parameter of the name, because a part of the model was left out.
///   - prefix: what stands before the parameters' names in the source.
/// - Throws: `DiagnosticError` with all parameters that the source lacks, tensors of another shape
///   or type, and tensors that no parameter is called after; the graph is unchanged then.
public func bindWeights(
  _ graph: inout Graph, from source: some WeightSource, passingOver: Set<String> = [],
  prefix: WeightsPrefix = .none
) throws {
  let parameters = graph.constants.filter { graph[$0].operation == .parameter }
  let stored = parameters.map { prefix.text + graph[$0].name }
  let wanted = Set(stored)
  let given = (source.names + source.unreadableTensors).filter {
    wanted.contains($0)
      || !($0.hasSuffix("num_batches_tracked") || prefix.passesOver($0, passingOver))
  }
  let extra = given.filter { !wanted.contains($0) }
  let unbound = stored.filter { source.type(of: $0) == nil }

  let under = prefix.text.isEmpty ? "" : " under '\(prefix.text)'"
  var problems = Problems()
  for (id, name) in zip(parameters, stored) {
    let node = graph[id]
    let place = Diagnostic.Place.subject("\(source.path): tensor '\(name)'")
    guard let type = source.type(of: name) else {
      problems.add {
        if let what = source.nonTensor(name) {
          return Diagnostic(
            "is \(what), but the model's parameter is \(node.type)", at: place,
            notes: note(node))
        }
        return Diagnostic(
          "the weights lack the model's parameter '\(node.name)'\(under): \(node.type)",
          at: .subject(source.path), hint: hint(name, near: extra, else: given),
          notes: note(node))
      }
      continue
    }
    if !node.type.holds(type) {
      problems.add {
        Diagnostic(
          "is \(type), but the model's parameter is \(node.type)",
          at: place, notes: note(node))
      }
    }
  }
  for name in extra {
    problems.add {
      Diagnostic(
        "the model has no parameter of this name",
        at: .subject("\(source.path): tensor '\(name)'"),
        hint: name.hasPrefix(prefix.text)
          ? hint(name, near: unbound, else: stored)
          : "--weights-prefix \(prefix.text) passes over tensors whose names begin otherwise")
    }
  }
  try problems.throwIfAny()

  var bound = graph
  for (id, name) in zip(parameters, stored) {
    let tensor = try source.tensor(name)
    do throws(InexactElement) {
      bound.bind(id, to: try tensor.converted(to: graph[id].type.element))
    } catch {
      preconditionFailure("\(graph[id].type) holds every value of \(tensor.type)")
    }
  }
  graph = bound
}

extension TensorType {
  /// Whether every tensor of another type has this type, or is one of narrower integers.
  fileprivate func holds(_ other: TensorType) -> Bool {
    if self == other { return true }
    guard let own = element.integers, let others = other.element.integers else { return false }
    return shape == other.shape && own.contains(others.lowerBound)
      && own.contains(others.upperBound)
  }
}

extension WeightsPrefix {
  /// Whether the tensor of a name may be there without a parameter.
  fileprivate func passesOver(_ name: String, _ names: Set<String>) -> Bool {
    name.hasPrefix(text) ? names.contains(String(name.dropFirst(text.count))) : passesOverOthers
  }
}

/// Diagnostics of which the first are shown and the rest are counted: building each costs a search
/// for near names.
private struct Problems {
  private static let limit = 20
  private var shown: [Diagnostic] = []
  private var count = 0

  mutating func add(_ diagnostic: () -> Diagnostic) {
    count += 1
    if count <= Self.limit { shown.append(diagnostic()) }
  }

  func throwIfAny() throws(DiagnosticError) {
    guard count > 0 else { return }
    let more = count - shown.count
    throw DiagnosticError(
      more == 0 ? shown : shown + [Diagnostic("and \(more) more of this kind", severity: .note)])
  }
}

/// Names that are still free say more than names that are taken, and a name behind a prefix
/// (`module.` of a wrapped model) more than one at a small distance.
private func hint(_ name: String, near free: [String], else all: [String]) -> String? {
  let longer = free.filter { $0.hasSuffix(".\(name)") || name.hasSuffix(".\($0)") }
  if let nearest = longer.min(by: { $0.utf8.count < $1.utf8.count }) {
    return "did you mean '\(nearest)'?"
  }
  return nearestNamesHint(for: name, in: free) ?? nearestNamesHint(for: name, in: all)
}

private func note(_ node: Node) -> [Diagnostic] {
  guard case .source = node.place else { return [] }
  return [Diagnostic("the parameter is needed here", at: node.place, severity: .note)]
}
