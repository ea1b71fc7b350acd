extension Layout {
  /// Arranges a graph in ranks from top to bottom, the same every time.
  ///
  /// Boxes do not overlap, and edges pass no box: they run straight down through ranks and move
  /// sideways between them.
  ///
  /// - Throws: where edges are so long that nobody could follow them.
  public init(
    _ graph: LayeredGraph, spacing: Spacing = Spacing(), maximumDummies: Int = 1 << 18
  ) throws(TooLargeToDraw) {
    var ranks = try Ranks(graph, maximumDummies: maximumDummies)
    ranks.reduceCrossings()
    let widths = graph.sizes.map(\.width)
    let middles = Columns.middles(ranks, widths: widths, spacing: spacing)
    let rows = ranks.rows.map { row in
      row.map { ranks.isDummy($0) ? 0 : graph.sizes[$0].height }.max() ?? 0
    }
    var tops = [0]
    for height in rows { tops.append(tops[tops.count - 1] + height + spacing.ranks) }
    boxes = graph.sizes.indices.map { box in
      let size = graph.sizes[box]
      return Box(
        x: middles[box] - size.width / 2, y: tops[ranks.rankOf[box]], width: size.width,
        height: size.height)
    }
    let arrivals = Self.arrivals(graph, ranks, middles)
    routes = []
    for (index, edge) in graph.edges.enumerated() {
      let path = ranks.items(along: edge)
      let start = middles[edge.from] + (edge.leaving ?? 0)
      var route = [Point(x: start, y: boxes[edge.from].bottom)]
      let end = tops[ranks.rankOf[edge.from]] + rows[ranks.rankOf[edge.from]]
      if end > boxes[edge.from].bottom { route.append(Point(x: start, y: end)) }
      for item in path.dropFirst().dropLast() {
        let rank = ranks.rankOf[item]
        route.append(Point(x: middles[item], y: tops[rank]))
        if rows[rank] > 0 { route.append(Point(x: middles[item], y: tops[rank] + rows[rank])) }
      }
      route.append(Point(x: middles[edge.to] + arrivals[index], y: boxes[edge.to].y))
      routes.append(route)
    }
    width = max(
      boxes.map { $0.x + $0.width }.max() ?? 0, routes.joined().map(\.x).max() ?? 0)
    height = boxes.map(\.bottom).max() ?? 0
  }

  /// Where edges reach their boxes, from the middle: one that comes from right above goes to the
  /// middle, the others beside it in the order in which they come.
  private static func arrivals(
    _ graph: LayeredGraph, _ ranks: Ranks, _ middles: [Int]
  ) -> [Int] {
    var result = graph.edges.map { $0.arriving ?? 0 }
    var arriving = [[(from: Int, edge: Int)]](repeating: [], count: graph.sizes.count)
    for (index, edge) in graph.edges.enumerated() where edge.arriving == nil {
      let path = ranks.items(along: edge)
      let last = middles[path[path.count - 2]] + (path.count == 2 ? edge.leaving ?? 0 : 0)
      arriving[edge.to].append((last - middles[edge.to], index))
    }
    for (box, edges) in arriving.enumerated() where edges.count > 1 {
      let sorted = edges.sorted { ($0.from, $0.edge) < ($1.from, $1.edge) }
      // The one that comes nearest to the middle has it.
      let centre = sorted.indices.min { abs(sorted[$0].from) < abs(sorted[$1].from) } ?? 0
      let most = max(centre, sorted.count - 1 - centre)
      let pitch = min(14, (graph.sizes[box].width / 2 - 4) / max(1, most))
      for (index, entry) in sorted.enumerated() { result[entry.edge] = (index - centre) * pitch }
    }
    return result
  }
}
