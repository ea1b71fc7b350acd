import GraphIR

extension Pass {
  /// Makes one transpose of two in a row; where they cancel, the one that is left moves nothing and
  /// goes as an identity.
  ///
  ///     before   a = transpose(x, permutation: [0, 2, 3, 1])
  ///              b = transpose(a, permutation: [0, 3, 1, 2])
  ///     after    b = transpose(x, permutation: [0, 1, 2, 3])
  static let mergeTransposes = Pass(
    name: "merge-transposes", summary: "merges transposes in a row"
  ) { graph, id in
    let node = graph[id]
    guard case .transpose(let outer) = node.operation,
      case .transpose(let inner) = graph[node.inputs[0]].operation
    else { return nil }
    let first = node.inputs[0]
    return .fused(
      Fusion(
        operation: .transpose(outer.map { inner[$0] }), operands: [.node(graph[first].inputs[0])],
        absorbed: graph.hasSingleUse(first) ? [first] : []))
  }
}
