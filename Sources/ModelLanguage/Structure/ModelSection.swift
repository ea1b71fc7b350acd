import GraphIR

/// A part of a graph that reads one tensor and gives one: a residual block with the functions that
/// follow it.
struct ModelSection {
  /// The tensor that it reads.
  let input: NodeID
  /// Its nodes in order; the last is the result.
  let nodes: [NodeID]

  /// Everything between two points of the order where one tensor only is still to be read: several
  /// nodes there branch and meet again. Functions of one element behind them belong to them.
  static func sections(of graph: Graph) -> [ModelSection] {
    var result: [ModelSection] = []
    var open: ModelSection?
    for segment in segments(of: graph) {
      let isFunction =
        if case .unary = graph[segment.nodes[0]].operation { true } else { false }
      if segment.nodes.count > 1 {
        if let open { result.append(open) }
        open = segment
      } else if let section = open, isFunction {
        open = ModelSection(input: section.input, nodes: section.nodes + segment.nodes)
      } else {
        if let open { result.append(open) }
        open = nil
      }
    }
    if let open { result.append(open) }
    return result
  }

  /// The order, cut after every node whose result is the only tensor that is still to be read.
  private static func segments(of graph: Graph) -> [ModelSection] {
    var positions: [NodeID: Int] = [:]
    for (position, id) in graph.order.enumerated() { positions[id] = position }
    func lastUse(_ id: NodeID) -> Int {
      graph.isOutput(id) ? .max : graph.users(of: id).compactMap { positions[$0] }.max() ?? -1
    }
    let lastUses = graph.order.map(lastUse)
    var live = graph.inputs.count { lastUse($0.node) >= 0 }
    var ending = [Int](repeating: 0, count: graph.order.count)
    for end in graph.inputs.map({ lastUse($0.node) }) + lastUses where ending.indices.contains(end)
    {
      ending[end] += 1
    }
    var result: [ModelSection] = []
    var input = graph.inputs.count == 1 ? graph.inputs[0].node : nil
    var start = 0
    for (position, id) in graph.order.enumerated() {
      live -= ending[position]
      if lastUses[position] > position { live += 1 }
      guard live == 1, lastUses[position] > position else { continue }
      if let input {
        result.append(ModelSection(input: input, nodes: Array(graph.order[start...position])))
      }
      input = id
      start = position + 1
    }
    return result
  }
}
