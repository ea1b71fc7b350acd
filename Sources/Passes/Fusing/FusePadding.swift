import GraphIR

extension Pass {
  /// Lets a convolution or pool pad its image itself.
  ///
  ///     before   padded = pad(x, before: [0, 0, 3, 3], after: [0, 0, 3, 3])
  ///              conv1 = conv2d(padded, kernel: 7, stride: 2, weight: …)
  ///     after    conv1 = conv2d(x, kernel: 7, stride: 2, padding: 3, weight: …)
  ///
  /// A maximum takes in padding with -infinity, or with 0 where no element is negative. A mean
  /// takes in padding with 0 if it counts it: where it counts no padding of its own, it must have
  /// none.
  static let fusePadding = Pass(
    name: "fuse-padding", summary: "moves padding into the convolution or pool that reads it"
  ) { graph, id in
    let node = graph[id]
    guard let padded = node.inputs.first, case .pad(let amounts) = graph[padded].operation,
      amounts.mode == .constant, graph[padded].type.rank == 4,
      amounts.before[0] == 0, amounts.before[1] == 0, amounts.after[0] == 0, amounts.after[1] == 0
    else { return nil }
    let x = graph[padded].inputs[0]
    let operation: Operation
    switch node.operation {
    case .convolution(var attributes):
      guard amounts.value == 0 else { return nil }
      attributes.padding = attributes.padding.widened(by: amounts)
      operation = .convolution(attributes)
    case .maxPool(var pooling):
      let isHarmless = amounts.value == 0 && pooling.dilation == Pair(1) && graph.isNonNegative(x)
      guard amounts.value == -.infinity || isHarmless, !pooling.ceilMode else { return nil }
      pooling.padding = pooling.padding.widened(by: amounts)
      operation = .maxPool(pooling)
    case .averagePool(var pooling):
      guard amounts.value == 0, !pooling.ceilMode,
        pooling.countIncludesPadding || pooling.padding == .none
      else { return nil }
      pooling.padding = pooling.padding.widened(by: amounts)
      pooling.countIncludesPadding = true
      operation = .averagePool(pooling)
    default:
      return nil
    }
    let operands = [x] + node.inputs.dropFirst()
    guard graph.fits(operation, operands, node.type) else { return nil }
    return .fused(
      Fusion(
        operation: operation, operands: operands.map { .node($0) },
        absorbed: graph.hasSingleUse(padded) ? [padded] : []))
  }
}

extension Padding {
  fileprivate func widened(by amounts: PadAmounts) -> Padding {
    Padding(
      top: top + amounts.before[2], left: left + amounts.before[3],
      bottom: bottom + amounts.after[2], right: right + amounts.after[3])
  }
}
