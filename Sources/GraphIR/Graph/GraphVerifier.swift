import Diagnostics

/// Checks of what every pass may rely on and must leave true.
extension Graph {
  /// The first broken invariant in words, or nil: names, order, user lists, types, outputs.
  public func firstBrokenInvariant() -> String? {
    var placed = [Bool](repeating: false, count: nodes.count)
    var expectedUsers = [[NodeID]](repeating: [], count: nodes.count)
    for index in nodes.indices {
      guard let node = nodes[index] else { continue }
      if idsByName[node.name]?.index != index { return "the name \(node.name) is not registered" }
      if node.operation.isSource {
        if !node.inputs.isEmpty { return "the source \(node.name) has operands" }
        placed[index] = true
      }
      if case .constant(let tensor) = node.operation, tensor.type != node.type {
        return "the constant \(node.name) has type \(node.type) but holds \(tensor.type)"
      }
      for operand in node.inputs {
        guard contains(operand) else { return "\(node.name) reads a removed node" }
        expectedUsers[operand.index].append(NodeID(index: index))
      }
    }
    for index in nodes.indices where nodes[index] != nil {
      if expectedUsers[index] != userLists[index] {
        return "the users of \(nodes[index]!.name) are out of step"
      }
    }
    for id in order {
      guard contains(id) else { return "the order holds a removed node" }
      let node = self[id]
      if placed[id.index] { return "\(node.name) stands twice in the order, or is a source" }
      for operand in node.inputs where !placed[operand.index] {
        return "\(node.name) stands before its operand \(self[operand].name)"
      }
      placed[id.index] = true
      do throws(ShapeError) {
        let type = try node.operation.resultType(operandTypes(of: id))
        if type != node.type { return "\(node.name) has type \(node.type), not \(type)" }
      } catch {
        return "\(node.name): \(error.message)"
      }
    }
    for index in nodes.indices where nodes[index] != nil && !placed[index] {
      return "\(nodes[index]!.name) is not in the order"
    }
    for output in outputs where !contains(output.node) {
      return "output \(output.name) was removed"
    }
    return nil
  }
}

extension Graph: Equatable {
  /// Whether two graphs compute the same under the same names: name, inputs, outputs, and the nodes
  /// in order with their operations, operands and types. Constants that have a name only
  /// (parameters) equal constants of that name.
  public static func == (left: Graph, right: Graph) -> Bool {
    left.firstDifference(from: right) == nil
  }

  /// The first difference between two graphs in words, or nil where they are equal.
  public func firstDifference(from other: Graph) -> String? {
    if name != other.name { return "named \(name) and \(other.name)" }
    if order.count != other.order.count {
      return "\(order.count) and \(other.order.count) computing nodes"
    }
    func describe(_ graph: Graph, _ input: GraphInput) -> String {
      "\(graph[input.node].name): \(graph[input.node].type) \(String(describing: input.preprocessing))"
    }
    let (ownInputs, otherInputs) = (
      inputs.map { describe(self, $0) }, other.inputs.map { describe(other, $0) }
    )
    if ownInputs != otherInputs { return "inputs \(ownInputs) and \(otherInputs)" }
    func describe(_ graph: Graph, _ output: GraphOutput) -> String {
      "\(output.name) = \(graph[output.node].name) \(output.labels ?? "") \(String(describing: output.picture))"
    }
    let (ownOutputs, otherOutputs) = (
      outputs.map { describe(self, $0) }, other.outputs.map { describe(other, $0) }
    )
    if ownOutputs != otherOutputs { return "outputs \(ownOutputs) and \(otherOutputs)" }
    for (a, b) in zip(order, other.order) {
      let (x, y) = (self[a], other[b])
      if x.name != y.name { return "\(x.name) and \(y.name)" }
      if x.operation != y.operation { return "\(x.name): \(x.operation) and \(y.operation)" }
      if x.type != y.type { return "\(x.name): \(x.type) and \(y.type)" }
      for (p, q) in zip(x.inputs, y.inputs) {
        let (own, theirs) = (self[p], other[q])
        if own.name != theirs.name || own.type != theirs.type {
          return "\(x.name) reads \(own.name): \(own.type) and \(theirs.name): \(theirs.type)"
        }
      }
      if x.inputs.count != y.inputs.count {
        return "\(x.name) has \(x.inputs.count) and \(quantity(y.inputs.count, "operand"))"
      }
    }
    return nil
  }
}
