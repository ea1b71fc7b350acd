import GraphIR

extension Pass {
  /// Removes nodes and constants that no output depends on.
  ///
  ///     before   unused = relu(conv1)
  ///              y = max_pool(conv1, kernel: 2)
  ///              output y
  ///     after    y = max_pool(conv1, kernel: 2)
  ///              output y
  static let removeDeadNodes = Pass(
    name: "remove-dead-nodes", summary: "removes what no output depends on"
  ) { graph, context in
    var trial = graph
    guard trial.removeDeadNodes() else { return false }
    let removed = graph.order.filter { !trial.contains($0) }.map { graph[$0].name }
    guard context.permits(removed, giving: []) else { return false }
    graph = trial
    return true
  }
}
