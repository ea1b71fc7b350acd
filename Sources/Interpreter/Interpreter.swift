import Diagnostics
import GraphIR

/// Computes a graph with strict scalar semantics: the oracle that compiled code is tested against.
///
/// Every sum and every transcendental function is computed in Double and rounded to float32 once
/// per node, so that a result is as near to the real number as the type allows. The same graph and
/// inputs give the same bits always.
public struct Interpreter: Sendable {
  /// The graph that is computed.
  public let graph: Graph

  /// The largest number of elements of one value: a mistaken `pad` fails with a message, not for
  /// want of memory.
  public static let maximumElementCount = 1 << 31

  /// Creates an interpreter of a graph.
  public init(_ graph: Graph) { self.graph = graph }

  /// Computes the outputs.
  ///
  /// - Parameter inputs: one tensor per input of the graph, by name.
  /// - Returns: one tensor per output, by name.
  /// - Throws: `DiagnosticError` for a missing, unknown or wrongly typed input and for a parameter
  ///   without weights.
  public func run(inputs: [String: Tensor]) throws -> [String: Tensor] {
    try runAll(inputs: inputs) { _, _ in }
  }

  /// Computes the outputs and shows every computing node's value on the way, in the graph's order.
  ///
  /// A value is dropped after its last use, so memory stays near that of the largest few values.
  ///
  /// - Throws: what `run` throws, and what `visit` throws.
  @discardableResult
  public func runAll(
    inputs: [String: Tensor], visit: (NodeID, Tensor) throws -> Void
  ) throws -> [String: Tensor] {
    var values = try boundInputs(inputs)
    var pendingReads: [NodeID: Int] = [:]
    for id in graph.order {
      for operand in graph[id].inputs { pendingReads[operand, default: 0] += 1 }
    }
    for output in graph.outputs { pendingReads[output.node, default: 0] += 1 }

    for id in graph.order {
      let node = graph[id]
      guard node.type.elementCount <= Self.maximumElementCount else {
        throw DiagnosticError("\(node.name): \(node.type) is too large to compute", at: node.place)
      }
      let operands = try node.inputs.map { try value(of: $0, in: values) }
      let result = evaluate(node.operation, operands)
      precondition(result.type == node.type, "\(node.name): \(result.type), not \(node.type)")
      try visit(id, result)
      if pendingReads[id] != nil { values[id] = result }
      for operand in node.inputs {
        pendingReads[operand, default: 1] -= 1
        if pendingReads[operand] == 0 { values[operand] = nil }
      }
    }

    var results: [String: Tensor] = [:]
    for output in graph.outputs {
      results[output.name] = try value(of: output.node, in: values)
    }
    return results
  }

  private func value(of id: NodeID, in values: [NodeID: Tensor]) throws -> Tensor {
    let node = graph[id]
    switch node.operation {
    case .constant(let tensor):
      return tensor
    case .parameter:
      throw DiagnosticError(
        "the parameter '\(node.name)' has no value", at: node.place,
        hint: "give weights that hold it")
    default:
      guard let tensor = values[id] else {
        preconditionFailure("\(node.name) is read before it is computed")
      }
      return tensor
    }
  }

  private func boundInputs(_ given: [String: Tensor]) throws -> [NodeID: Tensor] {
    var values: [NodeID: Tensor] = [:]
    let names = graph.inputs.map { graph[$0.node].name }
    for input in graph.inputs {
      let node = graph[input.node]
      guard let tensor = given[node.name] else {
        throw DiagnosticError("no value is given for the input '\(node.name)'", at: node.place)
      }
      guard tensor.type == node.type else {
        throw DiagnosticError(
          "the input '\(node.name)' is \(node.type), but \(tensor.type) is given", at: node.place)
      }
      values[input.node] = tensor
    }
    for name in given.keys.sorted() where !names.contains(name) {
      throw DiagnosticError(
        "the model has no input '\(name)'", hint: nearestNamesHint(for: name, in: names))
    }
    return values
  }
}
