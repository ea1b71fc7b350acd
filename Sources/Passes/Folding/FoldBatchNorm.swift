import GraphIR

extension Pass {
  /// Takes batch normalisation into the weights and the bias of the layer before it.
  ///
  ///     before   conv1 = conv2d(x, kernel: 3, weight: $conv1.weight …)
  ///              bn1 = batch_norm(conv1, weight: $bn1.weight …, …)
  ///     after    conv1 = conv2d(x, kernel: 3, weight: $conv1.weight* …, bias: $conv1.bias* …)
  ///
  /// With s = weight / sqrt(variance + epsilon): weight* = weight · s per output channel, and bias*
  /// = (bias - mean) · s + shift. The layer must have no other reader, which would see the change.
  static let foldBatchNorm = Pass(
    name: "fold-batch-norm", summary: "folds batch normalisation into the layer before it"
  ) { graph, id in
    let node = graph[id]
    guard case .batchNormalization(let epsilon) = node.operation else { return nil }
    let layer = node.inputs[0]
    let isLinear = graph.isOpenLinear(layer) && node.type.rank == 2
    guard isLinear || graph.isOpenConvolution(layer) else { return nil }
    var statistics: [[Float]] = []
    for input in node.inputs.dropFirst() {
      guard let tensor = graph.constantValue(of: input) else { return nil }
      statistics.append(tensor.floats)
    }
    let scale = zip(statistics[0], statistics[3]).map { weight, variance in
      Double(weight) / (Double(variance) + Double(epsilon)).squareRoot()
    }
    let shift = scale.indices.map { channel in
      Double(statistics[1][channel]) - Double(statistics[2][channel]) * scale[channel]
    }
    return ChannelScaling(scale: scale, shift: shift).folded(into: layer, of: graph)
  }
}
