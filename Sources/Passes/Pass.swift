import GraphIR

/// A rewrite of graphs that keeps their meaning, as a value.
///
/// Every pass is declared once, in the file named after it, and listed once, in `Pass.all`.
public struct Pass: Sendable {
  /// What `resin inspect --passes` calls it.
  public let name: String
  /// What it does, in one sentence without a final full stop.
  public let summary: String
  /// Rewrites a graph and says whether it changed anything.
  public let run: @Sendable (inout Graph, PassContext) -> Bool

  /// Creates a pass from its function.
  public init(
    name: String, summary: String, run: @escaping @Sendable (inout Graph, PassContext) -> Bool
  ) {
    self.name = name
    self.summary = summary
    self.run = run
  }

  /// Creates a pass that visits every node once, in order, and replaces those that `match` has a
  /// replacement for.
  ///
  /// `match` sees the graph as the replacements before it left it; nodes that have lost their last
  /// reader go at the end of the visit.
  init(
    name: String, summary: String, match: @escaping @Sendable (Graph, NodeID) -> Replacement?
  ) {
    self.init(name: name, summary: summary) { graph, context in
      var changed = false
      for id in graph.order {
        // A node that lost its last reader during this visit is not worth a rewrite.
        guard !graph.users(of: id).isEmpty || graph.isOutput(id),
          let replacement = match(graph, id)
        else { continue }
        guard graph.apply(replacement, to: id, context) else { break }
        changed = true
      }
      if changed { graph.removeDeadNodes() }
      return changed
    }
  }
}
