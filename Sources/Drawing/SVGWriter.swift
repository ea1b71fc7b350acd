/// Writes pictures as SVG elements; `GraphDrawing.style` has the classes.
struct SVGWriter {
  private(set) var text = ""

  mutating func write(_ picture: Picture, at origin: Point) {
    for (index, item) in picture.scene.items.enumerated() {
      guard case .stack(let stack) = item, let inner = picture.inner[index] else { continue }
      let box = picture.layout.boxes[index].moved(by: origin)
      text += "<rect class=\"g\" \(box.attributes) rx=\"8\"/>"
      text += line("n b", box.x + 10, box.y + 15, stack.title) + "\n"
      // What passes through a stack is drawn up to its sides.
      for dot in stack.entries {
        let place = inner.picture.layout.boxes[dot].moved(by: inner.origin).moved(by: box.corner)
        text += "<path class=\"e\" d=\"M\(place.middle) \(box.y)V\(place.y)\"/>\n"
      }
      for dot in stack.exits {
        let place = inner.picture.layout.boxes[dot].moved(by: inner.origin).moved(by: box.corner)
        text += "<path class=\"e\" d=\"M\(place.middle) \(place.bottom)V\(box.bottom)\"/>\n"
      }
      write(inner.picture, at: Point(x: box.x + inner.origin.x, y: box.y + inner.origin.y))
    }
    writeEdges(picture, origin)
    for (index, item) in picture.scene.items.enumerated() {
      let box = picture.layout.boxes[index].moved(by: origin)
      switch item {
      case .card(let card): write(card, box)
      case .dot:
        let radius = box.width / 2
        text +=
          "<circle class=\"d\" cx=\"\(box.middle)\" cy=\"\(box.y + radius)\" r=\"\(radius)\"/>\n"
      case .stack: break
      }
    }
    writeLabels(picture, origin)
  }

  private mutating func write(_ card: Card, _ box: Box) {
    text += "<g><title>\(escaped(card.details))</title>"
    text += "<rect class=\"\(card.kind.rawValue)\" \(box.attributes) rx=\"5\"/>"
    text += line("n", box.middle, box.y + 16, card.shownName)
    text += line("o", box.middle, box.y + 30, card.shownOperation)
    for place in card.partPlaces(box.width) {
      let pill = Box(x: box.x + place.x, y: box.y + 37, width: place.width, height: 14)
      text += "<rect class=\"x\" \(pill.attributes) rx=\"7\"/>"
      text += line("p", pill.x + pill.width / 2, pill.y + 10, place.part)
    }
    text += "</g>\n"
  }

  private func line(_ name: String, _ x: Int, _ y: Int, _ content: String) -> String {
    "<text class=\"\(name)\" x=\"\(x)\" y=\"\(y)\">\(escaped(content))</text>"
  }

  /// A path for all lines, one for those of values that pass a rank, which are mostly shortcuts and have a
  /// colour of their own, and one for what they end in. What lines of one value share is drawn once.
  private mutating func writeEdges(_ picture: Picture, _ origin: Point) {
    struct Piece: Hashable {
      var from: Point
      var to: Point
    }
    var drawn: Set<Piece> = []
    var lines = ""
    var passing = ""
    var ends = ""
    for (edge, route) in zip(picture.scene.edges, picture.layout.routes) {
      let points = route.map { Point(x: $0.x + origin.x, y: $0.y + origin.y) }
      var path = ""
      var pen: Point?
      for (from, to) in zip(points, points.dropFirst()) {
        guard drawn.insert(Piece(from: from, to: to)).inserted else { continue }
        if pen != from { path += "M\(from.x) \(from.y)" }
        if from.x == to.x {
          path += "V\(to.y)"
        } else {
          let middle = (from.y + to.y) / 2
          path += "C\(from.x) \(middle) \(to.x) \(middle) \(to.x) \(to.y)"
        }
        pen = to
      }
      if points.count > 3 { passing += path } else { lines += path }
      if case .dot = picture.scene.items[edge.to] { continue }
      guard let end = points.last else { continue }
      ends += "M\(end.x) \(end.y)l-3-6h6z"
    }
    for (name, path) in [("e", lines), ("e k", passing), ("a", ends)] where !path.isEmpty {
      text += "<path class=\"\(name)\" d=\"\(path)\"/>\n"
    }
  }

  /// The shape of every value that is read, where it leaves: at the side where fewer lines are.
  private mutating func writeLabels(_ picture: Picture, _ origin: Point) {
    struct Port: Hashable {
      var item: Int
      var exit: Int
    }
    let bends = Bends(picture.layout.routes)
    var right = ""
    var left = ""
    var written: Set<Port> = []
    for (edge, route) in zip(picture.scene.edges, picture.layout.routes) {
      let exit = edge.exit ?? 0
      guard let labels = picture.scene.labels[edge.from], let start = route.first,
        written.insert(Port(item: edge.from, exit: exit)).inserted
      else { continue }
      let label = labels[exit]
      let bottom = route.dropFirst().prefix { $0.x == start.x }.first?.y ?? start.y
      let isLeft = bends.preferLeft(
        of: start.x, near: [start.y, bottom], width: Measures.width(of: label, Measures.part))
      let place = Point(x: start.x + origin.x + (isLeft ? -5 : 5), y: start.y + origin.y + 13)
      let element = "<text x=\"\(place.x)\" y=\"\(place.y)\">\(escaped(label))</text>"
      if isLeft { left += element } else { right += element }
    }
    for (name, elements) in [("s", right), ("s l", left)] where !elements.isEmpty {
      text += "<g class=\"\(name)\">\(elements)</g>\n"
    }
  }
}

/// Where lines move sideways, by where they begin to.
private struct Bends {
  private var sides: [Int: [(from: Int, to: Int)]] = [:]

  init(_ routes: [[Point]]) {
    for route in routes {
      for (from, to) in zip(route, route.dropFirst()) where from.x != to.x {
        sides[from.y, default: []].append((from.x, to.x))
      }
    }
  }

  /// Whether more lines are at the right of a place than at its left.
  func preferLeft(of x: Int, near rows: [Int], width: Int) -> Bool {
    var (left, right) = (0, 0)
    for row in rows {
      for bend in sides[row] ?? [] {
        if max(bend.from, bend.to) > x, min(bend.from, bend.to) < x + width { right += 1 }
        if min(bend.from, bend.to) < x, max(bend.from, bend.to) > x - width { left += 1 }
      }
    }
    return right > left
  }
}

extension Box {
  fileprivate var corner: Point { Point(x: x, y: y) }

  fileprivate func moved(by offset: Point) -> Box {
    Box(x: x + offset.x, y: y + offset.y, width: width, height: height)
  }

  fileprivate var attributes: String {
    "x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\""
  }
}
