import GraphIR

/// What is known of the integers of a value while kernels hold them as f32.
struct HeldIntegers {
  /// What the integers may be.
  var range: ClosedRange<Int64>
  /// Whether f32 holds each of them. Others are rounded to nearest, which keeps their order: they are
  /// above or below everything that is smaller than 2²⁴ in magnitude, as they should be.
  var isExact: Bool

  /// The integers that f32 holds one by one: 2²⁴ stands for itself and the next.
  static let exact: ClosedRange<Int64> = (1 - 1 << 24)...(1 << 24 - 1)

  /// Whether all of them are among those that f32 holds one by one.
  var isSmall: Bool {
    Self.exact.contains(range.lowerBound) && Self.exact.contains(range.upperBound)
  }

  /// Integers of two values, either or both.
  func joined(_ other: HeldIntegers) -> HeldIntegers {
    HeldIntegers(
      range: min(
        range.lowerBound, other.range.lowerBound)...max(range.upperBound, other.range.upperBound),
      isExact: isExact && other.isExact)
  }
}

extension Graph {
  /// What is known of every value of integers.
  func heldIntegers() -> [NodeID: HeldIntegers] {
    var known: [NodeID: HeldIntegers] = [:]
    for id in inputs.map(\.node) + constants + order {
      guard let integers = self[id].type.element.integers else { continue }
      var held = heldIntegers(of: id, within: integers, known)
      held.isExact = held.isExact || held.isSmall
      known[id] = held
    }
    return known
  }

  private func heldIntegers(
    of id: NodeID, within integers: ClosedRange<Int64>, _ known: [NodeID: HeldIntegers]
  ) -> HeldIntegers {
    let node = self[id]
    let anything = HeldIntegers(range: integers, isExact: true)
    func operand(_ index: Int) -> HeldIntegers { known[node.inputs[index]] ?? anything }
    switch node.operation {
    case .input: return HeldIntegers(range: integers, isExact: false)
    case .constant(let tensor):
      let values = tensor.wholeNumbers ?? []
      guard let least = values.min(), let most = values.max() else { return anything }
      return HeldIntegers(range: least...most, isExact: true)
    case .reshape, .transpose, .slice, .broadcast, .identity, .dropout, .gather, .gatherElements:
      return operand(0)
    case .concatenate:
      return node.inputs.indices.dropFirst().reduce(operand(0)) { $0.joined(operand($1)) }
    case .pad(let amounts):
      let filling = Int64(exactly: amounts.value) ?? 0
      return operand(0).joined(HeldIntegers(range: filling...filling, isExact: true))
    case .select: return operand(1).joined(operand(2))
    case .binary(let function, _) where function == .minimum || function == .maximum:
      let (a, b) = (operand(0), operand(1))
      func chosen(_ a: Int64, _ b: Int64) -> Int64 {
        function == .minimum ? min(a, b) : max(a, b)
      }
      let least = chosen(a.range.lowerBound, b.range.lowerBound)
      let most = chosen(a.range.upperBound, b.range.upperBound)
      return HeldIntegers(range: least...most, isExact: a.isExact && b.isExact)
    case .shapeOf:
      let shape = self[node.inputs[0]].type.shape.map { Int64($0) }
      return HeldIntegers(range: (shape.min() ?? 0)...(shape.max() ?? 0), isExact: true)
    case .topIndices(let attributes):
      let extent = self[node.inputs[0]].type.shape[attributes.axis]
      return HeldIntegers(range: 0...Int64(max(extent, 1) - 1), isExact: true)
    case .cast:
      guard let source = known[node.inputs[0]] else { return anything }
      guard integers.contains(source.range.lowerBound), integers.contains(source.range.upperBound)
      else { return HeldIntegers(range: integers, isExact: source.isExact) }
      return source
    default: return anything
    }
  }
}
