import GraphIR

/// Where a value lies among the channels of a concatenation.
struct ChannelSlice: Hashable {
  /// The concatenation whose buffer it is part of.
  var owner: NodeID
  /// The first of its blocks of channels in there.
  var firstBlock: Int
}

extension Graph {
  /// Concatenations of channels that need no copies: what their operands are computed by writes into
  /// a part of one buffer.
  ///
  /// The last concatenation goes first, because the earlier ones may be part of it: in a dense block
  /// (Huang et al., "Densely Connected Convolutional Networks", section 3) every layer reads the
  /// first channels of the buffer that the last one reads whole. A value has one place, so a second
  /// concatenation of it in another order copies.
  ///
  /// - Parameter nodes: the nodes that are planned together; other values have their places.
  func channelSlices(_ nodes: ArraySlice<NodeID>, lanes: Int) -> [NodeID: ChannelSlice] {
    let planned = Set(nodes)
    var slices: [NodeID: ChannelSlice] = [:]
    for id in nodes.reversed() {
      guard let starts = alignedBlocks(of: id, lanes: lanes) else { continue }
      let operands = zip(self[id].inputs, starts)
      if slices[id] == nil {
        if let first = slices[self[id].inputs[0]],
          operands.allSatisfy({
            slices[$0] == ChannelSlice(owner: first.owner, firstBlock: first.firstBlock + $1)
          })
        {
          slices[id] = first
          continue
        }
        slices[id] = ChannelSlice(owner: id, firstBlock: 0)
      }
      for (operand, start) in operands where slices[operand] == nil && planned.contains(operand) {
        slices[operand] = ChannelSlice(
          owner: slices[id]!.owner, firstBlock: slices[id]!.firstBlock + start)
      }
    }
    return slices
  }

  /// For every operand of a concatenation of channels its first block in the result; nil for other
  /// nodes, and where an operand does not begin at a block.
  func alignedBlocks(of id: NodeID, lanes: Int) -> [Int]? {
    guard case .concatenate(axis: 1) = self[id].operation, self[id].type.rank == 4 else {
      return nil
    }
    var starts: [Int] = []
    var channels = 0
    for operand in self[id].inputs {
      guard channels % lanes == 0 else { return nil }
      starts.append(channels / lanes)
      channels += self[operand].type.shape[1]
    }
    return starts
  }
}

extension Planner {
  /// A new blocked image for the result of a node, or its part of a concatenation.
  mutating func newBlockedImage(_ id: NodeID) -> (Place, ImageView) {
    let result = newImage(id)
    forms[id] = Forms(blocked: result)
    return (result.place, result.view)
  }

  /// Memory for a value in blocked layout.
  mutating func newImage(_ id: NodeID) -> PlacedImage {
    let view = ImageView.blocked(graph[id].type.shape, lanes: lanes)
    guard let slice = slices[id] else {
      return PlacedImage(
        place: newBuffer(graph[id].name, bytes: view.byteCount(lanes: lanes)), view: view)
    }
    let whole = ImageView.blocked(graph[slice.owner].type.shape, lanes: lanes)
    let place =
      concatenated[slice.owner]
      ?? newBuffer(graph[slice.owner].name, bytes: whole.byteCount(lanes: lanes))
    concatenated[slice.owner] = place
    return PlacedImage(place: place, view: whole).channels(view.channels, from: slice.firstBlock)
  }

  /// Concatenates channels; copies only what is not in its place yet.
  mutating func planConcatenate(_ id: NodeID, axis: Int) {
    let node = graph[id]
    guard let starts = alignedBlocks(of: id), node.inputs.contains(where: isBlocked) else {
      copyConcatenated(id, axis: axis)
      return
    }
    let result = newImage(id)
    forms[id] = Forms(blocked: result)
    var names = sources(of: id)
    for (operand, start) in zip(node.inputs, starts) {
      let part = result.channels(graph[operand].type.shape[1], from: start)
      let image = blockedImage(of: operand)
      guard image != part else { continue }
      addElementwise(
        .copy, extents: blockedExtents(graph[operand].type.shape),
        strides: [image.view.boxStrides, part.view.boxStrides],
        arguments: [image.place, part.place], name: node.name, nodes: names)
      names = []
    }
    // What needs no step of its own is told with the step before.
    if !names.isEmpty, let last = steps.indices.last { steps[last].nodes += names }
  }

  private func alignedBlocks(of id: NodeID) -> [Int]? { graph.alignedBlocks(of: id, lanes: lanes) }

  private mutating func copyConcatenated(_ id: NodeID, axis: Int) {
    let node = graph[id]
    let inputs = node.inputs.map { plainPlace(of: $0) }
    let output = newPlain(id)
    let strides = rowMajorStrides(of: node.type.shape)
    var start = 0
    for (operand, input) in zip(node.inputs, inputs) {
      let shape = graph[operand].type.shape
      let target = output.moved(by: start * strides[axis], of: .float32)
      addElementwise(
        .copy, extents: shape, strides: [rowMajorStrides(of: shape), strides],
        arguments: [input, target], name: node.name, nodes: start == 0 ? sources(of: id) : [])
      start += shape[axis]
    }
  }
}
