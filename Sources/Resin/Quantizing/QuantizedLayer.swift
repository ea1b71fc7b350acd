import GraphIR

/// A layer that can be computed on integers: a convolution or a linear layer with known weights.
struct QuantizedLayer {
  /// The name of its node.
  let name: String
  let node: NodeID
  /// The value that it reads.
  let data: NodeID
  /// The value that is quantised for it: `data`, or what that is only moved from.
  let origin: NodeID
  /// f32, output channels first.
  let weights: Tensor
  /// One per output channel; zeros where the layer has none.
  let bias: [Float]
  /// Multiply-adds of a run.
  let products: Int
}

extension Graph {
  /// The layers that can be computed on integers, in order of execution.
  func quantizableLayers() -> [QuantizedLayer] {
    order.compactMap { id in
      let node = self[id]
      let hasBias: Bool
      switch node.operation {
      case .convolution(let attributes) where !attributes.hasResidual && attributes.then == nil:
        hasBias = attributes.hasBias
      case .linear(let bias, nil): hasBias = bias
      default: return nil
      }
      let data = node.inputs[0]
      guard constantValue(of: data) == nil, self[data].type.element == .float32,
        let weights = constantValue(of: node.inputs[1]), weights.count > 0,
        node.type.elementCount > 0
      else { return nil }
      var bias = [Float](repeating: 0, count: weights.shape[0])
      if hasBias {
        guard let known = constantValue(of: node.inputs[2]) else { return nil }
        bias = known.floats
      }
      return QuantizedLayer(
        name: node.name, node: id, data: data, origin: movedOrigin(of: data), weights: weights,
        bias: bias, products: node.type.elementCount * (weights.count / weights.shape[0]))
    }
  }

  /// The value whose elements a value consists of: operations that only move or choose elements give the same levels
  /// that they take.
  func movedOrigin(of id: NodeID) -> NodeID {
    var current = id
    while movesLevels(current) { current = self[current].inputs[0] }
    return current
  }

  /// Whether a node gives elements of its operand, or 0.
  private func movesLevels(_ id: NodeID) -> Bool {
    switch self[id].operation {
    case .maxPool, .reshape, .transpose, .slice, .stridedShortcut, .identity, .dropout: true
    default: false
    }
  }

  /// The nodes from an origin, left out, to a value, in order of execution.
  func movements(from origin: NodeID, to id: NodeID) -> [NodeID] {
    var (path, current) = ([NodeID](), id)
    while current != origin {
      path.append(current)
      current = self[current].inputs[0]
    }
    return path.reversed()
  }
}
