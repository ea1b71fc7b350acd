import GraphIR

/// Channels to pixels and back, as copies of boxes.
extension Planner {
  mutating func planDepthToSpace(_ id: NodeID, _ blocks: DepthBlocks) {
    let node = graph[id]
    let (shape, b) = (graph[node.inputs[0]].type.shape, blocks.block)
    copyBlocks(
      id, blocks, few: shape, many: node.type.shape, toMany: true,
      staysBlocked: node.type.shape[1] % lanes == 0 || b == 1)
  }

  mutating func planSpaceToDepth(_ id: NodeID, _ blocks: DepthBlocks) {
    let node = graph[id]
    let (shape, b) = (graph[node.inputs[0]].type.shape, blocks.block)
    copyBlocks(
      id, blocks, few: node.type.shape, many: shape, toMany: false,
      staysBlocked: shape[1] % lanes == 0 || b == 1)
  }

  /// Copies between an image of few pixels and one of many.
  ///
  /// Where whole vectors of channels move, both stay blocked.
  private mutating func copyBlocks(
    _ id: NodeID, _ blocks: DepthBlocks, few: [Int], many: [Int], toMany: Bool, staysBlocked: Bool
  ) {
    let node = graph[id]
    let source = node.inputs[0]
    let (n, h, w, b, c) = (few[0], few[2], few[3], blocks.block, many[1])
    let blocked = staysBlocked && blocks.order == .dcr && isBlocked(source)
    // Axes: image, channel (or vector of channels), row, row in the block, column, column in the
    // block, and channel in the vector.
    let (extents, fewStrides, manyStrides): ([Int], [Int], [Int])
    let (input, output): (Place, Place)
    if blocked {
      let image = blockedImage(of: source)
      let (result, view) = newBlockedImage(id)
      (input, output) = (image.place, result)
      let (p, q) = toMany ? (image.view, view) : (view, image.view)
      let vectors = (c + lanes - 1) / lanes
      extents = [n, vectors, h, b, w, b, lanes]
      fewStrides = [
        p.batchStride, p.blockStride, p.rowStride, b * vectors * p.blockStride, p.columnStride,
        vectors * p.blockStride, 1,
      ]
      manyStrides = [
        q.batchStride, q.blockStride, b * q.rowStride, q.rowStride, b * q.columnStride,
        q.columnStride, 1,
      ]
    } else {
      (input, output) = (plainPlace(of: source), newPlain(id))
      let (p, q) = (rowMajorStrides(of: few), rowMajorStrides(of: many))
      let (channel, row, column) =
        blocks.order == .dcr ? (1, b * c, c) : (b * b, b, 1)
      extents = [n, c, h, b, w, b]
      fewStrides = [p[0], channel * p[1], p[2], row * p[1], p[3], column * p[1]]
      manyStrides = [q[0], q[1], b * q[2], q[2], b * q[3], q[3]]
    }
    addElementwise(
      .copy, extents: extents,
      strides: toMany ? [fewStrides, manyStrides] : [manyStrides, fewStrides],
      arguments: [input, output], name: node.name, nodes: sources(of: id))
  }
}
