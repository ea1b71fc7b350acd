import Diagnostics
import GraphIR

/// Turns a graph into `GraphProto`; goes on after a refusal, so that everything is reported at
/// once.
struct GraphExporter {
  private let graph: Graph
  private let names = ValueNames()
  /// What each node's result is called in the file.
  private var values: [NodeID: String] = [:]
  private var nodes: [ProtobufMessage] = []
  private var initializers: [ProtobufMessage] = []

  init(_ graph: Graph) { self.graph = graph }

  mutating func exportGraph() throws -> ProtobufMessage {
    let constants = graph.constants.filter { !graph.users(of: $0).isEmpty || graph.isOutput($0) }
    try checkValues(of: constants)
    let outputs = nameValues(constants)
    for id in constants {
      guard let tensor = graph.constantValue(of: id), let name = values[id] else { continue }
      initializers.append(tensorMessage(name, tensor))
    }
    try exportNodes()
    for (output, name) in zip(graph.outputs, outputs) where values[output.node] != name {
      exportCopy(of: output.node, as: name)
    }
    return ProtobufMessage { message in
      for node in nodes { message.add(1, node) }
      message.add(2, graph.name)
      for tensor in initializers { message.add(5, tensor) }
      for input in graph.inputs {
        message.add(11, value(values[input.node] ?? "", graph[input.node].type))
      }
      for (output, name) in zip(graph.outputs, outputs) {
        message.add(12, value(name, graph[output.node].type))
      }
    }
  }

  private func checkValues(of constants: [NodeID]) throws {
    let unbound = constants.filter { graph[$0].operation == .parameter }
    guard let first = unbound.first else { return }
    throw DiagnosticError(
      "the parameter '\(graph[first].name)' has no value"
        + (unbound.count > 1 ? ", nor have \(unbound.count - 1) others" : ""),
      hint: "give weights")
  }

  /// Names all values; inputs and outputs come first, because callers know them.
  ///
  /// - Returns: the names of the outputs.
  private mutating func nameValues(_ constants: [NodeID]) -> [String] {
    for input in graph.inputs { values[input.node] = names.claim(graph[input.node].name) }
    let outputs = graph.outputs.map { output in
      // An input that is given back is an output without a node: a copy would need another name.
      values[output.node] == output.name ? output.name : names.claim(output.name)
    }
    for (output, name) in zip(graph.outputs, outputs)
    where values[output.node] == nil && !graph[output.node].operation.isSource {
      values[output.node] = name
    }
    for id in constants + graph.order where values[id] == nil {
      values[id] = names.claim(graph[id].name)
    }
    return outputs
  }

  private mutating func exportNodes() throws {
    var refusals: [Diagnostic] = []
    for id in graph.order {
      let node = graph[id]
      var writer = NodeWriter(
        node, types: graph.operandTypes(of: id), inputs: node.inputs.map { values[$0] ?? "" },
        result: values[id] ?? "", names: names)
      do {
        try writer.export(node.operation)
      } catch let refusal as ExportRefusal {
        let place = Diagnostic.Place.subject("node '\(node.name)' (\(node.operation.mnemonic))")
        refusals.append(Diagnostic(refusal.message, at: place))
      }
      nodes += writer.nodes
      initializers += writer.initializers
    }
    guard refusals.isEmpty else { throw DiagnosticError(refusals) }
  }

  /// An output that is an input of another name, a constant, or an output already.
  private mutating func exportCopy(of id: NodeID, as name: String) {
    nodes.append(
      ProtobufMessage {
        $0.add(1, values[id] ?? "")
        $0.add(2, name)
        $0.add(3, name)
        $0.add(4, "Identity")
      })
  }

  /// A name with its type, as `ValueInfoProto`.
  private func value(_ name: String, _ type: TensorType) -> ProtobufMessage {
    let shape = ProtobufMessage { message in
      for extent in type.shape { message.add(1, ProtobufMessage { $0.add(1, extent) }) }
    }
    let tensor = ProtobufMessage {
      $0.add(1, type.element.onnxNumber)
      $0.add(2, shape)
    }
    return ProtobufMessage {
      $0.add(1, name)
      $0.add(2, ProtobufMessage { $0.add(1, tensor) })
    }
  }
}
