import GraphIR

extension Pass {
  /// Lets the readers of a node that changes nothing read its operand.
  ///
  ///     before   kept = dropout(pool)
  ///              flat = reshape(kept, shape: [1, 512])    pool: f32[1, 512]
  ///              fc = linear(flat, weight: …)
  ///     after    fc = linear(pool, weight: …)
  ///
  /// A node that hands an input or a constant to an output stays: something must fill the output.
  static let removeIdentities = Pass(
    name: "remove-identities", summary: "removes nodes that give their operand unchanged"
  ) { graph, id in
    guard let operand = graph.unchangedOperand(of: id) else { return nil }
    if graph.isOutput(id), graph[operand].operation.isSource { return nil }
    return .value(operand)
  }
}

extension Graph {
  /// The operand that a node gives unchanged, if it is such a node.
  fileprivate func unchangedOperand(of id: NodeID) -> NodeID? {
    let node = self[id]
    guard let first = node.inputs.first, self[first].type == node.type else {
      return unchangedSecondOperand(of: id)
    }
    switch node.operation {
    // Equal types are all it takes for these.
    case .identity, .dropout, .reshape, .cast, .broadcast: return first
    case .transpose(let permutation):
      return permutation == Array(permutation.indices) ? first : nil
    case .slice(let ranges):
      return ranges.allSatisfy { $0.step > 0 || $0.count <= 1 } ? first : nil
    case .pad, .stridedShortcut: return first
    case .concatenate: return node.inputs.count == 1 ? first : nil
    case .reduce(_, let axes, _):
      return axes.allSatisfy { node.type.shape[$0] == 1 } ? first : nil
    case .maxPool(let pooling), .averagePool(let pooling):
      return pooling.kernel == Pair(1) ? first : nil
    case .globalAveragePool: return first
    case .binary(let function, nil):
      guard let (operand, scalar) = operandAndScalar(id, ordered: true),
        function.rightNeutral == scalar
      else { return unchangedSecondOperand(of: id) }
      return operand
    default: return nil
    }
  }

  /// The second operand of 0 + x and 1 · x.
  private func unchangedSecondOperand(of id: NodeID) -> NodeID? {
    guard case .binary(let function, nil) = self[id].operation,
      function == .add || function == .multiply,
      let (operand, scalar) = operandAndScalar(id), function.rightNeutral == scalar
    else { return nil }
    return operand
  }
}

extension BinaryFunction {
  /// The number that changes nothing as the second operand.
  fileprivate var rightNeutral: Float? {
    switch self {
    case .add, .subtract: 0
    case .multiply, .divide, .power, .prelu: 1
    case .minimum, .maximum, .remainder: nil
    }
  }
}
