/// Horizontal places of the items of ordered ranks.
///
/// Items that ought to stand in one line are joined to *columns* first: the dummies of a chain, then a
/// box and its first reader, as far as no two such lines cross (after Brandes and Köpf, "Fast and
/// Simple Horizontal Coordinate Assignment", 2001). Columns are then packed to the left, and each is
/// moved towards what it is linked with as far as its neighbours let it.
struct Columns {
  private let ranks: Ranks
  private let spacing: Spacing
  private let widths: [Int]
  /// The column of every item.
  private var columnOf: [Int]
  private var count = 0
  /// The least distances to the columns at the left and at the right.
  private var left: [[(column: Int, distance: Int)]] = []
  private var right: [[(column: Int, distance: Int)]] = []
  private var middles: [Int] = []

  /// The middle of every item, the leftmost edge of all being 0.
  static func middles(_ ranks: Ranks, widths: [Int], spacing: Spacing) -> [Int] {
    var columns = Columns(ranks, widths, spacing)
    columns.join()
    columns.separate()
    columns.pack()
    columns.relax()
    let middles = ranks.rankOf.indices.map { columns.middles[columns.columnOf[$0]] }
    let edge = middles.indices.map { middles[$0] - columns.width($0) / 2 }.min() ?? 0
    return middles.map { $0 - edge }
  }

  private init(_ ranks: Ranks, _ widths: [Int], _ spacing: Spacing) {
    self.ranks = ranks
    self.widths = widths
    self.spacing = spacing
    columnOf = Array(ranks.rankOf.indices)
  }

  private func width(_ item: Int) -> Int { ranks.isDummy(item) ? 0 : widths[item] }

  // MARK: Columns

  private mutating func join() {
    var place = columnOf
    for row in ranks.rows { for (index, item) in row.enumerated() { place[item] = index } }
    var candidates = [[Ranks.Link]](repeating: [], count: ranks.rows.count)
    for link in ranks.links { candidates[ranks.rankOf[link.upper]].append(link) }
    var next = [Int?](repeating: nil, count: columnOf.count)
    for row in candidates {
      var chosen: [Ranks.Link] = []
      for wanted in 0..<3 {
        for link in row where priority(link) == wanted {
          let index = chosen.firstIndexAtOrAfter { place[$0.upper] >= place[link.upper] }
          let fitsLeft = index == 0 || place[chosen[index - 1].lower] < place[link.lower]
          let fitsRight =
            index == chosen.count
            || place[chosen[index].upper] > place[link.upper]
              && place[chosen[index].lower] > place[link.lower]
          if fitsLeft && fitsRight { chosen.insert(link, at: index) }
        }
      }
      for link in chosen { next[link.upper] = link.lower }
    }
    columnOf = [Int](repeating: -1, count: columnOf.count)
    for item in ranks.rows.joined() where columnOf[item] < 0 {
      var member: Int? = item
      while let current = member {
        columnOf[current] = count
        member = next[current]
      }
      count += 1
    }
  }

  /// Lines that pass go straight before all else, then boxes stand below each other.
  private func priority(_ link: Ranks.Link) -> Int {
    switch (ranks.isDummy(link.upper), ranks.isDummy(link.lower)) {
    case (true, true): 0
    case (false, false): 1
    default: 2
    }
  }

  // MARK: Places

  private mutating func separate() {
    left = Array(repeating: [], count: count)
    right = left
    for row in ranks.rows {
      for (one, other) in zip(row, row.dropFirst()) {
        let isLine = ranks.isDummy(one) || ranks.isDummy(other)
        let gap = isLine ? spacing.lines : spacing.columns
        let distance = width(one) / 2 + width(other) / 2 + gap
        right[columnOf[one]].append((columnOf[other], distance))
        left[columnOf[other]].append((columnOf[one], distance))
      }
    }
  }

  /// Columns from left to right: each after all that stand left of it in any rank.
  private func leftToRight() -> [Int] {
    var missing = left.map(\.count)
    var order = missing.indices.filter { missing[$0] == 0 }
    var index = 0
    while index < order.count {
      for (other, _) in right[order[index]] {
        missing[other] -= 1
        if missing[other] == 0 { order.append(other) }
      }
      index += 1
    }
    precondition(order.count == count, "columns cross")
    return order
  }

  private mutating func pack() {
    middles = [Int](repeating: 0, count: count)
    for column in leftToRight() {
      for (other, distance) in left[column] {
        middles[column] = max(middles[column], middles[other] + distance)
      }
    }
  }

  private mutating func relax() {
    var pulls: [[(column: Int, weight: Int)]] = Array(repeating: [], count: count)
    for link in ranks.links {
      let (upper, lower) = (columnOf[link.upper], columnOf[link.lower])
      guard upper != lower else { continue }
      let weight = priority(link) == 1 ? 4 : 1
      pulls[upper].append((lower, weight))
      pulls[lower].append((upper, weight))
    }
    let order = leftToRight()
    for round in 0..<32 {
      // From the right first: packed columns can move to the right only after those beside them.
      for column in round % 2 == 0 ? order.reversed() : order where !pulls[column].isEmpty {
        let weight = pulls[column].reduce(0) { $0 + $1.weight }
        let sum = pulls[column].reduce(0) { $0 + $1.weight * middles[$1.column] }
        let low = left[column].map { middles[$0.column] + $0.distance }.max() ?? .min
        let high = right[column].map { middles[$0.column] - $0.distance }.min() ?? .max
        middles[column] = max(low, min(high, sum / weight))
      }
    }
  }
}

extension [Ranks.Link] {
  /// The first index from which on a condition holds, by bisection.
  fileprivate func firstIndexAtOrAfter(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
