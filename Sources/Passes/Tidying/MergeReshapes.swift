import GraphIR

extension Pass {
  /// Makes one reshape of two in a row, and writes as a reshape what only adds or drops axes of
  /// extent 1.
  ///
  ///     before   squeezed = reshape(pool, shape: [1, 512])
  ///              flat = reshape(squeezed, shape: [512])
  ///     after    flat = reshape(pool, shape: [512])
  static let mergeReshapes = Pass(
    name: "merge-reshapes",
    summary: "merges reshapes in a row and turns moves of unit axes into them"
  ) { graph, id in
    let node = graph[id]
    let inner = node.inputs.first
    var isInnerReshape = false
    if let inner, case .reshape = graph[inner].operation { isInnerReshape = true }
    switch node.operation {
    case .reshape:
      guard isInnerReshape else { return nil }
    case .transpose(let permutation):
      let shape = graph[node.inputs[0]].type.shape
      let moved = permutation.filter { shape[$0] != 1 }
      guard moved == moved.sorted(), permutation != Array(permutation.indices) else { return nil }
    case .reduce(_, let axes, _):
      let shape = graph[node.inputs[0]].type.shape
      guard !axes.isEmpty, axes.allSatisfy({ shape[$0] == 1 }) else { return nil }
    default:
      return nil
    }
    guard let inner else { return nil }
    return .fused(
      Fusion(
        operation: .reshape(node.type.shape),
        operands: [.node(isInnerReshape ? graph[inner].inputs[0] : inner)],
        absorbed: isInnerReshape && graph.hasSingleUse(inner) ? [inner] : []))
  }
}
