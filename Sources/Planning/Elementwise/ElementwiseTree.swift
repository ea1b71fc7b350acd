import GraphIR

/// Element-wise nodes that are computed as one step: a node and those of its operands, and theirs,
/// that nothing else reads and that have the shape of the result. Resizing by repeating pixels is
/// among them, but no tree by itself.
struct ElementwiseTree {
  /// What a tree reads.
  enum Leaf: Hashable {
    /// The value of a node.
    case value(NodeID)
    /// The value of a node, every pixel repeated so many times along rows and columns.
    case enlarged(NodeID, by: Pair)
    /// Per channel, what batch normalisation multiplies with, or adds.
    case factors(NodeID)
    case terms(NodeID)
  }

  var expression: ElementwiseExpression
  /// The operands of the expression, each once.
  var leaves: [Leaf]
  /// The nodes that are computed, in order; the root is the last.
  var nodes: [NodeID]

  /// How often pixels of smaller images are repeated, if there are any.
  var enlargement: Pair? {
    for case .enlarged(_, let factors) in leaves { return factors }
    return nil
  }

  /// Operands of one step at most: every one takes a register for its address.
  static let mostLeaves = 8
  /// Nodes of one step at most.
  static let mostNodes = 24
}

extension Graph {
  /// The trees that element-wise nodes make up, by their roots, for nodes that are planned together.
  ///
  /// - Parameter others: nodes that are computed by other means.
  func elementwiseTrees(
    _ nodes: ArraySlice<NodeID>, without others: Set<NodeID>
  ) -> [NodeID: ElementwiseTree] {
    var trees: [NodeID: ElementwiseTree] = [:]
    for id in nodes where !others.contains(id) {
      guard var tree = elementwiseNode(id) else { continue }
      for leaf in tree.leaves {
        guard case .value(let operand) = leaf, let inner = trees[operand], hasSingleUse(operand),
          self[operand].type == self[id].type || isConversion(of: operand, by: id),
          let joined = tree.replacing(leaf, by: inner)
        else { continue }
        tree = joined
        trees[operand] = nil
      }
      trees[id] = tree
    }
    return trees
  }

  /// Whether a node quantises or dequantises an operand of its shape.
  private func isConversion(of operand: NodeID, by id: NodeID) -> Bool {
    switch self[id].operation {
    case .quantize, .dequantize: self[operand].type.shape == self[id].type.shape
    default: false
    }
  }

  /// One node as a tree, if it is element-wise.
  private func elementwiseNode(_ id: NodeID) -> ElementwiseTree? {
    let node = self[id]
    switch node.operation {
    case .unary(let function):
      return ElementwiseTree(
        expression: .unary(function), leaves: [.value(node.inputs[0])], nodes: [id])
    case .binary(let function, let then):
      let (leaves, operands) = leavesAndOperands(of: node)
      let expression =
        node.type.element == .int64
        ? ElementwiseExpression.ofIntegers(function, operands[0], operands[1])
        : .binary(function, operands[0], operands[1])
      return ElementwiseTree(expression: expression.then(then), leaves: leaves, nodes: [id])
    case .bits(let function):
      let (leaves, operands) = leavesAndOperands(of: node)
      return ElementwiseTree(
        expression: .bits(function, operands[0], operands[1]), leaves: leaves, nodes: [id])
    case .compare(let comparison):
      let (leaves, operands) = leavesAndOperands(of: node)
      return ElementwiseTree(
        expression: .compare(comparison, operands[0], operands[1]), leaves: leaves, nodes: [id])
    case .select:
      let (leaves, operands) = leavesAndOperands(of: node)
      return ElementwiseTree(
        expression: .select(operands[0], operands[1], operands[2]), leaves: leaves, nodes: [id])
    case .cast(let element) where !isRename(id):
      return ElementwiseTree(
        expression: element == .bool ? .truth : .truncated, leaves: [.value(node.inputs[0])],
        nodes: [id])
    case .quantize(let attributes):
      guard let numbers = scaleAndZero(of: id) else { return nil }
      return ElementwiseTree(
        expression: .quantized(.operand(0), numbers, to: attributes.element),
        leaves: [.value(node.inputs[0])], nodes: [id])
    case .dequantize:
      guard let numbers = scaleAndZero(of: id) else { return nil }
      return ElementwiseTree(
        expression: .dequantized(.operand(0), numbers), leaves: [.value(node.inputs[0])],
        nodes: [id])
    case .batchNormalization:
      return ElementwiseTree(
        expression: .multiplyAdd(.operand(0), .operand(1), .operand(2)),
        leaves: [.value(node.inputs[0]), .factors(id), .terms(id)], nodes: [id])
    case .resize:
      guard let (image, factors) = enlargement(id) else { return nil }
      return ElementwiseTree(
        expression: .copy, leaves: [.enlarged(image, by: factors)], nodes: [id])
    default:
      return nil
    }
  }

  /// What a node reads, each value once, and its operands: these or numbers.
  private func leavesAndOperands(
    of node: Node
  ) -> (leaves: [ElementwiseTree.Leaf], operands: [ElementwiseExpression]) {
    var leaves: [ElementwiseTree.Leaf] = []
    let operands = node.inputs.map { operand -> ElementwiseExpression in
      if let value = number(operand) { return .constant(value) }
      let place = leaves.firstIndex(of: .value(operand)) ?? leaves.count
      if place == leaves.count { leaves.append(.value(operand)) }
      return .operand(place)
    }
    return (leaves, operands)
  }

  /// The value of a constant with one element.
  private func number(_ id: NodeID) -> Float? {
    guard let tensor = constantValue(of: id), tensor.element == .float32, tensor.count == 1 else {
      return nil
    }
    return tensor.floats[0]
  }
}

extension ElementwiseTree {
  /// The tree with another in place of a leaf; nil where it would become too large.
  fileprivate func replacing(_ leaf: Leaf, by inner: ElementwiseTree) -> ElementwiseTree? {
    var joined = inner.leaves
    for other in leaves where other != leaf && !joined.contains(other) { joined.append(other) }
    let all = inner.nodes + nodes
    guard joined.count <= Self.mostLeaves, all.count <= Self.mostNodes,
      enlargement == nil || inner.enlargement == nil || enlargement == inner.enlargement
    else { return nil }
    let operands = leaves.map { other -> ElementwiseExpression in
      other == leaf ? inner.expression : .operand(joined.firstIndex(of: other)!)
    }
    return ElementwiseTree(
      expression: expression.substituting(operands), leaves: joined,
      // Operands of both sides in the order of execution.
      nodes: inner.nodes + nodes)
  }
}
