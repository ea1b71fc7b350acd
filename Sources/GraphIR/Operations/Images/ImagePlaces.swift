/// Where the images of a batch lie in a value.
public enum ImagePlace: Equatable, Sendable {
  /// Nowhere: the value is the same whatever the images are.
  case shared
  /// Along an axis, one image after the other, each with as many entries as the others.
  case axis(Int)
  /// An element depends on several images, or it is not known on which.
  case mixed
}

/// Where the images of a batch lie in every value of a graph: whether it computes each image by
/// itself.
///
/// Shapes tell where images lie once their number is a factor that nothing else has: give the graph
/// of a model for a large prime number of images, and the graph of the same model for another
/// number to compare with. What differs between the two depends on the number of images. What is
/// not understood counts as mixed.
public struct ImagePlaces: Sendable {
  let graph: Graph
  /// The graph for another number of images; nil where the model fixes it.
  let other: Graph?
  /// How many images there are; at least 2.
  let images: Int
  private var places: [NodeID: ImagePlace] = [:]

  /// Finds the images of a graph.
  ///
  /// - Parameters:
  ///   - graph: for `images` images.
  ///   - images: at least 2.
  ///   - other: the same model for another number of images, whose inputs with another first extent
  ///     hold the images; where nil, the inputs whose first extent is `images` do.
  public init(in graph: Graph, images: Int, comparedWith other: Graph? = nil) {
    precondition(images >= 2, "\(images) images")
    self.graph = graph
    self.other = other
    self.images = images
    for (index, input) in graph.inputs.enumerated() {
      places[input.node] = place(ofInput: index)
    }
    for id in graph.constants { places[id] = place(ofConstant: id) }
    for id in graph.order { places[id] = place(of: id) }
  }

  /// Where the images of a node's value lie.
  public subscript(id: NodeID) -> ImagePlace { places[id] ?? .mixed }

  private func place(ofInput index: Int) -> ImagePlace {
    let shape = graph[graph.inputs[index].node].type.shape
    guard let other else { return shape.first == images ? .axis(0) : .shared }
    guard other.inputs.count == graph.inputs.count else { return .mixed }
    switch differingAxes(shape, other[other.inputs[index].node].type.shape) {
    case []: return .shared
    case [0]: return shape[0] == images ? .axis(0) : .mixed
    default: return .mixed
    }
  }

  private func place(ofConstant id: NodeID) -> ImagePlace {
    guard let other, let twin = other.node(named: graph[id].name) else { return .shared }
    switch differingAxes(graph[id].type.shape, other[twin].type.shape) {
    case []:
      guard let value = graph.constantValue(of: id) else { return .shared }
      return value == other.constantValue(of: twin) ? .shared : .mixed
    case let axes?: return axes.count == 1 && repeats(id, axes[0]) ? .axis(axes[0]) : .mixed
    case nil: return .mixed
    }
  }

  private func place(of id: NodeID) -> ImagePlace {
    let node = graph[id]
    if let place = placeOfExtents(node), hasSameAttributes(id, place) { return place }
    let operands = node.inputs.map { self[$0] }
    guard !operands.contains(.mixed) else { return .mixed }
    if operands.allSatisfy({ $0 == .shared }) { return placeOfShared(id) }
    let place = place(of: node)
    return hasSameAttributes(id, place) ? place : .mixed
  }

  /// The place of entries of a shape, nil for anything else: all extents are the same for any number
  /// of images but that of the images' axis.
  private func placeOfExtents(_ node: Node) -> ImagePlace? {
    guard let shape = node.inputs.first, case .shapeOf = graph[shape].operation,
      case .axis(let axis) = self[graph[shape].inputs[0]]
    else { return nil }
    switch node.operation {
    case .slice(let ranges):
      let range = ranges[0]
      let taken = (0..<range.count).map { range.start + $0 * range.step }
      return taken.contains(axis) ? .mixed : .shared
    case .gather:
      guard case .int64(let taken)? = graph.constantValue(of: node.inputs[1])?.storage else {
        return .mixed
      }
      let others = [Int64(axis), Int64(axis - graph[shape].type.shape[0])]
      return taken.contains(where: others.contains) ? .mixed : .shared
    default: return nil
    }
  }

  /// The place of a value that no image enters: one whose extent follows their number repeats.
  private func placeOfShared(_ id: NodeID) -> ImagePlace {
    guard let other, let twin = other.node(named: graph[id].name) else { return .shared }
    switch differingAxes(graph[id].type.shape, other[twin].type.shape) {
    case []: return hasSameAttributes(id, .shared) ? .shared : .mixed
    case let axes?: return axes.count == 1 && repeats(id, axes[0]) ? .axis(axes[0]) : .mixed
    case nil: return .mixed
    }
  }

  /// Whether an operation is the same for another number of images, but for extents and ranges
  /// along the images.
  private func hasSameAttributes(_ id: NodeID, _ place: ImagePlace) -> Bool {
    guard let other, let twin = other.node(named: graph[id].name) else { return true }
    switch (graph[id].operation, other[twin].operation) {
    case (.reshape, .reshape), (.broadcast, .broadcast): return true
    case (.slice(let ranges), .slice(let others)):
      guard ranges.count == others.count else { return false }
      return ranges.indices.allSatisfy { ranges[$0] == others[$0] || place == .axis($0) }
    case (let one, let two): return one == two
    }
  }

  /// Whether a value that no image enters has the same entries for every image along an axis.
  func repeats(_ id: NodeID, _ axis: Int) -> Bool {
    let node = graph[id]
    guard axis < node.type.rank, node.type.shape[axis] % images == 0 else { return false }
    switch node.operation {
    case .constant(let tensor): return tensor.repeats(along: axis, times: images)
    case .broadcast:
      let operand = graph[node.inputs[0]].type
      let position = axis - (node.type.rank - operand.rank)
      return position < 0 || operand.shape[position] == 1
    case .unary, .cast, .identity, .dropout: return repeats(node.inputs[0], axis)
    default: return false
    }
  }

  /// The axes in which two shapes differ; nil where they have different ranks.
  private func differingAxes(_ one: [Int], _ two: [Int]) -> [Int]? {
    one.count == two.count ? one.indices.filter { one[$0] != two[$0] } : nil
  }
}

extension Tensor {
  /// Whether an axis has the same entries so many times, one after the other.
  fileprivate func repeats(along axis: Int, times: Int) -> Bool {
    func check<Element: Equatable>(_ values: [Element]) -> Bool {
      let outer = shape[..<axis].reduce(1, *)
      let row = shape[axis...].reduce(1, *)
      let part = row / times
      return (0..<outer).allSatisfy { index in
        let start = index * row
        return (start + part..<start + row).allSatisfy { values[$0] == values[$0 - part] }
      }
    }
    return switch storage {
    case .float32(let values): check(values)
    case .int64(let values): check(values)
    case .int32(let values): check(values)
    case .int8(let values): check(values)
    case .uint8(let values): check(values)
    case .bool(let values): check(values)
    }
  }
}
