import GraphIR

extension Pass {
  /// Moves transposes below the operations that do not care for the order of axes, until they meet
  /// and cancel.
  ///
  /// Exporters of channels-last models write a transpose before and after every convolution:
  ///
  ///     before   a = transpose(conv1, permutation: [0, 2, 3, 1])
  ///              b = relu(a)
  ///              c = transpose(b, permutation: [0, 3, 1, 2])
  ///     after    b.1 = relu(conv1)
  ///              b = transpose(b.1, permutation: [0, 2, 3, 1])
  ///              c = transpose(b, permutation: [0, 3, 1, 2])
  static let sinkTransposes = Pass(
    name: "sink-transposes", summary: "moves transposes below elementwise operations and reductions"
  ) { graph, id in
    let node = graph[id]
    switch node.operation {
    case .unary:
      guard let (x, permutation) = graph.transposed(node.inputs[0]) else { return nil }
      return graph.sunk(id, node.operation, [.node(x)], permutation, absorbing: [node.inputs[0]])
    case .binary:
      return graph.sunkBinary(id)
    case .pad(var amounts):
      guard let (x, permutation) = graph.transposed(node.inputs[0]) else { return nil }
      for (axis, source) in permutation.enumerated() {
        guard case .pad(let own) = node.operation else { return nil }
        amounts.before[source] = own.before[axis]
        amounts.after[source] = own.after[axis]
      }
      return graph.sunk(id, .pad(amounts), [.node(x)], permutation, absorbing: [node.inputs[0]])
    case .reduce(let function, let axes, let keepDimensions):
      return graph.reducedBeforeTranspose(id, function, axes, keepDimensions)
    default:
      return nil
    }
  }
}

extension Graph {
  /// The operand and the permutation of a transpose with one reader.
  fileprivate func transposed(_ id: NodeID) -> (x: NodeID, permutation: [Int])? {
    guard case .transpose(let permutation) = self[id].operation, hasSingleUse(id) else {
      return nil
    }
    return (self[id].inputs[0], permutation)
  }

  /// The node as a transpose of an operation on untransposed operands.
  fileprivate func sunk(
    _ id: NodeID, _ operation: Operation, _ operands: [Operand], _ permutation: [Int],
    absorbing absorbed: [NodeID]
  ) -> Replacement {
    let computed = Operand.computed(operation, operands, name: self[id].name)
    return .fused(
      Fusion(operation: .transpose(permutation), operands: [computed], absorbed: absorbed))
  }

  fileprivate func sunkBinary(_ id: NodeID) -> Replacement? {
    let node = self[id]
    let (a, b) = (node.inputs[0], node.inputs[1])
    if let (x, permutation) = transposed(a), let (y, other) = transposed(b), permutation == other {
      return sunk(id, node.operation, [.node(x), .node(y)], permutation, absorbing: [a, b])
    }
    for (image, constant) in [(0, 1), (1, 0)] {
      let (given, known) = (node.inputs[image], node.inputs[constant])
      guard let (x, permutation) = transposed(given), let tensor = constantValue(of: known),
        self[given].type == node.type, let moved = tensor.inverselyTransposed(permutation)
      else { continue }
      let second = Operand.constant(moved, name: starred(self[known].name))
      let operands = image == 0 ? [.node(x), second] : [second, .node(x)]
      return sunk(id, node.operation, operands, permutation, absorbing: [given])
    }
    return nil
  }

  /// A reduction reads what was transposed; a reshape puts the axes that are left where they were.
  fileprivate func reducedBeforeTranspose(
    _ id: NodeID, _ function: ReduceFunction, _ axes: [Int], _ keepDimensions: Bool
  ) -> Replacement? {
    let node = self[id]
    guard let (x, permutation) = transposed(node.inputs[0]) else { return nil }
    let kept = permutation.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
    guard kept == kept.sorted() else { return nil }
    let sources = axes.map { permutation[$0] }.sorted()
    let reduction = Operation.reduce(function, axes: sources, keepDimensions: keepDimensions)
    let absorbed = [node.inputs[0]]
    if fits(reduction, [x], node.type) {
      return .fused(Fusion(operation: reduction, operands: [.node(x)], absorbed: absorbed))
    }
    let computed = Operand.computed(reduction, [.node(x)], name: node.name)
    return .fused(
      Fusion(operation: .reshape(node.type.shape), operands: [computed], absorbed: absorbed))
  }
}

extension Tensor {
  /// The tensor whose transpose by `permutation` this is, if what moves is of extent 1 or all in
  /// one axis.
  fileprivate func inverselyTransposed(_ permutation: [Int]) -> Tensor? {
    guard element == .float32, shape.count <= permutation.count else { return nil }
    let extents = [Int](repeating: 1, count: permutation.count - shape.count) + shape
    guard extents.filter({ $0 != 1 }).count <= 1 else { return nil }
    var result = [Int](repeating: 1, count: permutation.count)
    for (axis, source) in permutation.enumerated() { result[source] = extents[axis] }
    return reshaped(to: result)
  }
}
