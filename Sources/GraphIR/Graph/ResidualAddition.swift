/// The sum at the end of a residual block: of a branch that has trained layers and a shortcut around
/// it.
///
/// The shortcut is a value that the branch is computed from, or what a projection makes of one: of two
/// paths from one value to the sum, the one with fewer layers. It has no node in common with the
/// branch: the mixture of a highway network is no residual addition.
public struct ResidualAddition: Sendable {
  /// What the block is without its branch.
  public enum Remainder: Sendable, Equatable {
    /// The value of another node.
    case value(NodeID)
    /// The convolution that has the sum in it, which is the projection, without what it adds.
    case ownProjection
  }

  /// The sum, or the convolution that adds the other operand.
  public let node: NodeID
  public let remainder: Remainder
  /// The convolutions, matrix products and recurrent layers of the branch.
  public let layers: [NodeID]
}

extension Graph {
  /// All residual additions, in order of execution.
  public func residualAdditions() -> [ResidualAddition] {
    var positions: [NodeID: Int] = [:]
    for (position, id) in order.enumerated() { positions[id] = position }
    return order.compactMap { residualAddition(at: $0, positions) }
  }

  /// Puts the shortcut in the place of a residual block's sum; its activation stays. The branch is then
  /// dead.
  public mutating func replaceByShortcut(_ addition: ResidualAddition) throws(ShapeError) {
    let id = addition.node
    let node = self[id]
    switch addition.remainder {
    case .value(let shortcut):
      guard let function = node.operation.sumFunction else {
        return replaceUses(of: id, by: shortcut)
      }
      try update(id, .unary(function), [shortcut])
    case .ownProjection:
      var operands = node.inputs
      guard let index = node.operation.residualOperand(of: operands.count) else { return }
      operands.remove(at: index)
      try update(id, node.operation.withoutResidual, operands)
    }
  }

  private func residualAddition(
    at id: NodeID, _ positions: [NodeID: Int]
  ) -> ResidualAddition? {
    let node = self[id]
    var sides: [BlockSide]
    switch node.operation {
    case .binary(.add, _):
      sides = node.inputs.map { BlockSide(entries: [$0]) }
    default:
      guard let index = node.operation.residualOperand(of: node.inputs.count) else { return nil }
      var others = node.inputs
      let residual = others.remove(at: index)
      // The convolution is the last layer of its side.
      sides = [BlockSide(entries: others, layers: [id]), BlockSide(entries: [residual])]
    }
    let common = follow(&sides, positions)
    /// What the block is where one side is the shortcut; nil where it cannot be.
    func remainder(_ side: Int) -> ResidualAddition.Remainder? {
      let (shortcut, branch) = (sides[side], sides[1 - side])
      guard shortcut.outside.count == 1, let value = shortcut.outside.first,
        common.contains(value), branch.outside.contains(value), !branch.layers.isEmpty
      else { return nil }
      guard !shortcut.layers.contains(id) else { return .ownProjection }
      let entry = shortcut.entries[0]
      return self[entry].type == node.type ? .value(entry) : nil
    }
    let sizes = sides.map { [$0.layers.count, $0.nodeCount] }
    guard sizes[0] != sizes[1] else { return nil }
    let side = sizes[0].lexicographicallyPrecedes(sizes[1]) ? 0 : 1
    return remainder(side).map {
      ResidualAddition(node: id, remainder: $0, layers: sides[1 - side].layers)
    }
  }

  /// Follows both sides of a sum upwards to what they have in common.
  ///
  /// - Returns: the values that both sides read and that are the nearest such to the sum.
  private func follow(_ sides: inout [BlockSide], _ positions: [NodeID: Int]) -> Set<NodeID> {
    // A bit for each side that reads a node.
    var readers: [NodeID: Int] = [:]
    var pending = Heap()
    func isKnown(_ id: NodeID) -> Bool {
      switch self[id].operation {
      case .parameter, .constant: true
      default: false
      }
    }
    func note(_ operands: [NodeID], _ side: Int) {
      for operand in operands where !isKnown(operand) {
        if readers[operand] == nil { pending.insert(operand, at: positions[operand] ?? -1) }
        readers[operand, default: 0] |= 1 << side
      }
    }
    for side in sides.indices { note(sides[side].entries, side) }
    var common: Set<NodeID> = []
    // Later nodes first: all readers of a node are known when it is its turn.
    while let id = pending.removeLast() {
      let own = sides.indices.filter { (readers[id] ?? 0) & 1 << $0 != 0 }
      guard own.count == 1, !self[id].operation.isSource else {
        if own.count > 1 { common.insert(id) }
        for side in own { sides[side].outside.insert(id) }
        continue
      }
      let side = own[0]
      sides[side].nodeCount += 1
      if self[id].operation.isLayer { sides[side].layers.append(id) }
      note(self[id].inputs, side)
    }
    return common
  }
}

/// One of the two operands of a sum, and what is computed for it alone.
private struct BlockSide {
  let entries: [NodeID]
  var layers: [NodeID] = []
  var nodeCount = 0
  /// The values that it reads and that are not its own; known tensors are left out.
  var outside: Set<NodeID> = []
}

/// Nodes by their places in the order, the last one first.
private struct Heap {
  private var entries: [(place: Int, id: NodeID)] = []

  mutating func insert(_ id: NodeID, at place: Int) {
    entries.append((place, id))
    var index = entries.count - 1
    while index > 0, entries[(index - 1) / 2].place < entries[index].place {
      entries.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  mutating func removeLast() -> NodeID? {
    guard let first = entries.first, let end = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return first.id }
    entries[0] = end
    var index = 0
    while true {
      let children = (2 * index + 1)..<min(2 * index + 3, max(entries.count, 2 * index + 1))
      guard let child = children.max(by: { entries[$0].place < entries[$1].place }),
        entries[child].place > entries[index].place
      else { return first.id }
      entries.swapAt(index, child)
      index = child
    }
  }
}

extension Operation {
  /// Whether the operation has trained weights of its own or multiplies matrices.
  fileprivate var isLayer: Bool {
    switch self {
    case .convolution, .transposedConvolution, .dynamicConvolution, .integerConvolution, .linear,
      .matrixMultiply, .recurrent:
      true
    default: false
    }
  }

  /// The position of the operand that a convolution adds; nil where it adds none.
  fileprivate func residualOperand(of count: Int) -> Int? {
    switch self {
    case .convolution(let convolution), .dynamicConvolution(let convolution):
      convolution.hasResidual ? count - 1 : nil
    default: nil
    }
  }

  /// The function that is applied to a sum.
  fileprivate var sumFunction: UnaryFunction? {
    switch self {
    case .convolution(let convolution), .dynamicConvolution(let convolution): convolution.then
    case .binary(_, let then): then
    default: nil
    }
  }

  /// A convolution that adds nothing.
  fileprivate var withoutResidual: Operation {
    switch self {
    case .convolution(var convolution):
      convolution.hasResidual = false
      return .convolution(convolution)
    case .dynamicConvolution(var convolution):
      convolution.hasResidual = false
      return .dynamicConvolution(convolution)
    default: return self
    }
  }
}
