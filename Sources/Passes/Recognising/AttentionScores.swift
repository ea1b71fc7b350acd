import GraphIR
import Interpreter

/// What a softmax of attention reads: products of queries and keys, scaled, then masked.
struct AttentionScores {
  var product: NodeID
  var scale: Float
  /// What is added, the innermost first.
  var masks: [AttentionMask]
  /// The product and what follows it, in order of execution.
  var absorbed: [NodeID]
}

/// One mask of scores.
enum AttentionMask {
  /// A value that is added.
  case added(NodeID)
  /// Where the condition is false, or true, scores are hidden: they become a number so low that no
  /// score changes it.
  case hidden(where: Bool, condition: NodeID, number: Float)
}

extension Graph {
  /// The scores that a node is, if nothing else reads any of their steps.
  ///
  /// - Parameter most: steps at most, since they are walked for every softmax.
  func attentionScores(_ id: NodeID, most: Int = 12) -> AttentionScores? {
    guard most > 0, hasSingleUse(id) else { return nil }
    let inputs = self[id].inputs
    func scores(_ operand: NodeID) -> AttentionScores? {
      guard self[operand].type == self[id].type,
        var scores = attentionScores(operand, most: most - 1)
      else {
        return nil
      }
      scores.absorbed.append(id)
      return scores
    }
    switch self[id].operation {
    case .matrixMultiply:
      return AttentionScores(product: id, scale: 1, masks: [], absorbed: [id])
    case .binary(.multiply, nil), .binary(.divide, nil):
      guard let (operand, factor) = operandAndFactor(id), var scores = scores(operand),
        scores.masks.isEmpty
      else { return nil }
      scores.scale *= factor
      return scores
    case .binary(.add, nil):
      for (operand, mask) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
        guard var scores = scores(operand) else { continue }
        scores.masks.append(.added(mask))
        return scores
      }
    case .select:
      for (operand, other, hides) in [(inputs[1], inputs[2], false), (inputs[2], inputs[1], true)] {
        guard let number = scalarConstant(other), number <= Self.hidingNumber,
          var scores = scores(operand)
        else { continue }
        scores.masks.append(.hidden(where: hides, condition: inputs[0], number: number))
        return scores
      }
    default: break
    }
    return nil
  }

  /// Scores that are added to it vanish in its rounding.
  private static let hidingNumber: Float = -1e30

  /// The operand and the number of a product with a number, or of a quotient by one.
  func operandAndFactor(_ id: NodeID) -> (operand: NodeID, factor: Float)? {
    let isQuotient = self[id].operation == .binary(.divide, then: nil)
    guard let (operand, number) = operandAndScalar(id, ordered: isQuotient) else { return nil }
    let factor = isQuotient ? 1 / number : number
    return factor.isFinite ? (operand, factor) : nil
  }

  /// All masks as one operand, and whether they hide later keys from each query.
  ///
  /// - Parameter type: that of the scores.
  func attentionMask(
    _ scores: AttentionScores, _ type: TensorType, name: String
  ) -> (mask: (Operand, TensorType)?, isCausal: Bool) {
    let others = scores.masks.filter { !hidesLater($0, type) }
    let isCausal = others.count < scores.masks.count
    if others.count == 1, case .hidden(where: false, let condition, -.infinity) = others[0] {
      return ((.node(condition), self[condition].type), isCausal)
    }
    var whole: (operand: Operand, type: TensorType)?
    for mask in others {
      switch mask {
      case .added(let id): whole = added(id, to: whole, name: name)
      case .hidden(let hides, let condition, let number):
        whole = hidden(where: hides, condition, number, in: whole, name: name)
      }
    }
    return (whole.map { ($0.operand, $0.type) }, isCausal)
  }

  private func added(
    _ id: NodeID, to before: (operand: Operand, type: TensorType)?, name: String
  ) -> (operand: Operand, type: TensorType) {
    guard let before else { return (.node(id), self[id].type) }
    let shape = broadcastShape(before.type.shape, self[id].type.shape)!
    let sum = Operand.computed(
      .binary(.add, then: nil), [before.operand, .node(id)], name: "\(name).mask")
    return (sum, TensorType(shape))
  }

  /// What is added with a number in the place of some elements, as it was in that of scores.
  private func hidden(
    where hides: Bool, _ condition: NodeID, _ number: Float,
    in before: (operand: Operand, type: TensorType)?, name: String
  ) -> (operand: Operand, type: TensorType) {
    let own = self[condition].type.shape
    if before == nil, let known = constantValue(of: condition) {
      return (
        .constant(addedNumbers(known, hides, number), name: "\(name).mask*"), TensorType(own)
      )
    }
    let seen = before?.operand ?? .constant(Tensor([], floats: [0]), name: "\(name).seen*")
    let hidden = Operand.constant(Tensor([], floats: [number]), name: "\(name).hidden*")
    let chosen = Operand.computed(
      .select, [.node(condition)] + (hides ? [hidden, seen] : [seen, hidden]),
      name: "\(name).mask")
    return (chosen, TensorType(broadcastShape(own, before?.type.shape ?? [])!))
  }

  private func addedNumbers(_ condition: Tensor, _ hides: Bool, _ number: Float) -> Tensor {
    let (hidden, seen) = (Tensor([], floats: [number]), Tensor([], floats: [0]))
    return evaluate(.select, [condition] + (hides ? [hidden, seen] : [seen, hidden]))
  }

  /// Whether a mask is known, and hides from each query exactly the keys that come later.
  private func hidesLater(_ mask: AttentionMask, _ type: TensorType) -> Bool {
    let (rows, keys) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
    let added: Tensor
    switch mask {
    case .added(let id):
      guard let known = constantValue(of: id), known.element == .float32 else { return false }
      added = known
    case .hidden(let hides, let condition, let number):
      guard let known = constantValue(of: condition) else { return false }
      added = addedNumbers(known, hides, number)
    }
    guard rows == keys, rows > 1, added.count == rows * keys,
      Array(added.shape.suffix(2)) == [rows, keys]
    else { return false }
    return added.floats.enumerated().allSatisfy { index, value in
      index % keys <= index / keys ? value == 0 : value <= Self.hidingNumber
    }
  }
}
