import Diagnostics
import GraphIR

/// Rounds the weights of convolutions, linear and recurrent layers to what a format stores, so that the
/// graph is the model that compiled code computes: every algorithm computes with the rounded weights,
/// and the interpreter is exact for them. Biases, and weights that are mixed or moved at run time,
/// stay as they are.
///
/// - Throws: `DiagnosticError` naming every layer with a weight that the format is too narrow for.
public func roundWeights(of graph: inout Graph, to format: FloatFormat) throws {
  guard format != .float32 else { return }
  var problems: [Diagnostic] = []
  var seen: Set<NodeID> = []
  for id in graph.order {
    for operand in graph[id].weightOperands where seen.insert(operand).inserted {
      guard let tensor = graph.constantValue(of: operand) else { continue }
      let values = tensor.floats
      if let value = values.first(where: format.overflows) {
        problems.append(
          Diagnostic(
            "\(format.rawValue) cannot hold \(value), a weight of '\(graph[id].name)'",
            at: graph.subject(of: id), hint: format.widerFormats))
        continue
      }
      guard values.contains(where: { format.rounded($0).bitPattern != $0.bitPattern }) else {
        continue
      }
      graph.bind(operand, to: Tensor(tensor.shape, floats: values.map(format.rounded)))
    }
  }
  if !problems.isEmpty { throw DiagnosticError(problems) }
}

extension Node {
  /// The operands that a layer multiplies its input by.
  fileprivate var weightOperands: [NodeID] {
    switch operation {
    case .convolution, .transposedConvolution, .linear: [inputs[1]]
    case .recurrent: Array(inputs[1...2])
    default: []
    }
  }
}

extension Graph {
  fileprivate func subject(of id: NodeID) -> Diagnostic.Place {
    if case .none = self[id].place { return .subject("model '\(name)': node '\(self[id].name)'") }
    return self[id].place
  }
}

extension FloatFormat {
  /// What to do where it is too narrow.
  fileprivate var widerFormats: String {
    switch self {
    case .float16: "give --weights-type bf16, which reaches as far as f32, or f32"
    case .float32, .bfloat16: "give --weights-type f32"
    }
  }
}
