/// One image of a batch at a time.
extension Graph {
  /// The images of a batch: the first extent that all inputs share; nil where there is none.
  public var batch: Int? {
    guard let first = inputs.first.map({ self[$0.node].type.shape.first }) else { return nil }
    return inputs.allSatisfy { self[$0.node].type.shape.first == first } ? first : nil
  }

  /// How many nodes from the start of the order compute each image of the batch by itself, so that
  /// they may run for one image after the other.
  public var imageSeparablePrefix: Int {
    guard let batch, batch > 1 else { return 0 }
    return order.firstIndex { !isImageSeparable($0, batch: batch) } ?? order.count
  }

  private func isImageSeparable(_ id: NodeID, batch: Int) -> Bool {
    let node = self[id]
    func carriesBatch(_ operand: NodeID) -> Bool { self[operand].type.shape.first == batch }
    func isSource(_ operand: NodeID) -> Bool { constantValue(of: operand) != nil }
    guard node.type.element == .float32, node.type.shape.first == batch,
      let data = node.inputs.first, !isSource(data), carriesBatch(data)
    else { return false }
    let rank = node.type.rank
    switch node.operation {
    case .convolution(let attributes):
      // Weights and bias are the same for all images, a residual is not.
      return node.inputs.dropFirst().enumerated().allSatisfy { position, operand in
        position + 1 == attributes.residualIndex
          ? !isSource(operand) && carriesBatch(operand) : isSource(operand)
      }
    case .dynamicConvolution(let attributes):
      // Kernels and bias are the same for all images; attention and residual are not.
      let own = [node.inputs[1]] + (attributes.hasResidual ? [node.inputs.last!] : [])
      return own.allSatisfy { !isSource($0) && carriesBatch($0) }
        && node.inputs.dropFirst(2).allSatisfy { own.contains($0) || isSource($0) }
    case .transposedConvolution: return node.inputs.dropFirst().allSatisfy(isSource)
    case .linear, .batchNormalization:
      return rank > 1 && node.inputs.dropFirst().allSatisfy(isSource)
    case .unary, .maxPool, .averagePool, .globalAveragePool, .identity, .dropout, .stridedShortcut:
      return true
    case .resize, .localResponse, .depthToSpace, .spaceToDepth: return true
    case .binary:
      return node.inputs.allSatisfy { operand in
        let type = self[operand].type
        return isSource(operand)
          ? type.rank < rank || type.shape[0] == 1 : type.rank == rank && carriesBatch(operand)
      }
    case .reduce(_, let axes, _): return !axes.contains(0)
    case .softmax(let axis): return axis != 0
    case .concatenate(let axis):
      return axis != 0 && node.inputs.allSatisfy { !isSource($0) && carriesBatch($0) }
    case .transpose(let permutation): return permutation[0] == 0
    case .reshape: return true
    case .slice(let ranges): return ranges[0] == SliceRange(start: 0, end: batch)
    default: return false
    }
  }

  /// The first nodes of the order as a graph for a batch of one, whose outputs are the values that
  /// the rest reads, named after their nodes. Nodes keep their identifiers.
  ///
  /// - Precondition: `count` is at most `imageSeparablePrefix`.
  public func imageGraph(first count: Int) -> Graph {
    var graph = self
    let rest = Set(order[count...])
    let crossing = order[..<count].filter { id in
      isOutput(id) || users(of: id).contains(where: rest.contains)
    }
    graph.outputs = crossing.map { GraphOutput(name: self[$0].name, node: $0, labels: nil) }
    graph.remove(rest)
    graph.removeDeadNodes()
    for id in graph.inputs.map(\.node) + graph.order {
      graph.nodes[id.index]!.type.shape[0] = 1
      switch self[id].operation {
      case .reshape(let shape): graph.nodes[id.index]!.operation = .reshape([1] + shape.dropFirst())
      case .slice(let ranges):
        var ranges = ranges
        ranges[0] = SliceRange(start: 0, end: 1)
        graph.nodes[id.index]!.operation = .slice(ranges)
      default: break
      }
    }
    return graph
  }
}
