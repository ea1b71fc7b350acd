import GraphIR
import Interpreter

extension Pass {
  /// Computes nodes whose operands are all known, with the interpreter.
  ///
  ///     before   row = gather(size*, index, axis: 0)      both constant
  ///     after    row* = constant(224)
  ///
  /// Outputs stay computed unless they are integers or truth values, whose arithmetic has no kernels, and so do nodes that would make the model much larger: a broadcast of
  /// one number to an image is cheaper to compute than to ship. Resized constants, such as the
  /// positions of a vision transformer for larger images, may become sixteen times as large: reading
  /// them costs less.
  static let foldConstants = Pass(
    name: "fold-constants", summary: "computes nodes whose operands are all constant"
  ) { graph, id in
    let node = graph[id]
    guard !node.inputs.isEmpty, !graph.isOutput(id) || node.type.element != .float32 else {
      return nil
    }
    var operands: [Tensor] = []
    for input in node.inputs {
      guard let tensor = graph.constantValue(of: input) else { return nil }
      operands.append(tensor)
    }
    let given = operands.reduce(0) { $0 + $1.count }
    var limit = max(given, smallTensorLimit)
    if case .resize = node.operation { limit = max(limit, resizedGrowth * given) }
    guard node.type.elementCount <= limit else { return nil }
    return .constant(evaluate(node.operation, operands))
  }
}

/// Constants of so many elements may grow out of smaller ones.
private let smallTensorLimit = 4096

/// How many times as large constants may become by resizing.
private let resizedGrowth = 16
