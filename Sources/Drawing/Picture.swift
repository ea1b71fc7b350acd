import GraphIR

/// A scene with a size and a place for everything in it.
struct Picture {
  let scene: Scene
  let layout: Layout
  /// The pictures inside stacks, by item, with their places in the stack.
  let inner: [Int: (picture: Picture, origin: Point)]

  /// - Throws: where nobody could look at it.
  init(_ scene: Scene) throws(TooLargeToDraw) {
    var graph = LayeredGraph()
    var inner: [Int: (picture: Picture, origin: Point)] = [:]
    for (index, item) in scene.items.enumerated() {
      switch item {
      case .card(let card):
        // A shape beside the line that leaves ends before the next line.
        let labels = scene.labels[index] ?? []
        let label = labels.map { Measures.width(of: $0, Measures.part) }.max() ?? 0
        _ = graph.addBox(width: max(card.width, 2 * label - 16), height: card.height)
      case .dot(let isEntry):
        _ = graph.addBox(
          width: Measures.dot, height: Measures.dot, rank: isEntry ? .first : .last)
      case .stack(let stack):
        let picture = try Picture(stack.scene)
        // The first value enters in the middle, so that the line stays straight.
        let centre = stack.entries.first.map { picture.layout.boxes[$0].middle } ?? 0
        let reach = max(centre, picture.layout.width - centre) + Measures.stackMargin
        let half = max(reach, Measures.width(of: stack.title, Measures.title) + 16)
        _ = graph.addBox(
          width: 2 * half, height: picture.layout.height + Measures.header + Measures.stackMargin)
        inner[index] = (picture, Point(x: half - centre, y: Measures.header))
      }
    }
    for edge in scene.edges {
      func port(_ item: Int, _ dot: (Scene.Stack) -> Int?) -> Int? {
        guard case .stack(let stack) = scene.items[item], let place = inner[item],
          let dot = dot(stack)
        else { return nil }
        return place.origin.x + place.picture.layout.boxes[dot].middle - graph.sizes[item].width / 2
      }
      graph.addEdge(
        LayeredGraph.Edge(
          from: edge.from, to: edge.to,
          leaving: port(edge.from) { stack in edge.exit.map { stack.exits[$0] } },
          arriving: port(edge.to) { stack in edge.entry.map { stack.entries[$0] } }))
    }
    layout = try Layout(graph)
    self.scene = scene
    self.inner = inner
  }
}

/// Sizes in pixels that drawing and measuring share. Letters are of a font in which all are equally
/// wide, since nobody knows the reader's fonts.
enum Measures {
  static let title = 11
  static let text = 10
  static let part = 9
  static let dot = 6
  /// The title of a stack.
  static let header = 24
  static let stackMargin = 14
  static let leastCard = 116
  /// The most letters of a name that are drawn.
  static let nameLimit = 44
  static let margin = 16

  /// The width of a text, an overestimate for usual letters.
  static func width(of text: String, _ size: Int) -> Int {
    let cells = text.unicodeScalars.reduce(0) { count, scalar in
      let isUsual = scalar.value < 0x1100 || (0x2000..<0x2e80).contains(scalar.value)
      return count + (isUsual ? 1 : 2)
    }
    return (cells * size * 61 + 99) / 100
  }
}

extension Card {
  /// The name as it is drawn: its end where it is long, since that tells neighbours apart.
  var shownName: String {
    name.count <= Measures.nameLimit ? name : "…" + name.suffix(Measures.nameLimit - 1)
  }

  /// The second line.
  var shownOperation: String {
    let text = channels.isEmpty ? operation : "\(operation) \(channels)"
    return text.count <= Measures.nameLimit ? text : text.prefix(Measures.nameLimit - 1) + "…"
  }

  /// Places of the parts, from the left side of a card so wide.
  func partPlaces(_ width: Int) -> [(part: String, x: Int, width: Int)] {
    var places: [(part: String, x: Int, width: Int)] = []
    var x = 0
    for part in parts {
      let width = Measures.width(of: part, Measures.part) + 8
      places.append((part, x, width))
      x += width + 4
    }
    let start = (width - max(0, x - 4)) / 2
    return places.map { ($0.part, $0.x + start, $0.width) }
  }

  /// The least width that shows everything.
  var width: Int {
    let row = parts.reduce(0) { $0 + Measures.width(of: $1, Measures.part) + 12 } - 4
    let widest =
      [
        Measures.width(of: shownName, Measures.title),
        Measures.width(of: shownOperation, Measures.text), row,
      ].max() ?? 0
    let width = max(Measures.leastCard, widest + 16)
    return width + width % 2
  }

  var height: Int { parts.isEmpty ? 38 : 56 }
}
