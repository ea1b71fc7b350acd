extension Ranks {
  /// Orders every rank so that few links cross: sweeps down and up, each rank by the mean place of
  /// the neighbours in the rank before (the barycentre), as long as that gets better.
  mutating func reduceCrossings() {
    var neighbours = Neighbours(self)
    rows = neighbours.depthFirstRows(self)
    var best = (rows: rows, crossings: crossings(neighbours))
    var failures = 0
    for sweep in 0..<24 where best.crossings > 0 && failures < 6 {
      neighbours.sweep(&rows, down: sweep % 2 == 0)
      let count = crossings(neighbours)
      failures = count < best.crossings ? 0 : failures + 1
      if count < best.crossings { best = (rows, count) }
    }
    rows = best.rows
  }

  /// How many pairs of links cross.
  private func crossings(_ neighbours: Neighbours) -> Int {
    var place = [Int](repeating: 0, count: rankOf.count)
    for row in rows { for (index, item) in row.enumerated() { place[item] = index } }
    var total = 0
    for (upper, lower) in zip(rows, rows.dropFirst()) {
      // Links from left to right; a Fenwick tree counts those seen that end further right.
      var tree = [Int](repeating: 0, count: lower.count + 1)
      var seen = 0
      for item in upper {
        let ends = neighbours.below[item].map { place[$0] }
        for end in ends {
          var (index, notAfter) = (end + 1, 0)
          while index > 0 {
            notAfter += tree[index]
            index -= index & -index
          }
          total += seen - notAfter
        }
        for end in ends {
          var index = end + 1
          while index <= lower.count {
            tree[index] += 1
            index += index & -index
          }
          seen += 1
        }
      }
    }
    return total
  }
}

/// The items above and below each item.
private struct Neighbours {
  private(set) var above: [[Int]]
  private(set) var below: [[Int]]

  init(_ ranks: Ranks) {
    above = [[Int]](repeating: [], count: ranks.rankOf.count)
    below = above
    for link in ranks.links {
      above[link.lower].append(link.upper)
      below[link.upper].append(link.lower)
    }
  }

  /// Rows in the order in which a walk along the links meets the items: what belongs together is near.
  func depthFirstRows(_ ranks: Ranks) -> [[Int]] {
    var rows = [[Int]](repeating: [], count: ranks.rows.count)
    var seen = [Bool](repeating: false, count: ranks.rankOf.count)
    for start in ranks.rows.joined() where above[start].isEmpty {
      var stack = [start]
      while let item = stack.popLast() {
        guard !seen[item] else { continue }
        seen[item] = true
        rows[ranks.rankOf[item]].append(item)
        stack += below[item].reversed()
      }
    }
    return rows
  }

  mutating func sweep(_ rows: inout [[Int]], down: Bool) {
    var place = [Double](repeating: 0, count: above.count)
    func note(_ row: [Int]) {
      for (index, item) in row.enumerated() { place[item] = Double(index) }
    }
    let order = down ? Array(rows.indices) : rows.indices.reversed()
    for (step, rank) in order.enumerated() {
      if step > 0 {
        let keys = rows[rank].enumerated().map { index, item in
          let others = down ? above[item] : below[item]
          let sum = others.reduce(0) { $0 + place[$1] }
          return (others.isEmpty ? Double(index) : sum / Double(others.count), index, item)
        }
        rows[rank] = keys.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
      }
      note(rows[rank])
    }
  }
}
