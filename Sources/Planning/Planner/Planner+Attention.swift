import GraphIR

extension Planner {
  /// Plans attention as one step, which reads queries, keys and values where they are, and writes the
  /// result in the order that a transpose behind it asks for.
  mutating func planAttention(_ id: NodeID, _ attributes: Attention) {
    let node = graph[id]
    let (q, k) = (graph[node.inputs[0]].type.shape, graph[node.inputs[1]].type.shape)
    let (rows, results) = (node.type.shape[node.type.rank - 2], node.type.shape[node.type.rank - 1])
    let batch = Array(node.type.shape.dropLast(2))
    let queries = matrices(node.inputs[0], batch, needsLine: true)
    let keys = matrices(node.inputs[1], batch)
    let values = matrices(node.inputs[2], batch)
    let (output, last, outputStrides) = attentionResult(id)
    var arguments = [queries.place, keys.place, values.place]
    var offsets = [queries.offsets, keys.offsets, values.offsets]
    var mask: AttentionKernel.Mask?
    if attributes.hasMask {
      let (place, own, starts) = attentionMask(node.inputs[3], batch + [rows, k[k.count - 2]])
      (mask, arguments, offsets) = (own, arguments + [place], offsets + [starts])
    } else {
      offsets.append(queries.offsets.map { _ in 0 })
    }
    offsets.append(matrixOffsets(outputStrides, node.type.shape, batch))
    var kernel = AttentionKernel(
      lanes: lanes, queries: rows, keys: k[k.count - 2], features: q[q.count - 1],
      results: results, query: queries.steps, key: keys.steps, value: values.steps,
      output: AttentionKernel.Steps(outputStrides), mask: mask, isCausal: attributes.isCausal,
      givesZero: attributes.givesZero, scale: attributes.scale,
      offsets: offsets[0].indices.map { matrix in offsets.map { $0[matrix] } }, tile: 0,
      keysPerBlock: 0, blocksPerTask: 0)
    kernel.chooseTiles(registers: machine.instructionSet.registers)
    let products = kernel.offsets.count * rows * kernel.keys
    addStep(
      .attention(kernel), arguments + [output], name: node.name,
      nodes: sources(of: id) + (last == id ? [] : sources(of: last)),
      flops: 2 * products * (kernel.features + results), read: operandBytes(id),
      written: node.type.storedByteCount)
  }

  /// Where the matrices of an operand are.
  ///
  /// - Parameter needsLine: whether rows or features must lie side by side.
  private mutating func matrices(
    _ id: NodeID, _ batch: [Int], needsLine: Bool = false
  ) -> (place: Place, steps: AttentionKernel.Steps, offsets: [Int]) {
    let shape = graph[id].type.shape
    var strides = rowMajorStrides(of: shape)
    var place: Place
    if let view = views[id], forms[id]?.plain == nil,
      !needsLine || AttentionKernel.Steps(view.strides).hasLine
    {
      place = plainPlace(of: view.root).moved(by: view.offset, of: .float32)
      strides = view.strides
    } else {
      place = plainPlace(of: id)
    }
    return (place, AttentionKernel.Steps(strides), matrixOffsets(strides, shape, batch))
  }

  /// The first element of each matrix, for a shape whose axes before the last two are broadcast.
  private func matrixOffsets(_ strides: [Int], _ shape: [Int], _ batch: [Int]) -> [Int] {
    let lead = batch.count - (shape.count - 2)
    var starts = [0]
    for axis in batch.indices {
      let step = axis < lead || shape[axis - lead] == 1 ? 0 : strides[axis - lead]
      starts = starts.flatMap { start in (0..<batch[axis]).map { start + $0 * step } }
    }
    return starts
  }

  /// Memory for the result, the node that it is the value of, and the strides to write it with: those of
  /// a transpose where nothing else reads the result.
  private mutating func attentionResult(_ id: NodeID) -> (Place, NodeID, [Int]) {
    if let user = graph.users(of: id).first, graph.hasSingleUse(id), views[user] == nil,
      case .transpose(let permutation) = graph[user].operation
    {
      var strides = permutation
      for (axis, stride) in rowMajorStrides(of: graph[user].type.shape).enumerated() {
        strides[permutation[axis]] = stride
      }
      if AttentionKernel.Steps(strides).hasLine { return (newPlain(user), user, strides) }
    }
    return (newPlain(id), id, rowMajorStrides(of: graph[id].type.shape))
  }

  /// Where a mask is, how it is stepped through, and where it begins for each matrix. A known one is
  /// stored by key, so that queries lie side by side.
  private mutating func attentionMask(
    _ id: NodeID, _ scores: [Int]
  ) -> (Place, AttentionKernel.Mask, [Int]) {
    let type = graph[id].type
    let lead = [Int](repeating: 1, count: max(0, 2 - type.rank))
    var shape = lead + type.shape
    let place: Place
    let swapsAxes = shape[shape.count - 2] > 1
    if swapsAxes, let tensor = graph.constantValue(of: id) {
      place = swappedMasks[id] ?? addWeights(.plain(tensor.withLastAxesSwapped))
      swappedMasks[id] = place
      shape.swapAt(shape.count - 1, shape.count - 2)
    } else {
      place = plainPlace(of: id)
    }
    var strides = rowMajorStrides(of: shape)
    for axis in shape.indices where shape[axis] == 1 { strides[axis] = 0 }
    let isSwapped = swappedMasks[id] != nil
    let (row, key) = (strides[strides.count - 2], strides[strides.count - 1])
    let mask = AttentionKernel.Mask(
      isTruth: type.element == .bool, row: isSwapped ? key : row, key: isSwapped ? row : key)
    return (place, mask, matrixOffsets(strides, shape, Array(scores.dropLast(2))))
  }
}

extension AttentionKernel.Steps {
  /// The last two of an operand's strides.
  fileprivate init(_ strides: [Int]) {
    self.init(row: strides[strides.count - 2], feature: strides[strides.count - 1])
  }

  /// Whether rows or features lie side by side.
  fileprivate var hasLine: Bool { row == 1 || feature == 1 }
}

extension Tensor {
  /// The numbers that kernels hold for the elements, with the last two axes exchanged.
  fileprivate var withLastAxesSwapped: Tensor {
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    let values = asFloats
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for matrix in stride(from: 0, to: values.count, by: rows * columns) {
      for column in 0..<columns {
        for row in 0..<rows { result.append(values[matrix + row * columns + column]) }
      }
    }
    return Tensor(shape.dropLast(2) + [columns, rows], floats: result)
  }
}
