import GraphIR

/// The forms in which a value is there: row-major, or in blocked layout. Whoever reads one asks for the form it wants.
extension Planner {
  /// A value in row-major order; converts it if it is blocked so far.
  mutating func plainPlace(of id: NodeID) -> Place {
    if let place = forms[id]?.plain { return place }
    let node = graph[id]
    if let tensor = graph.constantValue(of: id) {
      let place = addWeights(.plain(tensor))
      forms[id] = Forms(plain: place)
      return place
    }
    if let view = views[id] { return carriedOut(view, id) }
    if graph.isRename(id) {
      let place = plainPlace(of: node.inputs[0])
      forms[id, default: Forms()].plain = place
      return place
    }
    if let place = convertedPlace(of: id) {
      forms[id, default: Forms()].plain = place
      return place
    }
    guard let blocked = forms[id]?.blocked ?? forms[id]?.pixels else {
      preconditionFailure("\(node.name) has no value")
    }
    let place = newBuffer(node.name, bytes: node.type.storedByteCount)
    let plain = PlacedImage(place: place, view: .plain(node.type.shape, lanes: lanes))
    addReorder(from: blocked, to: plain, name: node.name)
    forms[id]!.plain = place
    return place
  }

  /// An image in blocked layout; converts it if it is row-major so far.
  mutating func blockedImage(of id: NodeID) -> PlacedImage {
    if let image = forms[id]?.blocked { return image }
    let node = graph[id]
    let shape = node.type.shape
    let image: PlacedImage
    if let tensor = graph.constantValue(of: id) {
      image = PlacedImage(
        place: addWeights(.blocked(tensor, lanes: lanes)), view: .blocked(shape, lanes: lanes))
    } else if let pixels = pixels(behind: id) {
      image = newImage(id)
      addElementwise(
        .copy, extents: blockedExtents(shape),
        strides: [pixels.view.boxStrides, image.view.boxStrides],
        elements: [.uint8, .float32], arguments: [pixels.place, image.place], name: node.name,
        nodes: [])
    } else {
      let plain = plainPlace(of: id)
      if shape[2] == 1, shape[3] == 1, shape[1] % lanes == 0 {
        // One pixel: both layouts are a dense vector of channels.
        image = PlacedImage(place: plain, view: .blocked(shape, lanes: lanes))
      } else {
        image = newImage(id)
        addReorder(
          from: PlacedImage(place: plain, view: .plain(shape, lanes: lanes)), to: image,
          name: node.name)
      }
    }
    forms[id, default: Forms()].blocked = image
    return image
  }

  mutating func addReorder(from: PlacedImage, to: PlacedImage, name: String) {
    let kernel = ReorderKernel(lanes: lanes, input: from.view, output: to.view)
    addStep(
      .reorder(kernel), [from.place, to.place], name: name, nodes: [], flops: 0,
      read: from.view.byteCount(lanes: lanes), written: to.view.byteCount(lanes: lanes))
  }

  /// Whether a value is an image that exists in blocked layout.
  func isBlocked(_ id: NodeID) -> Bool { forms[id]?.blocked != nil && forms[id]?.plain == nil }
}
