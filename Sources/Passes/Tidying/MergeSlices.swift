import GraphIR

extension Pass {
  /// Makes one slice of two in a row: exporters write one per axis.
  ///
  ///     before   rows = slice(x, step: [1, 1, 2, 1])
  ///              sampled = slice(rows, step: [1, 1, 1, 2])
  ///     after    sampled = slice(x, step: [1, 1, 2, 2])
  static let mergeSlices = Pass(
    name: "merge-slices", summary: "merges slices in a row"
  ) { graph, id in
    let node = graph[id]
    guard case .slice(let outer) = node.operation,
      case .slice(let inner) = graph[node.inputs[0]].operation
    else { return nil }
    let first = node.inputs[0]
    let x = graph[first].inputs[0]
    let merged = Operation.slice(
      outer.indices.map { outer[$0].after(inner[$0], extent: graph[x].type.shape[$0]) })
    // The product of two steps may be beyond what a slice takes.
    guard graph.fits(merged, [x], node.type) else { return nil }
    return .fused(
      Fusion(
        operation: merged, operands: [.node(x)], absorbed: graph.hasSingleUse(first) ? [first] : [])
    )
  }
}

extension SliceRange {
  /// The range of an axis that takes what this one takes of what `first` took; `extent` is the
  /// axis'.
  fileprivate func after(_ first: SliceRange, extent: Int) -> SliceRange {
    guard count > 0 else { return SliceRange(start: 0, end: 0) }
    let start = first.start + self.start * first.step
    guard count > 1 else { return SliceRange(start: start, end: start + 1) }
    let step = first.step * self.step
    let last = start + (count - 1) * step
    if step < 0 { return SliceRange(start: start, end: last - 1, step: step) }
    // Where the range runs as far as the axis, it ends where the axis does, which is how it is
    // written.
    return SliceRange(start: start, end: last + step >= extent ? extent : last + 1, step: step)
  }
}
