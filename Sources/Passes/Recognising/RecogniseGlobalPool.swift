import GraphIR

extension Pass {
  /// Writes the mean of whole images as the global pool, however it was spelt.
  ///
  ///     before   pool = average_pool(x, kernel: 7)         x: f32[1, 512, 7, 7]
  ///     after    pool = global_average_pool(x)
  ///
  ///     before   pool = reduce_mean(x, axes: [2, 3])
  ///     after    pool.1 = global_average_pool(x)
  ///              pool = reshape(pool.1, shape: [1, 512])
  static let recogniseGlobalPool = Pass(
    name: "recognise-global-pool", summary: "turns means over whole images into the global pool"
  ) { graph, id in
    let node = graph[id]
    guard let x = node.inputs.first, graph[x].type.rank == 4 else { return nil }
    let shape = graph[x].type.shape
    switch node.operation {
    case .reduce(.mean, axes: [2, 3], let keepDimensions):
      if keepDimensions {
        return .fused(Fusion(operation: .globalAveragePool, operands: [.node(x)], absorbed: []))
      }
      let pool = Operand.computed(.globalAveragePool, [.node(x)], name: node.name)
      return .fused(
        Fusion(operation: .reshape(node.type.shape), operands: [pool], absorbed: []))
    case .averagePool(let pooling):
      guard pooling.kernel == Pair(shape[2], shape[3]), pooling.dilation == Pair(1),
        pooling.padding == .none, node.type.shape[2...] == [1, 1]
      else { return nil }
      return .fused(Fusion(operation: .globalAveragePool, operands: [.node(x)], absorbed: []))
    default:
      return nil
    }
  }
}
