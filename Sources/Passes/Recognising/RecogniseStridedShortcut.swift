import GraphIR

extension Pass {
  /// Writes the shortcut without parameters of He et al. (option A) as one operation.
  ///
  ///     before   sampled = slice(x, step: [1, 1, 2, 2])
  ///              shortcut = pad(sampled, before: [0, 8, 0, 0], after: [0, 8, 0, 0])
  ///     after    shortcut = strided_shortcut(x, stride: 2, before: 8, after: 8)
  ///
  /// The rows and columns may be taken by a pool with a window of one pixel too.
  static let recogniseStridedShortcut = Pass(
    name: "recognise-strided-shortcut",
    summary: "turns a strided slice and padded channels into one strided shortcut"
  ) { graph, id in
    let node = graph[id]
    guard case .pad(let amounts) = node.operation, amounts.mode == .constant, amounts.value == 0,
      node.type.rank == 4, node.type.element == .float32,
      [0, 2, 3].allSatisfy({ amounts.before[$0] == 0 && amounts.after[$0] == 0 })
    else { return nil }
    let sampled = node.inputs[0]
    guard graph.hasSingleUse(sampled), let stride = graph.samplingStride(of: sampled) else {
      return nil
    }
    let shortcut = StridedShortcut(
      stride: stride, channelsBefore: amounts.before[1], channelsAfter: amounts.after[1])
    let x = graph[sampled].inputs[0]
    // A slice may have steps that are beyond a shortcut.
    guard graph.fits(.stridedShortcut(shortcut), [x], node.type) else { return nil }
    return .fused(
      Fusion(
        operation: .stridedShortcut(shortcut), operands: [.node(x)],
        absorbed: [sampled]))
  }
}

extension Graph {
  /// The stride of a node that takes every so-manieth row and column from the first, and does
  /// nothing else.
  fileprivate func samplingStride(of id: NodeID) -> Pair? {
    switch self[id].operation {
    case .slice(let ranges):
      let extents = self[self[id].inputs[0]].type.shape
      // What matters is which elements are taken, not where the range is said to end.
      for (axis, range) in ranges.enumerated() {
        guard range.step >= 1, range.start == 0 || range.count == 0,
          range.count == (extents[axis] + range.step - 1) / range.step
        else { return nil }
      }
      guard ranges[0].step == 1, ranges[1].step == 1 else { return nil }
      return Pair(ranges[2].step, ranges[3].step)
    case .maxPool(let pooling), .averagePool(let pooling):
      guard pooling.kernel == Pair(1), pooling.padding == .none else { return nil }
      return pooling.stride
    default:
      return nil
    }
  }
}
