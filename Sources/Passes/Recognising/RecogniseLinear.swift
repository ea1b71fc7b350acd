import GraphIR
import Interpreter

extension Pass {
  /// Writes a product with a known matrix as a linear layer.
  ///
  ///     before   fc = matmul(flat, w)                      w: f32[512, 10], known
  ///     after    fc = linear(flat, weight: $w* f32[10, 512])
  ///
  /// An addition after it joins as the bias by `fold-scale-and-shift`.
  static let recogniseLinear = Pass(
    name: "recognise-linear", summary: "turns a product with a constant matrix into a linear layer"
  ) { graph, id in
    let node = graph[id]
    guard case .matrixMultiply = node.operation,
      let matrix = graph.constantValue(of: node.inputs[1]), matrix.shape.count == 2,
      graph.constantValue(of: node.inputs[0]) == nil
    else { return nil }
    let weight = evaluate(.transpose([1, 0]), [matrix])
    let name = starred(graph[node.inputs[1]].name)
    return .fused(
      Fusion(
        operation: .linear(hasBias: false, then: nil),
        operands: [.node(node.inputs[0]), .constant(weight, name: name)], absorbed: []))
  }
}
