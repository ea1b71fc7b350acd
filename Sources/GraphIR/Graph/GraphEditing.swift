import Diagnostics

/// Rewriting a graph.
extension Graph {
  /// Gives a computing node another operation and other operands; its identity, name and place in
  /// the order stay.
  ///
  /// - Precondition: the operands come before it in the order.
  /// - Throws: `ShapeError` where the operands do not fit the operation; the graph is unchanged
  ///   then.
  public mutating func update(
    _ id: NodeID, _ operation: Operation, _ operands: [NodeID]
  ) throws(ShapeError) {
    let type = try operation.resultType(operands.map { self[$0].type })
    for operand in self[id].inputs { removeUser(id, of: operand) }
    for operand in operands { addUser(id, of: operand) }
    nodes[id.index]!.operation = operation
    nodes[id.index]!.inputs = operands
    nodes[id.index]!.type = type
  }

  /// Turns a parameter into a known tensor.
  ///
  /// - Precondition: the node is a parameter or constant of the tensor's type.
  public mutating func bind(_ id: NodeID, to tensor: Tensor) {
    precondition(self[id].type == tensor.type, "\(tensor.type) bound to \(self[id].type)")
    nodes[id.index]!.operation = .constant(tensor)
  }

  /// Turns a computing node into a known tensor of its type; it keeps its name and leaves the
  /// order.
  public mutating func replaceByConstant(_ id: NodeID, _ tensor: Tensor) {
    precondition(self[id].type == tensor.type, "\(tensor.type) in place of \(self[id].type)")
    for operand in self[id].inputs { removeUser(id, of: operand) }
    nodes[id.index]!.operation = .constant(tensor)
    nodes[id.index]!.inputs = []
    order.removeAll { $0 == id }
  }

  /// Makes every user and every output of one node read another of the same type.
  public mutating func replaceUses(of old: NodeID, by new: NodeID) {
    precondition(
      self[old].type == self[new].type, "\(self[new].type) in place of \(self[old].type)")
    for user in userLists[old.index] {
      let position = nodes[user.index]!.inputs.firstIndex(of: old)!
      nodes[user.index]!.inputs[position] = new
      addUser(user, of: new)
    }
    userLists[old.index] = []
    for index in outputs.indices where outputs[index].node == old { outputs[index].node = new }
  }

  /// Lets `id` take over the name of `absorbed`, whose work it now does, and remembers its own
  /// among the fused.
  ///
  /// The fused node is called after the first of its chain: a convolution stays `layer1.0.conv1`
  /// when its batch normalisation, addition and activation join it, because that is the name in the
  /// checkpoint and in profiles.
  public mutating func takeName(of absorbed: NodeID, for id: NodeID) {
    let name = self[absorbed].name
    let own = self[id].name
    nodes[id.index]!.fused = self[absorbed].fused + [own] + self[id].fused
    nodes[absorbed.index]!.name = own
    nodes[id.index]!.name = name
    idsByName[name] = id
    idsByName[own] = absorbed
  }

  /// Remembers the name of a node that ran before `id` and was fused into it without giving it its
  /// name.
  public mutating func recordFusion(of absorbed: NodeID, into id: NodeID) {
    nodes[id.index]!.fused = self[absorbed].fused + [self[absorbed].name] + self[id].fused
  }

  /// Removes nodes that nothing reads.
  ///
  /// - Precondition: they have no users outside the set and are not outputs or inputs of the graph.
  public mutating func remove(_ ids: Set<NodeID>) {
    for index in nodes.indices {
      let id = NodeID(index: index)
      guard ids.contains(id), let node = nodes[index] else { continue }
      precondition(!isOutput(id), "\(node.name) is an output")
      precondition(userLists[index].allSatisfy(ids.contains), "\(node.name) is in use")
      for operand in node.inputs where !ids.contains(operand) { removeUser(id, of: operand) }
      idsByName[node.name] = nil
      nodes[index] = nil
      userLists[index] = []
    }
    order.removeAll(where: ids.contains)
  }

  /// Removes every computing node and constant that no output needs; inputs stay. Returns whether
  /// there were any.
  @discardableResult
  public mutating func removeDeadNodes() -> Bool {
    var alive = [Bool](repeating: false, count: nodes.count)
    var pending = outputs.map(\.node) + inputs.map(\.node)
    while let id = pending.popLast() {
      guard !alive[id.index] else { continue }
      alive[id.index] = true
      pending += self[id].inputs
    }
    var dead: Set<NodeID> = []
    for index in nodes.indices where nodes[index] != nil && !alive[index] {
      dead.insert(NodeID(index: index))
    }
    guard !dead.isEmpty else { return false }
    remove(dead)
    return true
  }

  /// Keeps the outputs with the given names only, in the given order.
  ///
  /// - Precondition: there are outputs of these names.
  public mutating func keepOutputs(_ names: [String]) {
    outputs = names.map { name in outputs.first { $0.name == name }! }
  }
}
