/// The boxes of a graph in ranks, with the lines that pass ranks as boxes of no width.
///
/// A box stands one rank below the lowest that leads to it (the longest path); a box that nothing
/// leads to stands right above its first reader. An edge over several ranks becomes a chain of
/// *dummies*, one per rank, and all edges of a box share one chain (Sugiyama, Tagawa and Toda,
/// "Methods for Visual Understanding of Hierarchical System Structures", 1981).
struct Ranks {
  /// A connection from one rank to the next.
  struct Link: Hashable {
    var upper: Int
    var lower: Int
  }

  let boxCount: Int
  /// The rank of every item: of the boxes, then of the dummies.
  private(set) var rankOf: [Int]
  /// The items of every rank, from left to right.
  var rows: [[Int]]
  /// Each once, in order of the edges.
  private(set) var links: [Link] = []
  /// Per box, its dummies from the rank below it downwards.
  private(set) var chains: [[Int]]

  /// - Parameter maximumDummies: the most dummies that are made.
  /// - Throws: where there would be more.
  init(_ graph: LayeredGraph, maximumDummies: Int) throws(TooLargeToDraw) {
    boxCount = graph.sizes.count
    rankOf = Self.longestPaths(graph)
    chains = [[Int]](repeating: [], count: boxCount)
    var depth = [Int](repeating: 0, count: boxCount)
    for edge in graph.edges {
      depth[edge.from] = max(depth[edge.from], rankOf[edge.to] - rankOf[edge.from] - 1)
    }
    guard depth.reduce(0, +) <= maximumDummies else { throw TooLargeToDraw() }
    for box in 0..<boxCount {
      for step in 0..<depth[box] {
        chains[box].append(rankOf.count)
        rankOf.append(rankOf[box] + 1 + step)
      }
    }
    rows = [[Int]](repeating: [], count: (rankOf.max() ?? -1) + 1)
    for item in rankOf.indices { rows[rankOf[item]].append(item) }
    var seen: Set<Link> = []
    for edge in graph.edges {
      let path = items(along: edge)
      for (upper, lower) in zip(path, path.dropFirst()) {
        let link = Link(upper: upper, lower: lower)
        if seen.insert(link).inserted { links.append(link) }
      }
    }
  }

  /// What an edge passes: its first box, dummies, its last box.
  func items(along edge: LayeredGraph.Edge) -> [Int] {
    [edge.from] + chains[edge.from].prefix(rankOf[edge.to] - rankOf[edge.from] - 1) + [edge.to]
  }

  /// Whether the item stands for a line that passes.
  func isDummy(_ item: Int) -> Bool { item >= boxCount }

  private static func longestPaths(_ graph: LayeredGraph) -> [Int] {
    let count = graph.sizes.count
    var ranks = [Int](repeating: 0, count: count)
    var first = [Int](repeating: .max, count: count)
    var hasOperands = [Bool](repeating: false, count: count)
    // Boxes stand in an order of execution, so that one pass sees every box after its operands.
    var leaving = [[Int]](repeating: [], count: count)
    for edge in graph.edges {
      leaving[edge.from].append(edge.to)
      hasOperands[edge.to] = true
    }
    for box in 0..<count {
      for reader in leaving[box] { ranks[reader] = max(ranks[reader], ranks[box] + 1) }
    }
    for box in 0..<count {
      for reader in leaving[box] { first[box] = min(first[box], ranks[reader]) }
      let isFree = graph.ranks[box] == .free && !hasOperands[box]
      if isFree, first[box] != .max { ranks[box] = first[box] - 1 }
    }
    let last = ranks.max() ?? 0
    for box in 0..<count where graph.ranks[box] == .last { ranks[box] = last }
    return ranks
  }
}

/// A graph has more boxes or longer lines than anybody could look at.
public struct TooLargeToDraw: Error {
  /// Creates the error.
  public init() {}
}
