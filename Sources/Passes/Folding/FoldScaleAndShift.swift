import GraphIR

extension Pass {
  /// Takes arithmetic with one number per channel into the weights and the bias of the layer before
  /// it.
  ///
  ///     before   conv1 = conv2d(x, kernel: 3, weight: $conv1.weight …)
  ///              scaled = mul(conv1, s)                    s: f32[1, 16, 1, 1], known
  ///              y = add(scaled, b)                        b: f32[16, 1, 1], known
  ///     after    conv1 = conv2d(x, kernel: 3, weight: $conv1.weight* …, bias: $conv1.bias* …)
  ///
  /// Exporters write so what they have taken apart: biases, batch normalisation, layer scale,
  /// stochastic depth.
  static let foldScaleAndShift = Pass(
    name: "fold-scale-and-shift", summary: "folds arithmetic per channel into the layer before it"
  ) { graph, id in
    let node = graph[id]
    guard case .binary(let function, nil) = node.operation else { return nil }
    for (operand, constant) in [(0, 1), (1, 0)] {
      let layer = node.inputs[operand]
      guard graph[layer].type == node.type,
        graph.isOpenLinear(layer) || graph.isOpenConvolution(layer)
      else { continue }
      var axis = 1
      if case .linear = graph[layer].operation { axis = node.type.rank - 1 }
      guard
        let values = graph.channelConstant(
          node.inputs[constant], along: axis, of: node.type.shape),
        let scaling = ChannelScaling(function, values.map(Double.init), layerFirst: operand == 0)
      else { continue }
      return scaling.folded(into: layer, of: graph)
    }
    return nil
  }
}

extension ChannelScaling {
  /// The scaling that a function of the layer and a constant is, if it is one.
  fileprivate init?(_ function: BinaryFunction, _ values: [Double], layerFirst: Bool) {
    let ones = [Double](repeating: 1, count: values.count)
    let zeros = [Double](repeating: 0, count: values.count)
    switch (function, layerFirst) {
    case (.add, _): self.init(scale: ones, shift: values)
    case (.subtract, true): self.init(scale: ones, shift: values.map { -$0 })
    case (.subtract, false): self.init(scale: ones.map { -$0 }, shift: values)
    case (.multiply, _): self.init(scale: values, shift: zeros)
    case (.divide, true): self.init(scale: values.map { 1 / $0 }, shift: zeros)
    default: return nil
    }
  }
}
