import GraphIR

/// Functions of one and two elements, and trees of them as one step.
extension Planner {
  /// Plans the step of a tree, whose root is `id`.
  mutating func planElementwise(_ id: NodeID, _ tree: ElementwiseTree) throws {
    let node = graph[id]
    let values = tree.leaves.compactMap { leaf -> NodeID? in
      if case .value(let value) = leaf { value } else { nil }
    }
    let smallImages = tree.leaves.compactMap { leaf -> NodeID? in
      if case .enlarged(let image, _) = leaf { image } else { nil }
    }
    // An image stays blocked if every operand is one of its shape, one vector of its channels, or a
    // scalar.
    let fits = values.allSatisfy {
      let type = graph[$0].type
      return type.shape == node.type.shape || isPerChannel(type, of: node.type)
        || type.elementCount == 1
    }
    if node.type.rank == 4, fits, tree.enlargement == nil,
      pixelNodes.contains(id)
        || values.contains(where: {
          graph[$0].type.shape == node.type.shape && pixels(behind: $0) != nil
        })
    {
      try planPixels(id, tree)
      return
    }
    let blocked =
      node.type.rank == 4 && fits && (values + smallImages).contains(where: isBlocked)
    let whole = blocked ? blockedExtents(node.type.shape) : node.type.shape
    let box = tree.enlargement.map { EnlargedBox(factors: $0) }
    var arguments: [Place] = []
    var strides: [[Int]] = []
    for leaf in tree.leaves {
      let (place, steps) = try operand(leaf, of: node.type, blocked: blocked)
      arguments.append(place)
      if case .enlarged = leaf, let box {
        strides.append(box.strides(ofSmall: steps))
      } else {
        strides.append(box?.strides(steps) ?? steps)
      }
    }
    let (output, own) = newLike(id, blocked: blocked)
    let scaled = blocked ? try takeScaledResult(of: id) : nil
    if let scaled {
      let perChannel = channelStrides(node.type, true)
      let more = [perChannel, perChannel, scaled.view.boxStrides]
      strides += more.map { box?.strides($0) ?? $0 }
      arguments += scaled.arguments
    }
    let first = tree.leaves.count
    addElementwise(
      tree.expression,
      and: scaled.map { .scaled(first + 2, by: first, plus: first + 1, then: $0.result.then) },
      extents: box?.extents(whole) ?? whole, strides: strides + [box?.strides(own) ?? own],
      arguments: arguments + [output], name: node.name,
      nodes: names(of: tree) + (scaled?.nodes ?? []))
  }

  /// Every node of a tree and what was fused into it before; the root, which names the step, first.
  func names(of tree: ElementwiseTree) -> [String] {
    ([tree.nodes.last!] + tree.nodes.dropLast()).flatMap { sources(of: $0) }
  }

  /// Where an operand is, and how it is stepped through along the axes of the result.
  mutating func operand(
    _ leaf: ElementwiseTree.Leaf, of result: TensorType, blocked: Bool
  ) throws -> (Place, [Int]) {
    switch leaf {
    case .factors(let id):
      return (addChannels(try normalization(id).factors), channelStrides(result, blocked))
    case .terms(let id):
      return (addChannels(try normalization(id).terms), channelStrides(result, blocked))
    case .enlarged(let id, _):
      if blocked { return blockedOperand(id) }
      return (plainPlace(of: id), rowMajorStrides(of: graph[id].type.shape))
    case .value(let id):
      let type = graph[id].type
      if !blocked { return (plainPlace(of: id), broadcastStrides(type.shape, to: result.shape)) }
      if type.shape == result.shape {
        return blockedOperand(id)
      }
      if type.elementCount == 1 { return (plainPlace(of: id), [0, 0, 0, 0, 0]) }
      return perChannel(id)
    }
  }

  private mutating func blockedOperand(_ id: NodeID) -> (Place, [Int]) {
    let image = blockedImage(of: id)
    return (image.place, image.view.boxStrides)
  }

  /// One number per channel, followed by zeros to fill the last vector.
  mutating func addChannels(_ values: [Float]) -> Place {
    let padding = [Float](repeating: 0, count: roundUp(values.count, to: lanes) - values.count)
    return addWeights(.vector(values + padding))
  }

  private func channelStrides(_ type: TensorType, _ blocked: Bool) -> [Int] {
    if blocked { return [0, lanes, 0, 0, 1] }
    return type.shape.indices.map { $0 == 1 ? 1 : 0 }
  }

  /// (x - mean) / sqrt(variance + epsilon) · scale + shift as one multiply-add, folded in double
  /// precision.
  func normalization(_ id: NodeID) throws -> (factors: [Float], terms: [Float]) {
    guard case .batchNormalization(let epsilon) = graph[id].operation else {
      preconditionFailure("\(graph[id].name) is no batch normalisation")
    }
    let names = ["scale", "shift", "mean", "variance"]
    let tensors = try zip(graph[id].inputs.dropFirst(), names).map { try constant($0, $1).floats }
    var (factors, terms) = ([Float](), [Float]())
    for channel in 0..<graph[id].type.shape[1] {
      let deviation = (Double(tensors[3][channel]) + Double(epsilon)).squareRoot()
      let factor = Double(tensors[0][channel]) / deviation
      factors.append(Float(factor))
      terms.append(Float(Double(tensors[1][channel]) - Double(tensors[2][channel]) * factor))
    }
    return (factors, terms)
  }

  /// `[N, C / lanes, H, W, lanes]`.
  func blockedExtents(_ shape: [Int]) -> [Int] {
    [shape[0], (shape[1] + lanes - 1) / lanes, shape[2], shape[3], lanes]
  }

  private mutating func newLike(_ id: NodeID, blocked: Bool) -> (Place, [Int]) {
    guard blocked else { return (newPlain(id), rowMajorStrides(of: graph[id].type.shape)) }
    let (place, view) = newBlockedImage(id)
    return (place, view.boxStrides)
  }

  /// Whether a type broadcasts along batch or pixels only: `[C, 1, 1]`, `[1, C, 1, 1]` or `[N, C,
  /// 1, 1]`.
  private func isPerChannel(_ type: TensorType, of image: TensorType) -> Bool {
    guard image.rank == 4 else { return false }
    let shape = [Int](repeating: 1, count: 4 - min(4, type.rank)) + type.shape
    return shape.count == 4 && shape[1] == image.shape[1] && shape[2] == 1 && shape[3] == 1
      && (shape[0] == 1 || shape[0] == image.shape[0])
  }

  /// One number per channel, `[N, C, 1, 1]`, `[1, C, 1, 1]` or `[C, 1, 1]`.
  private mutating func perChannel(_ id: NodeID) -> (Place, [Int]) {
    let type = graph[id].type
    if type.rank == 4 {
      let image = blockedImage(of: id)
      return (image.place, [type.shape[0] > 1 ? image.view.batchStride : 0, lanes, 0, 0, 1])
    }
    return (channelVector(id), [0, lanes, 0, 0, 1])
  }

  private mutating func channelVector(_ id: NodeID) -> Place {
    if let tensor = graph.constantValue(of: id) { return addChannels(tensor.asFloats) }
    // [C, 1, 1] computed at run time: a dense vector; its last block must not be read past the end.
    let channels = graph[id].type.elementCount
    let place = newBuffer(
      graph[id].name, bytes: ElementType.float32.bytes(roundUp(channels, to: lanes)))
    addElementwise(
      .copy, extents: [channels], strides: [[1], [1]], arguments: [plainPlace(of: id), place],
      name: graph[id].name, nodes: [])
    return place
  }

  /// Strides that read a tensor of `shape` as if it had the shape `target`.
  func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
    let own = rowMajorStrides(of: shape)
    let lead = target.count - shape.count
    return target.indices.map { $0 < lead || shape[$0 - lead] == 1 ? 0 : own[$0 - lead] }
  }
}
