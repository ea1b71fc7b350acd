import GraphIR

/// What a pass puts in a node's place. The type of the value stays as it is.
enum Replacement {
  /// The node becomes another operation and takes in what other nodes did.
  case fused(Fusion)
  /// The node's readers read another value.
  case value(NodeID)
  /// The node's value is known.
  case constant(Tensor)
}

/// A node that does the work of several.
struct Fusion {
  /// What it computes from now on.
  var operation: Operation
  var operands: [Operand]
  /// The nodes whose work it takes in, in order of execution, itself left out.
  var absorbed: [NodeID]
  /// The one among them whose name it takes, if any: a convolution keeps its name through every
  /// fusion.
  var named: NodeID?
}

/// An operand of a fused node.
enum Operand {
  /// A value that is there.
  case node(NodeID)
  /// A known tensor, to be called by the name, which ends in `*` if it was computed from trained
  /// tensors.
  case constant(Tensor, name: String)
  /// A new value, computed just before.
  indirect case computed(Operation, [Operand], name: String)
}

extension Graph {
  /// Makes a replacement of one node, or returns false where the context's limit forbids it.
  ///
  /// Nodes that nothing reads any longer stay until `removeDeadNodes`, so that a pass does not go
  /// through the whole order for every rewrite.
  mutating func apply(_ replacement: Replacement, to id: NodeID, _ context: PassContext) -> Bool {
    let name = self[id].name
    switch replacement {
    case .value(let value):
      guard context.permits([name], giving: [self[value].name]) else { return false }
      replaceUses(of: id, by: value)
    case .constant(let tensor):
      let constantName = derivedName(ofResult: id)
      guard context.permits([name], giving: [constantName]) else { return false }
      replaceUses(of: id, by: addConstant(constantName, tensor, place: self[id].place))
    case .fused(let fusion):
      let consumed = fusion.absorbed.map { self[$0].name } + [name]
      let produced = fusion.named.map { self[$0].name } ?? name
      guard context.permits(consumed, giving: [produced]) else { return false }
      fuse(fusion, into: id)
    }
    return true
  }

  private mutating func fuse(_ fusion: Fusion, into id: NodeID) {
    let type = self[id].type
    let operands = fusion.operands.map { resolve($0, for: id, dying: fusion.absorbed) }
    do throws(ShapeError) {
      try update(id, fusion.operation, operands)
    } catch {
      preconditionFailure("a pass made a node that does not fit: \(error.message)")
    }
    precondition(self[id].type == type, "a pass changed \(type) to \(self[id].type)")
    for absorbed in fusion.absorbed.reversed() where absorbed != fusion.named {
      recordFusion(of: absorbed, into: id)
    }
    if let named = fusion.named { takeName(of: named, for: id) }
  }

  /// The node for an operand of the node `id`, made where it is new.
  private mutating func resolve(_ operand: Operand, for id: NodeID, dying: [NodeID]) -> NodeID {
    switch operand {
    case .node(let node):
      return node
    case .constant(let tensor, let name):
      // A tensor derived a second time replaces the first, so that its name stays short.
      if let old = node(named: name), constantValue(of: old)?.type == tensor.type,
        !isOutput(old), users(of: old).allSatisfy({ $0 == id || dying.contains($0) || isDead($0) })
      {
        bind(old, to: tensor)
        return old
      }
      return addConstant(name, tensor, place: self[id].place)
    case .computed(let operation, let operands, let name):
      let inputs = operands.map { resolve($0, for: id, dying: dying) }
      do throws(ShapeError) {
        return try add(operation, inputs, name: name, before: id, place: self[id].place)
      } catch {
        preconditionFailure("a pass made a node that does not fit: \(error.message)")
      }
    }
  }

  /// Whether a node lost its last reader and waits to be removed.
  private func isDead(_ id: NodeID) -> Bool { users(of: id).isEmpty && !isOutput(id) }

  /// The name of a folded node's value: that of the one tensor it comes from, or its own, with a
  /// star.
  private func derivedName(ofResult id: NodeID) -> String {
    let inputs = self[id].inputs
    let isOneTensor = inputs.count == 1 && constantValue(of: inputs[0]) != nil
    return starred(isOneTensor ? self[inputs[0]].name : self[id].name)
  }
}

/// The name of a tensor computed from the one of the given name: `conv1.weight*`, with one star
/// however often.
func starred(_ name: String) -> String {
  name.prefix { $0 != "*" } + "*"
}
