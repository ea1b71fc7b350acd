import GraphIR

/// What a picture of a graph shows, without places.
struct Scene {
  indirect enum Item {
    case card(Card)
    /// A block that repeats, drawn once.
    case stack(Stack)
    /// Where a value enters a stack (first) or leaves it.
    case dot(isEntry: Bool)
  }

  struct Stack {
    /// What stands above it: `5 × layer1.1…5`.
    var title: String
    var scene: Scene
    /// The items of the scene where values enter, and where they leave.
    var entries: [Int]
    var exits: [Int]
  }

  struct Edge {
    var from: Int
    var to: Int
    /// The index of the value among those that leave a stack, and among those that enter one.
    var exit: Int?
    var entry: Int?
  }

  var items: [Item] = []
  var edges: [Edge] = []
  /// What is written where a value leaves an item, by item and exit.
  var labels: [Int: [String]] = [:]

  /// The scene of a graph, with what repeats in stacks.
  init(_ graph: Graph) {
    var builder = SceneBuilder(graph: graph)
    builder.addInputs()
    for section in Section.sections(of: graph) {
      switch section {
      case .node(let id): builder.add(id, Card(id, in: graph), graph[id].type.extents)
      case .stack(let blocks): builder.add(blocks)
      }
    }
    builder.addOutputs()
    self = builder.scene
  }

  fileprivate init() {}
}

private struct SceneBuilder {
  let graph: Graph
  var scene = Scene()
  /// Where a value is in the scene.
  var sources: [NodeID: (item: Int, exit: Int?)] = [:]

  mutating func addInputs() {
    for input in graph.inputs {
      let node = graph[input.node]
      add(input.node, Card(input.node, in: graph), node.type.extents)
    }
  }

  mutating func addOutputs() {
    for output in graph.outputs {
      scene.items.append(
        .card(
          Card(kind: .end, name: output.name, operation: "output", details: "output \(output.name)")
        ))
      connect(output.node, to: scene.items.count - 1)
    }
  }

  mutating func add(_ id: NodeID, _ card: Card, _ label: String) {
    if let (item, both) = chained(id, card) {
      scene.items[item] = .card(both)
      scene.labels[item] = [label]
      sources[id] = (item, nil)
      return
    }
    let item = scene.items.count
    scene.items.append(.card(card))
    scene.labels[item] = [label]
    for operand in graph[id].inputs { connect(operand, to: item) }
    sources[id] = (item, nil)
  }

  /// The item of the operation whose result an operation of one value reads alone, and the card of both.
  private func chained(_ id: NodeID, _ card: Card) -> (item: Int, card: Card)? {
    let operands = Set(graph[id].inputs.filter { sources[$0] != nil })
    guard operands.count == 1, let operand = operands.first, graph.users(of: operand) == [id],
      !graph.isOutput(operand), let item = sources[operand]?.item,
      case .card(let first) = scene.items[item], let both = first.followed(by: card)
    else { return nil }
    return (item, both)
  }

  /// Draws an edge, unless the value is a constant, which is not drawn.
  mutating func connect(_ operand: NodeID, to item: Int, entry: Int? = nil) {
    guard let source = sources[operand] else { return }
    scene.edges.append(
      Scene.Edge(from: source.item, to: item, exit: source.exit, entry: entry))
  }

  mutating func add(_ blocks: [[NodeID]]) {
    let (first, last) = (blocks[0], blocks[blocks.count - 1])
    let members = Set(first)
    var inner = SceneBuilder(graph: graph)
    var entering: [NodeID] = []
    for id in first {
      for operand in graph[id].inputs where sources[operand] != nil && !members.contains(operand) {
        if !entering.contains(operand) { entering.append(operand) }
      }
    }
    for (index, operand) in entering.enumerated() {
      inner.scene.items.append(.dot(isEntry: true))
      inner.sources[operand] = (index, nil)
    }
    let prefixes = blocks.map { block in
      block.count == 1 ? "" : commonPrefix(block.map { graph[$0].name })
    }
    for (one, other) in zip(first, last) {
      var card = Card(one, in: graph).merged(with: Card(other, in: graph))
      if !prefixes[0].isEmpty {
        let name = graph[one].name.dropFirst(prefixes[0].count).drop { $0 == "." }
        card.name = name.isEmpty ? "·" : String(name)
      }
      inner.add(one, card, merge(graph[one].type.extents, graph[other].type.extents))
    }
    let lastMembers = Set(last)
    var exits: [Int] = []
    let item = scene.items.count
    for (one, other) in zip(first, last) {
      let isRead = graph.users(of: other).contains { !lastMembers.contains($0) }
      guard isRead || graph.isOutput(other) else { continue }
      sources[other] = (item, exits.count)
      scene.labels[item, default: []].append(graph[other].type.extents)
      inner.scene.items.append(.dot(isEntry: false))
      exits.append(inner.scene.items.count - 1)
      inner.connect(one, to: inner.scene.items.count - 1)
    }
    let range =
      prefixes[0].isEmpty ? "" : " \(merge(prefixes[0], prefixes[blocks.count - 1]))"
    scene.items.append(
      .stack(
        Scene.Stack(
          title: "\(blocks.count) ×\(range)", scene: inner.scene,
          entries: Array(entering.indices), exits: exits)))
    for (index, operand) in entering.enumerated() { connect(operand, to: item, entry: index) }
  }

  /// What dotted names begin with, without the last dot.
  private func commonPrefix(_ names: [String]) -> String {
    guard var common = names.first?.split(separator: ".")[...] else { return "" }
    for name in names.dropFirst() {
      let parts = name.split(separator: ".")
      let count = zip(common, parts).prefix { $0 == $1 }.count
      common = common.prefix(count)
    }
    return common.joined(separator: ".")
  }
}
