import GraphIR

/// A part of a graph's order: one node, or equal blocks one after the other.
enum Section: Equatable {
  case node(NodeID)
  /// Blocks in order, each with its nodes in order. Node j of one is what node j of another is, and
  /// reads the same places of its own block and of the block before it. Nothing else reads any block
  /// but the last.
  case stack([[NodeID]])

  /// The order of a graph with what repeats in stacks.
  ///
  /// Blocks are found as periods of the order: a stretch in which every node equals the one a period
  /// before it and reads operands at the same distances. Equal nodes come first; then, three or more
  /// in a row, nodes that are equal but for their channels, as in dense blocks. What saves most is
  /// folded first.
  static func sections(of graph: Graph) -> [Section] {
    var folding = Folding(graph)
    folding.fold(folding.signatures(exact: true), leastCount: 2)
    folding.fold(folding.signatures(exact: false), leastCount: 3)
    return folding.sections
  }
}

private struct Folding {
  let graph: Graph
  /// Where every node stands in the order.
  let place: [NodeID: Int]
  /// Stretches of the order that are folded: start, length of a block, number of blocks.
  var folds: [Stretch] = []

  struct Stretch {
    var start: Int
    var period: Int
    var count: Int

    var range: Range<Int> { start..<start + period * count }
    /// Nodes that need not be drawn.
    var saving: Int { period * (count - 1) }
  }

  /// Blocks are no longer than this, which is the largest of known networks a few times over.
  private static let longestPeriod = 96

  init(_ graph: Graph) {
    self.graph = graph
    place = Dictionary(uniqueKeysWithValues: graph.order.enumerated().map { ($1, $0) })
  }

  var sections: [Section] {
    var result: [Section] = []
    var index = 0
    for fold in folds.sorted(by: { $0.start < $1.start }) {
      result += graph.order[index..<fold.start].map(Section.node)
      result.append(
        .stack(
          (0..<fold.count).map { block in
            let start = fold.start + block * fold.period
            return Array(graph.order[start..<start + fold.period])
          }))
      index = fold.range.upperBound
    }
    return result + graph.order[index...].map(Section.node)
  }

  // MARK: Signatures

  /// A number for every node of the order; equal nodes have equal numbers.
  ///
  /// - Parameter exact: whether channels count.
  func signatures(exact: Bool) -> [Int] {
    var numbers: [String: Int] = [:]
    return graph.order.enumerated().map { index, id in
      let node = graph[id]
      let card = Card(id, in: graph)
      var text = "\(card.operation)|\(card.parts)|"
      if exact {
        text += "\(node.operation)|\(node.type)"
      } else {
        var shape = node.type.shape
        if shape.count > 1 { shape.remove(at: 1) }
        text += "\(shape)"
      }
      for operand in node.inputs {
        if let other = place[operand] {
          text += "|\(index - other)"
        } else if graph[operand].operation == .input {
          text += "|\(graph[operand].name)"
        } else {
          text += exact ? "|\(graph[operand].type)" : "|"
        }
      }
      let number = numbers[text] ?? numbers.count
      numbers[text] = number
      return number
    }
  }

  // MARK: Stretches

  mutating func fold(_ signatures: [Int], leastCount: Int) {
    var candidates: [Stretch] = []
    for period in 1...max(1, min(Self.longestPeriod, signatures.count / 2)) {
      var index = 0
      while index + period < signatures.count {
        let start = index
        while index + period < signatures.count, signatures[index] == signatures[index + period] {
          index += 1
        }
        let length = index - start + (index > start ? period : 0)
        // What a shorter block covers is not looked at again with twice its length.
        let isCovered = candidates.contains {
          $0.range.lowerBound <= start + $0.period
            && start + length <= $0.range.upperBound + $0.period
        }
        if !isCovered,
          let best = best(from: start, length: length, period: period, leastCount)
        {
          candidates.append(best)
        }
        index += 1
      }
    }
    // What saves most goes first, then the shorter block.
    candidates.sort { ($1.saving, $0.period, $0.start) < ($0.saving, $1.period, $1.start) }
    for candidate in candidates where !folds.contains(where: { $0.range.overlaps(candidate.range) })
    {
      folds.append(candidate)
    }
  }

  /// Where blocks of a periodic stretch best begin: where fewest values go from block to block.
  private func best(from start: Int, length: Int, period: Int, _ leastCount: Int) -> Stretch? {
    var best: (stretch: Stretch, values: Int)?
    for offset in 0..<min(period, max(0, length)) {
      let stretch = Stretch(
        start: start + offset, period: period, count: (length - offset) / period)
      guard stretch.count >= leastCount, stretch.saving >= 2 else { continue }
      let values = passedOn(stretch)
      if let best, (best.values, -best.stretch.saving) <= (values, -stretch.saving) { continue }
      if isClosed(stretch) { best = (stretch, values) }
    }
    return best?.stretch
  }

  /// Whether blocks read themselves, the block before and nothing else, the first one aside, and are
  /// read by nothing else, the last one aside.
  private func isClosed(_ stretch: Stretch) -> Bool {
    for index in stretch.range {
      let block = (index - stretch.start) / stretch.period
      let id = graph.order[index]
      if block > 0 {
        let earliest = stretch.start + (block - 1) * stretch.period
        for operand in graph[id].inputs {
          if graph[operand].operation == .input { return false }
          if let other = place[operand], other < earliest { return false }
        }
      }
      if block < stretch.count - 1 {
        if graph.isOutput(id) { return false }
        let readers = graph.users(of: id).compactMap { place[$0] }
        if readers.contains(where: { $0 >= stretch.range.upperBound }) { return false }
      }
    }
    return true
  }

  /// How many values of the first block the second reads.
  private func passedOn(_ stretch: Stretch) -> Int {
    let next = stretch.start + stretch.period
    return (stretch.start..<next).count { index in
      graph.users(of: graph.order[index]).contains { user in
        place[user].map { $0 >= next && stretch.range.contains($0) } ?? false
      }
    }
  }
}
