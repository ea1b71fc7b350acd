import GraphIR

extension Pass {
  /// Lets a convolution add the residual to its sum before it stores it.
  ///
  ///     before   conv2 = conv2d(relu1, kernel: 3, weight: …)
  ///              sum = add(conv2, x)
  ///     after    conv2 = conv2d(relu1, kernel: 3, weight: …, add: x)
  ///
  /// The convolution moves to where the addition was, after both operands. If both are
  /// convolutions, the first operand takes the second as its residual. The addition must not
  /// broadcast, nor the convolution have other readers.
  static let fuseResidual = Pass(
    name: "fuse-residual",
    summary: "moves the addition of a residual into the convolution before it"
  ) { graph, id in
    let node = graph[id]
    guard case .binary(.add, let then) = node.operation else { return nil }
    for (operand, other) in [(0, 1), (1, 0)] {
      let (layer, residual) = (node.inputs[operand], node.inputs[other])
      guard graph.isOpenConvolution(layer),
        graph[layer].type == node.type, graph[residual].type == node.type
      else { continue }
      let operation: Operation
      switch graph[layer].operation {
      case .convolution(var attributes):
        (attributes.hasResidual, attributes.then) = (true, then)
        operation = .convolution(attributes)
      case .dynamicConvolution(var attributes):
        (attributes.hasResidual, attributes.then) = (true, then)
        operation = .dynamicConvolution(attributes)
      default: continue
      }
      let operands = graph[layer].inputs + [residual]
      return .fused(
        Fusion(
          operation: operation, operands: operands.map { .node($0) }, absorbed: [layer],
          named: layer))
    }
    return nil
  }
}
