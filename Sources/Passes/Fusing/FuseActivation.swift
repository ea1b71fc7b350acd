import GraphIR

extension Pass {
  /// Lets a layer or an arithmetic operation apply the activation to its result before it stores
  /// it.
  ///
  ///     before   conv1 = conv2d(x, kernel: 3, weight: …)
  ///              y = relu(conv1)
  ///     after    conv1 = conv2d(x, kernel: 3, weight: …, then: relu)
  ///
  /// Of the functions, those that cost a few instructions per element join; `tanh`, `erf` and the
  /// like do not. The layer must have no other reader. A clamp after a clamp that has joined
  /// already joins it too.
  static let fuseActivation = Pass(
    name: "fuse-activation", summary: "moves an activation into the operation before it"
  ) { graph, id in
    let node = graph[id]
    guard case .unary(let function) = node.operation, function.isCheapEpilogue else { return nil }
    let layer = node.inputs[0]
    guard graph.hasSingleUse(layer),
      let operation = graph[layer].operation.with(epilogue: function)
    else { return nil }
    return .fused(
      Fusion(
        operation: operation, operands: graph[layer].inputs.map { .node($0) },
        absorbed: [layer], named: layer))
  }
}

extension UnaryFunction {
  fileprivate var isCheapEpilogue: Bool {
    switch self {
    case .relu, .clip, .saturate, .leakyRelu, .hardSigmoid, .hardSwish, .sigmoid, .silu: true
    default: false
    }
  }

  /// The function that applies this one after another, if it is one of ours.
  fileprivate func after(_ first: UnaryFunction?) -> UnaryFunction? {
    guard let first else { return self }
    guard let inner = first.clampInterval, let outer = clampInterval else { return nil }
    func end(_ value: Float) -> Float { min(max(value, outer.low), outer.high) }
    return .clamping(low: end(inner.low), high: end(inner.high))
  }
}

extension Operation {
  /// The operation with a function applied to its result, if it can do that.
  fileprivate func with(epilogue function: UnaryFunction) -> Operation? {
    switch self {
    case .convolution(var attributes):
      guard let then = function.after(attributes.then) else { return nil }
      attributes.then = then
      return .convolution(attributes)
    case .dynamicConvolution(var attributes):
      guard let then = function.after(attributes.then) else { return nil }
      attributes.then = then
      return .dynamicConvolution(attributes)
    case .transposedConvolution(var attributes):
      guard let then = function.after(attributes.then) else { return nil }
      attributes.then = then
      return .transposedConvolution(attributes)
    case .linear(let hasBias, let first):
      guard let then = function.after(first) else { return nil }
      return .linear(hasBias: hasBias, then: then)
    case .binary(let binary, let first):
      guard let then = function.after(first) else { return nil }
      return .binary(binary, then: then)
    default:
      return nil
    }
  }
}
