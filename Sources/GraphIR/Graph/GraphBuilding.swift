import Diagnostics

/// Adding to a graph.
extension Graph {
  /// Adds an input of the graph.
  ///
  /// - Precondition: the name is not taken.
  @discardableResult
  public mutating func addInput(
    _ name: String, _ type: TensorType, preprocessing: ImagePreprocessing? = nil,
    place: Diagnostic.Place = .none
  ) -> NodeID {
    let id = insertNode(name, .input, [], type, place)
    inputs.append(GraphInput(node: id, preprocessing: preprocessing))
    return id
  }

  /// Says how a picture becomes the input of a number.
  public mutating func setPreprocessing(_ clause: ImagePreprocessing, ofInput index: Int) {
    inputs[index].preprocessing = clause
  }

  /// Adds a trained tensor that is known by name only; the same node if a parameter of that name
  /// and type is there.
  ///
  /// - Precondition: the name is not taken by anything else.
  public mutating func addParameter(
    _ name: String, _ type: TensorType, place: Diagnostic.Place = .none
  ) -> NodeID {
    if let id = idsByName[name], self[id].type == type, case .parameter = self[id].operation {
      return id
    }
    return insertNode(name, .parameter, [], type, place)
  }

  /// Adds a known tensor; the name gets a suffix where it is taken.
  public mutating func addConstant(
    _ name: String, _ tensor: Tensor, place: Diagnostic.Place = .none
  ) -> NodeID {
    insertNode(uniqueName(name), .constant(tensor), [], tensor.type, place)
  }

  /// Adds a computing node at the end of the order, or before another; the name gets a suffix where
  /// it is taken.
  ///
  /// - Precondition: the operation is not a source, and the operands come before in the order.
  /// - Throws: `ShapeError` where the operands do not fit the operation.
  @discardableResult
  public mutating func add(
    _ operation: Operation, _ operands: [NodeID], name: String, before: NodeID? = nil,
    place: Diagnostic.Place = .none
  ) throws(ShapeError) -> NodeID {
    precondition(!operation.isSource, "sources are added by addInput, addParameter, addConstant")
    let type = try operation.resultType(operands.map { self[$0].type })
    let id = insertNode(uniqueName(name), operation, operands, type, place)
    if let before, let position = order.firstIndex(of: before) {
      order.insert(id, at: position)
    } else {
      order.append(id)
    }
    return id
  }

  /// Names a value as an output of the graph.
  public mutating func addOutput(
    _ name: String, _ node: NodeID, labels: String? = nil, picture: ImagePreprocessing? = nil
  ) {
    outputs.append(GraphOutput(name: name, node: node, labels: labels, picture: picture))
  }

  private mutating func insertNode(
    _ name: String, _ operation: Operation, _ operands: [NodeID], _ type: TensorType,
    _ place: Diagnostic.Place
  ) -> NodeID {
    precondition(idsByName[name] == nil, "two nodes called \(name)")
    let id = NodeID(index: nodes.count)
    nodes.append(
      Node(name: name, operation: operation, inputs: operands, type: type, place: place, fused: []))
    userLists.append([])
    idsByName[name] = id
    for operand in operands { addUser(id, of: operand) }
    return id
  }

  mutating func addUser(_ user: NodeID, of operand: NodeID) {
    // Ascending order keeps every traversal, and so every compiled byte, the same from run to run.
    // A new node has the largest identifier, so its place is found at once from the end.
    let last = userLists[operand.index].lastIndex { $0 <= user }
    userLists[operand.index].insert(user, at: last.map { $0 + 1 } ?? 0)
  }

  mutating func removeUser(_ user: NodeID, of operand: NodeID) {
    guard let position = userLists[operand.index].firstIndex(of: user) else {
      preconditionFailure("the user lists are out of step")
    }
    userLists[operand.index].remove(at: position)
  }
}
