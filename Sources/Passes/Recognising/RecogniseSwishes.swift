import GraphIR

extension Pass {
  /// Writes products with a sigmoid as one function, and the pieces of a hard sigmoid as one too.
  ///
  ///     before   s = sigmoid(conv1)
  ///              y = mul(conv1, s)
  ///     after    y = silu(conv1)
  ///
  ///     before   a = add(conv1, three)                     three = constant(3)
  ///              b = clip(a, 0, 6)
  ///              c = div(b, six)                           six = constant(6)
  ///              y = mul(conv1, c)
  ///     after    y = hard_swish(conv1)
  static let recogniseSwishes = Pass(
    name: "recognise-swishes", summary: "turns products with a sigmoid into silu or hard_swish"
  ) { graph, id in
    if let (x, absorbed) = graph.hardSigmoidPieces(id) {
      return .fused(
        Fusion(
          operation: .unary(.hardSigmoid(alpha: 1 / 6, beta: 0.5)), operands: [.node(x)],
          absorbed: absorbed))
    }
    guard case .binary(.multiply, nil) = graph[id].operation else { return nil }
    let inputs = graph[id].inputs
    for (x, gate) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      guard case .unary(let function) = graph[gate].operation, graph.hasSingleUse(gate),
        graph[gate].inputs == [x]
      else { continue }
      let product: UnaryFunction
      switch function {
      case .sigmoid: product = .silu
      case .hardSigmoid(let alpha, 0.5) where (alpha - 1 / 6).magnitude < 1e-6:
        product = .hardSwish
      default: continue
      }
      return .fused(Fusion(operation: .unary(product), operands: [.node(x)], absorbed: [gate]))
    }
    return nil
  }
}

extension Graph {
  /// The x of `clip(x + 3, 0, 6) / 6`, or of the same times 1/6, and the nodes on the way.
  fileprivate func hardSigmoidPieces(_ id: NodeID) -> (x: NodeID, absorbed: [NodeID])? {
    guard case .binary(let function, nil) = self[id].operation,
      let (clip, factor) = operandAndScalar(id, ordered: function == .divide),
      function == .divide && factor == 6
        || function == .multiply && (factor - 1 / 6).magnitude < 1e-6,
      case .unary(.clip(0, 6)) = self[clip].operation, hasSingleUse(clip)
    else { return nil }
    let sum = self[clip].inputs[0]
    guard case .binary(.add, nil) = self[sum].operation, hasSingleUse(sum),
      let (x, offset) = operandAndScalar(sum), offset == 3
    else { return nil }
    return (x, [sum, clip])
  }
}
