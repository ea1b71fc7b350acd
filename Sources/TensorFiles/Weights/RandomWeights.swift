import GraphIR

/// Fills every parameter of a graph with pseudo-random numbers that depend on the seed, the
/// parameter's name and type, and its role in the graph, which sets their range.
///
/// The ranges keep the signal of deep networks alive and finite: weights as He et al. ("Delving
/// Deep into Rectifiers", 2015, section 2.2) derive for rectifiers, and residual branches small
/// beside their shortcuts, so that a thousand blocks do not overflow. `docs/weights.md` defines
/// everything bit for bit.
public func randomWeights(for graph: inout Graph, seed: UInt64) {
  for id in graph.constants where graph[id].operation == .parameter {
    let node = graph[id]
    guard node.type.element == .float32 else {
      graph.bind(id, to: randomTensor(node.type, seed: seed, name: node.name))
      continue
    }
    let range = ParameterRole(of: id, in: graph).range
    let stream = RandomStream(seed: seed, name: node.name)
    let values = stream.uniform(node.type.elementCount, centre: range.centre, half: range.half)
    graph.bind(id, to: Tensor(node.type.shape, floats: values))
  }
}

/// What a parameter is to the first operation that reads it.
enum ParameterRole: Equatable {
  /// The weight of a convolution, linear layer or matrix product that sums up to `fanIn` products;
  /// `residual` where the result is the last of a residual branch.
  case weight(fanIn: Int, residual: Bool)
  /// The bias of a convolution or linear layer.
  case bias
  /// The scale of a batch normalisation; `residual` where the result is the last of a residual
  /// branch.
  case scale(residual: Bool)
  case shift, mean, variance
  case other

  /// How much smaller the last operation of a residual branch is; a power of two, so that it scales
  /// exactly.
  private static let residualGain: Float = 0.25

  /// Centre and half width of the values.
  var range: (centre: Double, half: Float) {
    switch self {
    case .weight(let fanIn, let residual):
      let bound = Float((6 / Double(max(1, fanIn))).squareRoot())
      return (0, residual ? bound * Self.residualGain : bound)
    case .scale(let residual): return residual ? (0.25, 0.125) : (1, 0.5)
    case .variance: return (1, 0.5)
    case .bias, .shift, .mean: return (0, 0.1)
    case .other: return (0, 1)
    }
  }

  /// The role of a parameter in a graph.
  init(of id: NodeID, in graph: Graph) {
    guard let user = graph.users(of: id).first,
      let operand = graph[user].inputs.firstIndex(of: id)
    else {
      self = .other
      return
    }
    let shape = graph[id].type.shape
    switch (graph[user].operation, operand) {
    case (.convolution, 1), (.linear, 1):
      self = .weight(
        fanIn: shape.dropFirst().reduce(1, *), residual: graph.endsResidualBranch(user))
    case (.transposedConvolution(let attributes), 1):
      // [C, K / groups, R, S]: every so-manieth tap meets a pixel of the operand.
      let taps = (attributes.stride.height, attributes.stride.width)
      self = .weight(
        fanIn: shape[0] / attributes.groups * ((shape[2] + taps.0 - 1) / taps.0)
          * ((shape[3] + taps.1 - 1) / taps.1),
        residual: graph.endsResidualBranch(user))
    case (.dynamicConvolution, 2):
      // [M, K, C / groups, R, S]: the mean of M kernels is smaller than each.
      self = .weight(
        fanIn: shape.dropFirst(2).reduce(1, *) / shape[0], residual: graph.endsResidualBranch(user))
    case (.matrixMultiply, 1):
      self = .weight(
        fanIn: shape[shape.count - 2], residual: graph.endsResidualBranch(user))
    case (.recurrent, 1): self = .weight(fanIn: shape[1], residual: false)
    case (.recurrent, 2):
      // Within 1 / √H, as PyTorch begins: a state that grew from step to step would be noise.
      self = .weight(fanIn: 6 * shape[1], residual: false)
    case (.recurrent(let layer), 3...4) where layer.hasBias: self = .bias
    case (.convolution(let attributes), 2) where attributes.hasBias: self = .bias
    case (.dynamicConvolution(let attributes), 3) where attributes.hasBias: self = .bias
    case (.linear, 2), (.transposedConvolution, 2): self = .bias
    case (.batchNormalization, 1): self = .scale(residual: graph.endsResidualBranch(user))
    case (.batchNormalization, 2): self = .shift
    case (.batchNormalization, 3): self = .mean
    case (.batchNormalization, 4): self = .variance
    default: self = .other
    }
  }
}

extension Graph {
  /// Whether the first reader of a node adds it to something that is no result of a parametrised
  /// operation: the shortcut of a residual block. Where both are (a block with a projection),
  /// neither counts as the branch, lest the signal shrink at each.
  fileprivate func endsResidualBranch(_ id: NodeID) -> Bool {
    guard let user = users(of: id).first, case .binary(.add, _) = self[user].operation,
      let other = self[user].inputs.first(where: { $0 != id })
    else { return false }
    switch self[other].operation {
    case .convolution, .transposedConvolution, .dynamicConvolution, .integerConvolution, .linear,
      .matrixMultiply, .batchNormalization,
      .parameter, .constant:
      return false
    default: return true
    }
  }
}
