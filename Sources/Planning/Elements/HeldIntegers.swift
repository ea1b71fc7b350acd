import GraphIR

/// What is known of the integers of a value while kernels hold them as f32.
struct HeldIntegers {
  /// What the integers lie in.
  var range: ValueRange
  /// Whether f32 holds each of them. Others are rounded to nearest, which keeps their order: they are
  /// above or below everything that is smaller than 2²⁴ in magnitude, as they should be.
  var isExact: Bool

  /// The largest integer that f32 holds alone: 2²⁴ stands for itself and the next.
  static let largestAlone = 1 << 24 - 1

  /// Whether all of them are among those that f32 holds one by one.
  var isSmall: Bool { max(-range.low, range.high) <= Double(Self.largestAlone) }
}

extension Graph {
  /// What is known of every value of integers.
  func heldIntegers() -> [NodeID: HeldIntegers] {
    let ranges = valueRanges()
    var known: [NodeID: HeldIntegers] = [:]
    for id in inputs.map(\.node) + constants + order where self[id].type.element.integers != nil {
      var held = HeldIntegers(range: ranges[id] ?? .all, isExact: true)
      held.isExact = held.isSmall || isHeldExactly(id, known)
      known[id] = held
    }
    return known
  }

  /// Whether f32 holds the integers of a node however large they are: what is computed is checked
  /// where it is planned, what is given is not.
  private func isHeldExactly(_ id: NodeID, _ known: [NodeID: HeldIntegers]) -> Bool {
    let operands: ArraySlice<NodeID>
    switch self[id].operation {
    case .input: return false
    case .reshape, .transpose, .slice, .broadcast, .identity, .dropout, .gather, .gatherElements,
      .pad, .cast, .reduce:
      operands = self[id].inputs.prefix(1)
    case .select: operands = self[id].inputs.dropFirst()
    case .scatterElements: operands = [self[id].inputs[0], self[id].inputs[2]]
    case .concatenate, .binary, .bits: operands = self[id].inputs[...]
    default: return true
    }
    return operands.allSatisfy { known[$0]?.isExact ?? true }
  }
}
