import Drawing
import Testing

/// Places of boxes and edges.
@Suite struct LayoutTests {
  private struct Generator {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  /// A graph in which every box but the first reads one to three before it, mostly near ones.
  private static func graph(seed: Int, boxes: Int) -> LayeredGraph {
    var generator = Generator(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15)
    var graph = LayeredGraph()
    for box in 0..<boxes {
      _ = graph.addBox(width: 20 + generator.next(120), height: 6 + generator.next(60))
      guard box > 0 else { continue }
      for _ in 0..<1 + generator.next(3) {
        let isFar = generator.next(4) == 0
        let back = 1 + generator.next(isFar ? box : min(box, 3))
        graph.addEdge(LayeredGraph.Edge(from: box - back, to: box))
      }
    }
    return graph
  }

  private func overlap(_ one: Box, _ other: Box) -> Bool {
    one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.bottom
      && other.y < one.bottom
  }

  @Test(arguments: 0..<60) func boxesAndEdgesKeepApart(_ seed: Int) throws {
    let graph = Self.graph(seed: seed, boxes: 2 + seed)
    let layout = try Layout(graph)
    #expect(layout.boxes.count == graph.sizes.count && layout.routes.count == graph.edges.count)
    for (index, box) in layout.boxes.enumerated() {
      #expect(box.width == graph.sizes[index].width && box.height == graph.sizes[index].height)
      #expect(box.x >= 0 && box.x + box.width <= layout.width && box.bottom <= layout.height)
      for other in layout.boxes[..<index] { #expect(!overlap(box, other), "\(box) \(other)") }
    }
    for (edge, route) in zip(graph.edges, layout.routes) {
      let (from, to) = (layout.boxes[edge.from], layout.boxes[edge.to])
      let (start, end) = (try #require(route.first), try #require(route.last))
      #expect(start == Point(x: from.middle, y: from.bottom))
      #expect(end.y == to.y && abs(end.x - to.middle) <= to.width / 2)
      for (upper, lower) in zip(route, route.dropFirst()) {
        #expect(upper.y < lower.y, "edges go downwards")
        let passed = Box(
          x: min(upper.x, lower.x), y: upper.y, width: abs(upper.x - lower.x) + 1,
          height: lower.y - upper.y)
        for (index, box) in layout.boxes.enumerated() where index != edge.from && index != edge.to {
          #expect(!overlap(box, passed), "edge \(edge) meets box \(index)")
        }
      }
    }
  }

  @Test func aChainIsAStraightLineAndItsShortcutPassesBeside() throws {
    var graph = LayeredGraph()
    for width in [100, 60, 140, 80] { _ = graph.addBox(width: width, height: 20) }
    for box in 0..<3 { graph.addEdge(LayeredGraph.Edge(from: box, to: box + 1)) }
    graph.addEdge(LayeredGraph.Edge(from: 0, to: 3))
    let layout = try Layout(graph)
    #expect(Set(layout.boxes.map(\.middle)).count == 1)
    #expect(Set(layout.routes[0...2].joined().map(\.x)).count == 1)
    let shortcut = layout.routes[3]
    #expect(shortcut.contains { $0.x > layout.boxes[2].x + 140 || $0.x < layout.boxes[2].x })
  }

  /// K(2,2) drawn the wrong way round is untangled.
  @Test func crossingsGoAway() throws {
    var graph = LayeredGraph()
    for _ in 0..<6 { _ = graph.addBox(width: 40, height: 20) }
    for (from, to) in [(0, 5), (1, 4), (2, 3)] {
      graph.addEdge(LayeredGraph.Edge(from: from, to: to))
    }
    let layout = try Layout(graph)
    for route in layout.routes { #expect(Set(route.map(\.x)).count == 1, "\(route)") }
  }

  @Test func firstAndLastBoxesStandAtTheEdges() throws {
    var graph = LayeredGraph()
    let entry = graph.addBox(width: 6, height: 6, rank: .first)
    let other = graph.addBox(width: 6, height: 6, rank: .first)
    let boxes = (0..<3).map { _ in graph.addBox(width: 50, height: 20) }
    let exits = (0..<2).map { _ in graph.addBox(width: 6, height: 6, rank: .last) }
    for (from, to) in [
      (entry, boxes[0]), (boxes[0], boxes[1]), (boxes[1], boxes[2]), (other, boxes[2]),
      (boxes[0], exits[0]), (boxes[2], exits[1]),
    ] {
      graph.addEdge(LayeredGraph.Edge(from: from, to: to))
    }
    let layout = try Layout(graph)
    #expect(layout.boxes[entry].y == 0 && layout.boxes[other].y == 0)
    #expect(layout.boxes[exits[0]].y == layout.boxes[exits[1]].y)
    #expect(layout.boxes[exits[0]].y > layout.boxes[boxes[2]].y)
  }

  @Test func anEmptyGraphHasNoSize() throws {
    let layout = try Layout(LayeredGraph())
    #expect(layout.width == 0 && layout.height == 0)
  }

  /// Lines across thousands of ranks are refused before they take all memory.
  @Test func whatIsTooLargeIsRefused() throws {
    var graph = LayeredGraph()
    for box in 0..<2000 {
      _ = graph.addBox(width: 10, height: 10)
      if box > 0 { graph.addEdge(LayeredGraph.Edge(from: box - 1, to: box)) }
    }
    for box in 0..<1000 { graph.addEdge(LayeredGraph.Edge(from: box, to: 1999)) }
    #expect(throws: TooLargeToDraw.self) { try Layout(graph) }
  }
}
