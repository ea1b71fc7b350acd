/// How operations carry images from their operands to their result.
extension ImagePlaces {
  /// The place of a result that images enter, none of them mixed.
  func place(of node: Node) -> ImagePlace {
    let operands = node.inputs.map { self[$0] }
    let first = operands[0]
    let isRestShared = operands.dropFirst().allSatisfy { $0 == .shared }
    func keeping(_ isKept: (Int) -> Bool) -> ImagePlace {
      guard case .axis(let axis) = first, isRestShared, isKept(axis) else { return .mixed }
      return first
    }
    switch node.operation {
    case .unary, .identity, .dropout, .cast: return first
    case .quantize(let attributes): return keeping { $0 != attributes.axis }
    case .dequantize(let axis): return keeping { $0 != axis }
    case .binary, .bits, .compare, .select: return elementwise(node)
    case .convolution(let attributes): return convolution(attributes, operands)
    case .dynamicConvolution(let attributes):
      var own = [first, operands[1]]
      if attributes.hasResidual { own.append(operands[operands.count - 1]) }
      let shared = operands.dropFirst(2).prefix(operands.count - own.count)
      let isRight =
        own.allSatisfy { $0 == .axis(0) } && shared.allSatisfy { $0 == .shared }
      return isRight ? .axis(0) : .mixed
    case .integerConvolution, .transposedConvolution, .stridedShortcut, .localResponse,
      .depthToSpace, .spaceToDepth:
      return keeping { $0 == 0 }
    case .maxPool, .averagePool, .globalAveragePool, .resize:
      // Every plane by itself.
      return keeping { $0 <= 1 }
    case .linear: return keeping { $0 < node.type.rank - 1 }
    case .batchNormalization: return keeping { $0 != 1 }
    case .matrixMultiply: return matrixMultiply(node)
    case .attention:
      let place = elementwise(node)
      guard case .axis(let axis) = place, axis < node.type.rank - 2 else { return .mixed }
      return place
    case .softmax(let axis): return keeping { $0 != axis }
    case .topIndices(let attributes): return keeping { $0 != attributes.axis }
    case .reduce(_, let axes, let keepDimensions): return reduce(first, axes, keepDimensions)
    case .reshape(let shape): return reshape(node, first, to: shape)
    case .transpose(let permutation):
      guard case .axis(let axis) = first, let moved = permutation.firstIndex(of: axis) else {
        return .mixed
      }
      return .axis(moved)
    case .concatenate(let joined): return elementwise(node, butFor: joined)
    case .slice(let ranges):
      let shape = graph[node.inputs[0]].type.shape
      return keeping { ranges[$0] == SliceRange(start: 0, end: shape[$0]) }
    case .pad(let amounts): return keeping { amounts.before[$0] == 0 && amounts.after[$0] == 0 }
    case .broadcast(let shape):
      guard case .axis(let axis) = first else { return .mixed }
      return .axis(axis + shape.count - graph[node.inputs[0]].type.rank)
    case .gather(let axis): return gather(node, axis, operands)
    case .suppressBoxes: return operands == [.axis(0), .axis(0)] ? .axis(0) : .mixed
    case .recurrent(let layer): return recurrent(layer, node, operands)
    case .gatherElements(let axis), .scatterElements(let axis, _):
      return elementwise(node, butFor: axis)
    default: return .mixed
    }
  }

  /// The place where all operands that images enter have them, counted from the last axis as
  /// broadcasting does; others have one entry there, or the same for every image.
  ///
  /// - Parameter excluded: an axis along which images must not lie.
  private func elementwise(_ node: Node, butFor excluded: Int? = nil) -> ImagePlace {
    let rank = node.type.rank
    var found: Int?
    for operand in node.inputs {
      guard case .axis(let axis) = self[operand] else { continue }
      let aligned = axis + rank - graph[operand].type.rank
      guard found == nil || found == aligned else { return .mixed }
      found = aligned
    }
    guard let found, found != excluded else { return .mixed }
    let isRight = node.inputs.allSatisfy { self[$0] != .shared || isSame($0, found, rank) }
    return isRight ? .axis(found) : .mixed
  }

  /// Whether a shared value, broadcast to a rank, is the same for every image along an axis.
  private func isSame(_ id: NodeID, _ axis: Int, _ rank: Int) -> Bool {
    let type = graph[id].type
    let position = axis - (rank - type.rank)
    return position < 0 || type.shape[position] == 1 || repeats(id, position)
  }

  private func convolution(_ attributes: Convolution, _ operands: [ImagePlace]) -> ImagePlace {
    let residual = attributes.residualIndex
    let isRight = operands.enumerated().allSatisfy { index, place in
      place == (index == 0 || index == residual ? .axis(0) : .shared)
    }
    return isRight ? .axis(0) : .mixed
  }

  private func matrixMultiply(_ node: Node) -> ImagePlace {
    let rank = node.type.rank
    // Rows of the first operand and columns of the second are those of the result; what the two
    // have in common is summed over.
    func aligned(_ operand: Int) -> Int? {
      guard case .axis(let axis) = self[node.inputs[operand]] else { return nil }
      let position = axis + rank - graph[node.inputs[operand]].type.rank
      return position == rank - (operand == 0 ? 1 : 2) ? -1 : position
    }
    let axes = [aligned(0), aligned(1)]
    guard !axes.contains(-1), let axis = axes[0] ?? axes[1],
      axes.allSatisfy({ $0 == nil || $0 == axis })
    else { return .mixed }
    guard axis < rank - 2 else {
      return axes.contains(nil) ? .axis(axis) : .mixed
    }
    let isRight = node.inputs.allSatisfy { self[$0] != .shared || isSame($0, axis, rank) }
    return isRight ? .axis(axis) : .mixed
  }

  private func reduce(_ place: ImagePlace, _ axes: [Int], _ keepDimensions: Bool) -> ImagePlace {
    guard case .axis(let axis) = place, !axes.contains(axis) else { return .mixed }
    return .axis(keepDimensions ? axis : axis - axes.count { $0 < axis })
  }

  /// Images lie along the axis before which the extents have the same product as before: none of
  /// them may be torn apart, and no other axis be brought among them.
  private func reshape(_ node: Node, _ place: ImagePlace, to shape: [Int]) -> ImagePlace {
    guard case .axis(let axis) = place, node.type.elementCount > 0 else { return .mixed }
    let before = graph[node.inputs[0]].type.shape[..<axis].reduce(1, *)
    var product = 1
    for (index, extent) in shape.enumerated() {
      if product == before, extent > 1 { return extent % images == 0 ? .axis(index) : .mixed }
      product *= extent
    }
    return .mixed
  }

  /// Sequences of a batch go by themselves, each from a first state of its own or the same for all.
  private func recurrent(
    _ layer: Recurrence, _ node: Node, _ operands: [ImagePlace]
  ) -> ImagePlace {
    let batch = layer.batchFirst ? 0 : 1
    let states = ["initial_hidden", "initial_cell"].compactMap(layer.operandIndex)
    let isRight = operands.indices.dropFirst().allSatisfy { index in
      guard states.contains(index) else { return operands[index] == .shared }
      return operands[index] == .axis(0)
        || (operands[index] == .shared && repeats(node.inputs[index], 0))
    }
    guard isRight, operands[0] == .axis(batch), Set(layer.lengths).count <= 1 else {
      return .mixed
    }
    return layer.result == .sequence ? .axis(batch) : .axis(0)
  }

  private func gather(_ node: Node, _ axis: Int, _ operands: [ImagePlace]) -> ImagePlace {
    let indices = graph[node.inputs[1]].type.rank
    switch (operands[0], operands[1]) {
    case (.axis(let place), .shared) where place < axis: return .axis(place)
    case (.axis(let place), .shared) where place > axis: return .axis(place - 1 + indices)
    case (.shared, .axis(let place)): return .axis(axis + place)
    default: return .mixed
    }
  }
}
