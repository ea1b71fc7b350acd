import GraphIR
import Interpreter

extension Pass {
  /// Writes a convolution whose weights a product of attention and known kernels gives as one that
  /// mixes kernels per image.
  ///
  ///     before   w = linear(attention, weight: $kernels …)   attention: f32[N, M]
  ///              w4 = reshape(w, shape: [N·K, C, 3, 3])
  ///              xs = reshape(x, shape: [1, N·C, H, W])
  ///              conv = conv2d(xs, weight: w4, kernel: 3, groups: N)
  ///              y = reshape(conv, shape: [N, K, H, W])
  ///     after    y = dynamic_conv2d(x, attention, weight: $kernels* f32[M, K, C, 3, 3], kernel: 3)
  ///
  /// So PyTorch's implementations write it, with the images of a batch as groups. Kernels that are
  /// known can be packed before they are mixed. Bias and residual must not have joined yet.
  static let recogniseDynamicConvolution = Pass(
    name: "recognise-dynamic-convolution",
    summary: "turns a convolution with mixed kernels into one operation"
  ) { graph, id in
    let node = graph[id]
    guard case .convolution(var attributes) = node.operation, !attributes.hasBias,
      !attributes.hasResidual, attributes.then == nil, graph.hasSingleUse(node.inputs[1]),
      case .reshape = graph[node.inputs[1]].operation,
      let mixture = graph.mixture(graph[node.inputs[1]].inputs[0])
    else { return nil }
    let (x, weight) = (graph[node.inputs[0]].type.shape, graph[node.inputs[1]].type.shape)
    let images = graph[mixture.attention].type.shape[0]
    guard x[0] == 1, images > 0, attributes.groups % images == 0, x[1] % images == 0,
      weight[0] % images == 0
    else { return nil }
    attributes.groups /= images
    let result = node.type.shape
    let kernels = mixture.kernels.reshaped(
      to: [mixture.kernels.shape[0], weight[0] / images] + weight[1...])
    let image = Operand.computed(
      .reshape([images, x[1] / images, x[2], x[3]]), [.node(node.inputs[0])],
      name: "\(node.name).images")
    let mixed = Operand.computed(
      .dynamicConvolution(attributes),
      [
        image, .node(mixture.attention),
        .constant(kernels, name: starred(graph[mixture.weight].name)),
      ], name: "\(node.name).mixed")
    return .fused(
      Fusion(
        operation: .reshape(result), operands: [mixed],
        absorbed: [mixture.product, node.inputs[1]]))
  }
}

/// A product of attention `[N, M]` and M known kernels, each in a row of `kernels`.
private struct Mixture {
  var attention: NodeID
  var product: NodeID
  /// The constant of the graph that holds the kernels.
  var weight: NodeID
  var kernels: Tensor
}

extension Graph {
  fileprivate func mixture(_ id: NodeID) -> Mixture? {
    let node = self[id]
    guard hasSingleUse(id), node.inputs.count == 2, self[node.inputs[0]].type.rank == 2,
      let matrix = constantValue(of: node.inputs[1]), matrix.shape.count == 2
    else { return nil }
    let kernels: Tensor
    switch node.operation {
    case .linear(false, nil): kernels = evaluate(.transpose([1, 0]), [matrix])
    case .matrixMultiply: kernels = matrix
    default: return nil
    }
    return Mixture(
      attention: node.inputs[0], product: id, weight: node.inputs[1], kernels: kernels)
  }
}
