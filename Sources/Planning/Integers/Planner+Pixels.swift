import GraphIR

/// Images of 8-bit integers in memory as they are, one byte each, the channels of a pixel side by side: what integer
/// convolutions read and write, and what element-wise kernels and pools between them work on.
extension Graph {
  /// The nodes whose values are such images: results of integer convolutions, and what is quantised with one scale where there are
  /// any of these.
  func nodesWithPixels() -> Set<NodeID> {
    let isWanted = order.contains {
      if case .integerConvolution = self[$0].operation { true } else { false }
    }
    guard isWanted else { return [] }
    return Set(
      order.filter { id in
        guard self[id].type.element == .uint8, self[id].type.rank == 4 else { return false }
        switch self[id].operation {
        case .integerConvolution: return true
        case .quantize(let attributes): return attributes.axis == nil
        default: return false
        }
      })
  }

  /// The pools between values of one scale and zero point, both images of integers, by what is quantised behind them.
  func integerPools(of pixels: Set<NodeID>) -> [NodeID: IntegerPool] {
    var pools: [NodeID: IntegerPool] = [:]
    for id in order where pixels.contains(id) { pools[id] = integerPool(before: id, pixels) }
    return pools
  }

  private func integerPool(before id: NodeID, _ pixels: Set<NodeID>) -> IntegerPool? {
    guard case .quantize = self[id].operation else { return nil }
    let pool = self[id].inputs[0]
    guard case .maxPool(let pooling) = self[pool].operation, hasSingleUse(pool) else { return nil }
    let floats = self[pool].inputs[0]
    let before = self[floats]
    guard case .dequantize(nil) = before.operation, pixels.contains(before.inputs[0]) else {
      return nil
    }
    func isSame(_ index: Int) -> Bool {
      guard let one = constantValue(of: before.inputs[index]),
        let other = constantValue(of: self[id].inputs[index])
      else { return false }
      return one == other
    }
    guard isSame(1), isSame(2) else { return nil }
    return IntegerPool(
      source: before.inputs[0], pool: pool, pooling: pooling,
      skipped: [pool] + (hasSingleUse(floats) ? [floats] : []))
  }
}

/// A pool of integers: the largest of numbers of one scale is the largest of their integers.
struct IntegerPool {
  var source: NodeID
  var pool: NodeID
  var pooling: Pooling
  /// What is not computed.
  var skipped: [NodeID]
}

extension Planner {
  /// Memory for an image of integers.
  mutating func newPixelImage(_ id: NodeID) -> PlacedImage {
    let view = ImageView.pixels(graph[id].type.shape, lanes: lanes)
    let image = PlacedImage(
      place: newBuffer(graph[id].name, bytes: view.byteCount(lanes: lanes)), view: view)
    forms[id] = Forms(pixels: image)
    return image
  }

  /// An image of integers; converts it if it is not there as such so far.
  mutating func pixelImage(of id: NodeID) -> PlacedImage {
    if let image = forms[id]?.pixels { return image }
    let node = graph[id]
    let view = ImageView.pixels(node.type.shape, lanes: lanes)
    if case .reshape = node.operation, let image = renamedPixels(id, view) {
      forms[id, default: Forms()].pixels = image
      return image
    }
    var source: PlacedImage
    if let own = ownPlace(of: id) {
      source = PlacedImage(place: own, view: .plain(node.type.shape, lanes: lanes))
      source.view.element = .uint8
    } else {
      source = PlacedImage(place: plainPlace(of: id), view: .plain(node.type.shape, lanes: lanes))
    }
    let image = PlacedImage(
      place: newBuffer(node.name, bytes: view.byteCount(lanes: lanes)), view: view)
    addReorder(from: source, to: image, name: node.name)
    forms[id, default: Forms()].pixels = image
    return image
  }

  /// The memory of the image that a reshape renames, where both have one pixel and the same channels.
  private func renamedPixels(_ id: NodeID, _ view: ImageView) -> PlacedImage? {
    var source = id
    while graph.isRename(source), forms[source]?.pixels == nil { source = graph[source].inputs[0] }
    guard let image = forms[source]?.pixels, view.height * view.width == 1,
      image.view.height * image.view.width == 1, image.view.channels == view.channels
    else { return nil }
    return PlacedImage(place: image.place, view: view)
  }

  /// The image of integers that a value is another name for, also as f32.
  func pixels(behind id: NodeID) -> PlacedImage? {
    var source = id
    while forms[source]?.pixels == nil {
      guard case .cast = graph[source].operation, graph.isRename(source) else { return nil }
      source = graph[source].inputs[0]
    }
    return forms[source]!.pixels
  }

  /// Plans a pool of integers.
  ///
  /// - Parameter id: what is quantised behind it.
  mutating func planIntegerPool(_ id: NodeID, _ pool: IntegerPool) {
    let input = pixelImage(of: pool.source)
    let output = newPixelImage(id)
    addPool(
      id, .maximum, pool.pooling, from: input, to: output, scaled: nil,
      nodes: sources(of: id) + sources(of: pool.pool))
  }
}

extension ImageView {
  /// Strides of the axes `[N, H, W, C / lanes, lanes]`.
  var pixelStrides: [Int] { [batchStride, rowStride, columnStride, blockStride, 1] }
}

// MARK: Element-wise kernels

extension Planner {
  /// Plans a tree that reads or writes images of integers: they are one byte in memory, and f32 while they are computed
  /// with.
  mutating func planPixels(_ id: NodeID, _ tree: ElementwiseTree) throws {
    let node = graph[id]
    var (arguments, strides, elements) = ([Place](), [[Int]](), [ElementType]())
    for leaf in tree.leaves {
      if case .value(let value) = leaf, let image = pixels(behind: value),
        graph[value].type.shape == node.type.shape
      {
        arguments.append(image.place)
        strides.append(image.view.pixelStrides)
        elements.append(.uint8)
      } else {
        let (place, steps) = try operand(leaf, of: node.type, blocked: true)
        arguments.append(place)
        strides.append([0, 2, 3, 1, 4].map { steps[$0] })
        elements.append(.float32)
      }
    }
    let result: PlacedImage
    if pixelNodes.contains(id) {
      result = newPixelImage(id)
    } else {
      let (place, view) = newBlockedImage(id)
      result = PlacedImage(place: place, view: view)
    }
    let extents = blockedExtents(node.type.shape)
    addElementwise(
      tree.expression, extents: [0, 2, 3, 1, 4].map { extents[$0] },
      strides: strides + [result.view.pixelStrides], elements: elements + [result.view.element],
      arguments: arguments + [result.place], name: node.name, nodes: names(of: tree))
  }
}
