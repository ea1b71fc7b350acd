import GraphIR

extension Pass {
  /// Writes minima and maxima with a number as clips, and makes one of clamps in a row.
  ///
  ///     before   low = max(conv1, zero)                    zero = constant(0)
  ///              y = min(low, six)                         six = constant(6)
  ///     after    y = clip(conv1, 0, 6)
  ///
  /// A clip from 0 to infinity is written `relu`.
  static let recogniseClamps = Pass(
    name: "recognise-clamps", summary: "turns min and max with a number into clip and merges clamps"
  ) { graph, id in
    let node = graph[id]
    var function: UnaryFunction
    var x: NodeID
    switch node.operation {
    case .unary(let own):
      (function, x) = (own, node.inputs[0])
    case .binary(let binary, nil):
      guard binary == .minimum || binary == .maximum,
        let (operand, scalar) = graph.operandAndScalar(id), !scalar.isNaN
      else { return nil }
      let (low, high): (Float, Float) =
        binary == .maximum ? (scalar, .infinity) : (-.infinity, scalar)
      (function, x) = (.clamping(low: low, high: high), operand)
    default:
      return nil
    }

    var absorbed: [NodeID] = []
    if case .unary(let inner) = graph[x].operation, graph.hasSingleUse(x),
      let first = inner.clampInterval, let second = function.clampInterval
    {
      // Clamping the ends of the first interval gives those of both in a row.
      func end(_ value: Float) -> Float { min(max(value, second.low), second.high) }
      function = .clamping(low: end(first.low), high: end(first.high))
      absorbed = [x]
      x = graph[x].inputs[0]
    } else if case .unary(let own) = node.operation {
      guard case .clip(0, .infinity) = own else { return nil }
      function = .relu
    }
    return .fused(Fusion(operation: .unary(function), operands: [.node(x)], absorbed: absorbed))
  }
}
