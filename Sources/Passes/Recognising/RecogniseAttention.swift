import GraphIR

extension Pass {
  /// Writes two matrix products with a softmax between them as one attention, whose kernel keeps no
  /// matrix of scores.
  ///
  ///     before   keys = transpose(k, permutation: [0, 1, 3, 2])
  ///              scores = matmul(q, keys)
  ///              scaled = mul(scores, scale)             scale = constant(0.125)
  ///              masked = add(scaled, mask)
  ///              weights = softmax(masked, axis: 3)
  ///              y = matmul(weights, v)
  ///     after    y = attention(q, k, v, scale: 0.125, mask: mask)
  ///
  /// Exporters scale the scores, the queries, the keys, or queries and keys by a root each; a mask is
  /// added, or chosen by a condition; one that hides what comes later is called causal. Values with
  /// features first, times weights that are transposed, are the same transposed.
  static let recogniseAttention = Pass(
    name: "recognise-attention",
    summary: "turns two products with a softmax between them into one attention"
  ) { graph, id in
    guard case .matrixMultiply = graph[id].operation else { return nil }
    let (a, b) = (graph[id].inputs[0], graph[id].inputs[1])
    if let attention = graph.attention(weights: a, values: .node(b), graph[b].type) {
      guard attention.type == graph[id].type, graph.constantValue(of: b) == nil else { return nil }
      return .fused(
        Fusion(
          operation: attention.operation, operands: attention.operands,
          absorbed: attention.absorbed))
    }
    guard case .transpose(let permutation) = graph[b].operation, graph.hasSingleUse(b),
      permutation == swappingLast(permutation.count), graph.constantValue(of: a) == nil
    else { return nil }
    let swap = swappingLast(graph[a].type.rank)
    let name = graph[id].name
    let values = Operand.computed(.transpose(swap), [.node(a)], name: "\(name).values")
    guard
      let attention = graph.attention(
        weights: graph[b].inputs[0], values: values, graph[a].type.permuted(swap)),
      attention.type.permuted(swappingLast(attention.type.rank)) == graph[id].type
    else { return nil }
    return .fused(
      Fusion(
        operation: .transpose(swappingLast(attention.type.rank)),
        operands: [.computed(attention.operation, attention.operands, name: "\(name).rows")],
        absorbed: attention.absorbed + [b]))
  }
}

/// What weights and values become.
private struct AttentionMatch {
  var operation: Operation
  var operands: [Operand]
  var type: TensorType
  /// In order of execution.
  var absorbed: [NodeID]
}

extension Graph {
  /// The attention whose weights, behind the softmax, a node is; nil where it is none.
  ///
  /// - Parameter isOnlyUsed: whether all that reads the node is part of it.
  fileprivate func attention(
    weights: NodeID, isOnlyUsed: Bool = false, values: Operand, _ valuesType: TensorType
  ) -> AttentionMatch? {
    let rank = self[weights].type.rank
    if let (softmax, steps) = replacingNaN(weights) {
      guard
        var match = attention(
          weights: softmax, isOnlyUsed: true, values: values, valuesType),
        case .attention(var attributes) = match.operation
      else { return nil }
      attributes.givesZero = true
      match.operation = .attention(attributes)
      match.absorbed += steps
      return match
    }
    guard rank >= 2, isOnlyUsed || hasSingleUse(weights),
      case .softmax(rank - 1) = self[weights].operation,
      let scores = attentionScores(self[weights].inputs[0]),
      constantValue(of: self[scores.product].inputs[1]) == nil
    else { return nil }
    let (left, right) = (self[scores.product].inputs[0], self[scores.product].inputs[1])
    let queries = unscaled(left)
    let keys = unscaled(right)
    let keysType = self[right].type.permuted(swappingLast(self[right].type.rank))
    let masks = attentionMask(scores, self[weights].type, name: self[weights].name)
    var attributes = Attention(
      scale: scores.scale * queries.factor * keys.factor, isCausal: masks.isCausal)
    var operands = [
      queries.operand, transposedBack(keys.operand, name: "\(self[weights].name).keys"), values,
    ]
    var types = [self[left].type, keysType, valuesType]
    if let (mask, type) = masks.mask {
      attributes.hasMask = true
      operands.append(mask)
      types.append(type)
    }
    let operation = Operation.attention(attributes)
    guard let type = try? operation.resultType(types) else { return nil }
    return AttentionMatch(
      operation: operation, operands: operands, type: type,
      absorbed: queries.absorbed + keys.absorbed + scores.absorbed + [weights])
  }

  /// The softmax whose NaN, of queries that see no key, a node replaces by 0, and the nodes that do so.
  ///
  ///     y = select(equal(equal(x, x), no), zero, x)      or select(equal(x, x), x, zero)
  private func replacingNaN(_ id: NodeID) -> (softmax: NodeID, steps: [NodeID])? {
    guard case .select = self[id].operation, hasSingleUse(id) else { return nil }
    let inputs = self[id].inputs
    var (condition, steps) = (inputs[0], [id])
    var (number, other) = (inputs[1], inputs[2])
    if case .compare(.equal) = self[condition].operation, hasSingleUse(condition),
      let no = constantValue(of: self[condition].inputs[1]), case .bool([false]) = no.storage
    {
      steps.insert(condition, at: 0)
      condition = self[condition].inputs[0]
      (number, other) = (other, number)
    }
    guard case .compare(.equal) = self[condition].operation, hasSingleUse(condition),
      self[condition].inputs == [number, number], scalarConstant(other) == 0,
      users(of: number).count == 3, !isOutput(number), case .softmax = self[number].operation
    else { return nil }
    return (number, [condition] + steps)
  }

  /// A value without the numbers that it is multiplied by, as far as nothing else reads it.
  ///
  /// - Parameter most: steps at most, as for scores.
  private func unscaled(
    _ id: NodeID, most: Int = 12
  ) -> (operand: Operand, factor: Float, absorbed: [NodeID]) {
    guard most > 0, hasSingleUse(id) else { return (.node(id), 1, []) }
    switch self[id].operation {
    case .binary(.multiply, nil), .binary(.divide, nil):
      guard let (operand, factor) = operandAndFactor(id) else { break }
      let inner = unscaled(operand, most: most - 1)
      return (inner.operand, inner.factor * factor, inner.absorbed + [id])
    case .transpose, .reshape:
      let inner = unscaled(self[id].inputs[0], most: most - 1)
      guard !inner.absorbed.isEmpty else { break }
      let moved = Operand.computed(self[id].operation, [inner.operand], name: self[id].name)
      return (moved, inner.factor, inner.absorbed + [id])
    default: break
    }
    return (.node(id), 1, [])
  }

  /// Keys by row, from keys by column.
  private func transposedBack(_ keys: Operand, name: String) -> Operand {
    func transposed(_ source: Operand, _ permutation: [Int]) -> Operand {
      var swapped = permutation
      swapped.swapAt(swapped.count - 1, swapped.count - 2)
      return swapped == Array(swapped.indices)
        ? source : .computed(.transpose(swapped), [source], name: name)
    }
    switch keys {
    case .node(let id):
      if case .transpose(let permutation) = self[id].operation {
        return transposed(.node(self[id].inputs[0]), permutation)
      }
      return transposed(keys, Array(self[id].type.shape.indices))
    case .computed(.transpose(let permutation), let sources, _):
      return transposed(sources[0], permutation)
    case .computed(.reshape(let shape), _, _): return transposed(keys, Array(shape.indices))
    case .computed, .constant: preconditionFailure("\(name): keys are a node, or moved")
    }
  }
}

/// The order of axes that exchanges the last two of them.
private func swappingLast(_ rank: Int) -> [Int] {
  var axes = Array(0..<rank)
  axes.swapAt(rank - 1, rank - 2)
  return axes
}

extension TensorType {
  /// The type with its axes in another order.
  fileprivate func permuted(_ axes: [Int]) -> TensorType {
    TensorType(axes.map { shape[$0] }, element: element)
  }
}
