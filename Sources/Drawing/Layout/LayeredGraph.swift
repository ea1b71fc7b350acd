/// Boxes and what connects them, without places.
public struct LayeredGraph: Sendable {
  /// A connection. Connections lead from a box to a later one, which makes cycles impossible.
  public struct Edge: Hashable, Sendable {
    public var from: Int
    public var to: Int
    /// Where the edge leaves and reaches the boxes, from the middle of their width; the layout's
    /// choice where nil.
    public var leaving: Int?
    public var arriving: Int?

    /// Creates an edge.
    public init(from: Int, to: Int, leaving: Int? = nil, arriving: Int? = nil) {
      self.from = from
      self.to = to
      self.leaving = leaving
      self.arriving = arriving
    }
  }

  /// In which rank a box stands.
  public enum Rank: Hashable, Sendable {
    /// Below what leads to it.
    case free
    /// Above all others, or below them.
    case first, last
  }

  /// Width and height of every box, in pixels; widths are even, so that middles are whole.
  public private(set) var sizes: [(width: Int, height: Int)] = []
  public private(set) var ranks: [Rank] = []
  public private(set) var edges: [Edge] = []

  /// Creates an empty graph.
  public init() {}

  /// Adds a box and gives its number.
  public mutating func addBox(width: Int, height: Int, rank: Rank = .free) -> Int {
    sizes.append((width + width % 2, height))
    ranks.append(rank)
    return sizes.count - 1
  }

  /// Adds a connection.
  ///
  /// - Precondition: it leads to a later box, neither to a first nor from a last one.
  public mutating func addEdge(_ edge: Edge) {
    precondition(edge.from < edge.to && edge.to < sizes.count, "\(edge) does not lead on")
    precondition(ranks[edge.to] != .first && ranks[edge.from] != .last, "\(edge) leads upwards")
    edges.append(edge)
  }
}

/// A place, x to the right and y downwards.
public struct Point: Hashable, Sendable {
  public var x: Int
  public var y: Int

  /// Creates a place.
  public init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// A rectangle with its sides along the axes.
public struct Box: Hashable, Sendable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  /// Creates a rectangle from its upper left corner and its size.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The middle of its width.
  public var middle: Int { x + width / 2 }
  /// The first row below it.
  public var bottom: Int { y + height }
}

/// A graph with places for everything.
public struct Layout: Sendable {
  /// One per box of the graph.
  public var boxes: [Box]
  /// One per edge: from the bottom of a box down to the top of another. Between two points with one x
  /// it runs straight; elsewhere no box is near and it may curve.
  public var routes: [[Point]]
  public var width: Int
  public var height: Int
}

/// How much space a layout leaves.
public struct Spacing: Sendable {
  /// Between boxes side by side.
  public var columns = 24
  /// Between a box and a line that passes it, or two such lines.
  public var lines = 16
  /// Between one rank and the next.
  public var ranks = 36

  /// Creates the usual spacing.
  public init() {}
}
