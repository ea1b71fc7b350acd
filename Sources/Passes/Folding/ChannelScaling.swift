import GraphIR

/// A convolution of any kind or a linear layer with each channel of its result scaled and shifted:
/// `result · scale + shift`.
///
/// The arithmetic is done in Double and rounded once, because a network's accuracy hangs on it.
struct ChannelScaling {
  /// One value per channel.
  var scale: [Double]
  /// One value per channel.
  var shift: [Double]

  /// The layer that computes `node` from what `layer` reads, or nil where a tensor is unknown or a
  /// value not finite.
  ///
  /// - Precondition: `layer` is one of those, without residual and epilogue, `node` its one reader.
  func folded(into layer: NodeID, of graph: Graph) -> Replacement? {
    let inputs = graph[layer].inputs
    let place = graph[layer].operation.weightIndex
    guard let weight = graph.constantValue(of: inputs[place]) else { return nil }
    var bias: [Float]?
    if inputs.count > place + 1 {
      guard let tensor = graph.constantValue(of: inputs[place + 1]) else { return nil }
      bias = tensor.floats
    }
    let channels = scale.count
    let newBias = (0..<channels).map { Float(Double(bias?[$0] ?? 0) * scale[$0] + shift[$0]) }
    guard (scale + shift).allSatisfy(\.isFinite) else { return nil }

    let needsBias = bias != nil || shift.contains { $0 != 0 }
    let isScaled = scale.contains { $0 != 1 }
    let weightName = graph[inputs[place]].name
    let biasName = bias == nil ? biasName(besideWeight: weightName) : graph[inputs[place + 1]].name
    var operands: [Operand] = inputs[..<place].map { .node($0) }
    operands.append(
      isScaled
        ? .constant(
          scaled(weight, graph[layer].operation.outputChannelsOfWeight), name: starred(weightName))
        : .node(inputs[place]))
    if needsBias {
      operands.append(.constant(Tensor([channels], floats: newBias), name: starred(biasName)))
    }
    let operation: Operation
    switch graph[layer].operation {
    case .convolution(var attributes):
      attributes.hasBias = needsBias
      operation = .convolution(attributes)
    case .dynamicConvolution(var attributes):
      attributes.hasBias = needsBias
      operation = .dynamicConvolution(attributes)
    case .transposedConvolution(var attributes):
      attributes.hasBias = needsBias
      operation = .transposedConvolution(attributes)
    case .linear:
      operation = .linear(hasBias: needsBias, then: nil)
    default:
      preconditionFailure("\(graph[layer].name) has no weights")
    }
    return .fused(
      Fusion(operation: operation, operands: operands, absorbed: [layer], named: layer))
  }

  /// The weight with every filter scaled by the factor of its output channel.
  private func scaled(_ weight: Tensor, _ axis: OutputChannelAxis) -> Tensor {
    let values = weight.floats
    // Filters stand in rows: one a channel, for each kernel those of all channels, or for each input
    // channel those of its group.
    let (filters, inputs, perGroup): (Int, Int, Int)
    switch axis {
    case .outermost: (filters, inputs, perGroup) = (scale.count, 1, scale.count)
    case .secondOfAll:
      (filters, inputs, perGroup) = (weight.shape[0] * scale.count, weight.shape[0], scale.count)
    case .second(let groups):
      perGroup = scale.count / groups
      (filters, inputs) = (weight.shape[0] * perGroup, weight.shape[0] / groups)
    }
    let terms = weight.count / filters
    let result = [Float](unsafeUninitializedCapacity: values.count) { result, filled in
      values.withUnsafeBufferPointer { values in
        for filter in 0..<filters {
          let group = filter / perGroup / inputs
          let factor = scale[group * perGroup + filter % perGroup]
          for i in filter * terms..<(filter + 1) * terms {
            result.initializeElement(at: i, to: Float(Double(values[i]) * factor))
          }
        }
      }
      filled = values.count
    }
    return Tensor(weight.shape, floats: result)
  }
}

/// Where a weight has the channels of the result.
private enum OutputChannelAxis {
  /// `[K, …]`.
  case outermost
  /// `[M, K, …]`: M kernels.
  case secondOfAll
  /// `[C, K / groups, …]`, input channels of one group after those of another.
  case second(groups: Int)
}

extension Operation {
  fileprivate var outputChannelsOfWeight: OutputChannelAxis {
    switch self {
    case .transposedConvolution(let attributes): .second(groups: attributes.groups)
    case .dynamicConvolution: .secondOfAll
    default: .outermost
    }
  }

  /// The place of the weight among the operands; the bias follows it.
  fileprivate var weightIndex: Int {
    if case .dynamicConvolution = self { 2 } else { 1 }
  }
}

/// `conv1.bias` for `conv1.weight`.
private func biasName(besideWeight name: String) -> String {
  let plain = name.prefix { $0 != "*" }
  return plain.hasSuffix(".weight") ? plain.dropLast(6) + "bias" : plain + ".bias"
}
