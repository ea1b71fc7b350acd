import GraphIR

extension Pass {
  /// Computes once what is computed twice from the same operands.
  ///
  ///     before   a = relu(conv1)
  ///              b = relu(conv1)
  ///              y = add(a, b)
  ///     after    a = relu(conv1)
  ///              y = add(a, a)
  static let mergeCommonSubexpressions = Pass(
    name: "merge-common-subexpressions", summary: "computes equal nodes once"
  ) { graph, context in
    // Looked up only, never iterated: what comes out does not depend on hashing.
    var seen: [Expression: [NodeID]] = [:]
    var changed = false
    for id in graph.order {
      let node = graph[id]
      let key = Expression(mnemonic: node.operation.mnemonic, inputs: node.inputs)
      let equal = seen[key]?.first { graph[$0].operation == node.operation }
      // Two outputs stay two values, so that each has a place of its own.
      guard let equal, !graph.isOutput(id) else {
        seen[key, default: []].append(id)
        continue
      }
      guard context.permits([node.name], giving: [graph[equal].name]) else { break }
      graph.replaceUses(of: id, by: equal)
      changed = true
    }
    if changed { graph.removeDeadNodes() }
    return changed
  }
}

private struct Expression: Hashable {
  let mnemonic: String
  let inputs: [NodeID]
}
