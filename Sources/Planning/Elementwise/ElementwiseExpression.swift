import GraphIR

/// What an element-wise kernel computes for each element, from the elements of its operands.
public indirect enum ElementwiseExpression: Hashable, Sendable {
  /// The element of the operand with this number.
  case operand(Int)
  case constant(Float)
  case unary(UnaryFunction, ElementwiseExpression)
  case binary(BinaryFunction, ElementwiseExpression, ElementwiseExpression)
  /// A function of the bits of two integers that f32 holds exactly.
  case bits(BitFunction, ElementwiseExpression, ElementwiseExpression)
  /// A function of the bits of two integers as they are in memory.
  case storedBits(BitFunction, ElementwiseExpression, ElementwiseExpression)
  /// 1 where the comparison holds, 0 elsewhere.
  case compare(Comparison, ElementwiseExpression, ElementwiseExpression)
  /// The second where the first is not 0, the third elsewhere.
  case select(ElementwiseExpression, ElementwiseExpression, ElementwiseExpression)
  /// a · b + c.
  case multiplyAdd(ElementwiseExpression, ElementwiseExpression, ElementwiseExpression)

  /// The element of the one operand.
  public static let copy = ElementwiseExpression.operand(0)

  /// A function of the one operand.
  static func unary(_ function: UnaryFunction) -> ElementwiseExpression {
    .unary(function, .operand(0))
  }

  /// The integers of a type nearest to x / scale, moved by a zero point.
  static func quantized(
    _ x: ElementwiseExpression, _ numbers: (scale: Float, zero: Int), to element: ElementType
  ) -> ElementwiseExpression {
    let range = element.integers!
    let quotient = numbers.scale == 1 ? x : .binary(.divide, x, .constant(numbers.scale))
    let rounded = ElementwiseExpression.unary(.round, quotient)
    let moved = numbers.zero == 0 ? rounded : .binary(.add, rounded, .constant(Float(numbers.zero)))
    return .unary(.saturate(low: Float(range.lowerBound), high: Float(range.upperBound)), moved)
  }

  /// (x - zero point) · scale.
  static func dequantized(
    _ x: ElementwiseExpression, _ numbers: (scale: Float, zero: Int)
  ) -> ElementwiseExpression {
    .binary(
      .multiply, numbers.zero == 0 ? x : .binary(.subtract, x, .constant(Float(numbers.zero))),
      .constant(numbers.scale))
  }

  /// The expression followed by a function, if there is one.
  func then(_ function: UnaryFunction?) -> ElementwiseExpression {
    function.map { .unary($0, self) } ?? self
  }

  /// The parts that are combined last.
  private var parts: [ElementwiseExpression] {
    switch self {
    case .operand, .constant: []
    case .unary(_, let x): [x]
    case .binary(_, let a, let b), .bits(_, let a, let b), .storedBits(_, let a, let b),
      .compare(_, let a, let b):
      [a, b]
    case .multiplyAdd(let a, let b, let c), .select(let a, let b, let c): [a, b, c]
    }
  }

  /// Whether elements are never computed with as f32.
  var keepsElements: Bool {
    switch self {
    case .operand: true
    case .storedBits: parts.allSatisfy(\.keepsElements)
    case .constant, .unary, .binary, .bits, .compare, .select, .multiplyAdd: false
    }
  }

  /// The number of operands.
  public var arity: Int {
    if case .operand(let index) = self { return index + 1 }
    return parts.map(\.arity).max() ?? 0
  }

  /// Floating-point operations per element.
  public var operations: Int {
    let own =
      switch self {
      case .operand, .constant: 0
      case .unary, .binary, .bits, .storedBits, .compare, .select: 1
      case .multiplyAdd: 2
      }
    return parts.reduce(own) { $0 + $1.operations }
  }

  /// The expression with its operands replaced.
  func substituting(_ operands: [ElementwiseExpression]) -> ElementwiseExpression {
    switch self {
    case .operand(let index): operands[index]
    case .constant: self
    case .unary(let function, let x): .unary(function, x.substituting(operands))
    case .binary(let function, let a, let b):
      .binary(function, a.substituting(operands), b.substituting(operands))
    case .bits(let function, let a, let b):
      .bits(function, a.substituting(operands), b.substituting(operands))
    case .storedBits(let function, let a, let b):
      .storedBits(function, a.substituting(operands), b.substituting(operands))
    case .compare(let comparison, let a, let b):
      .compare(comparison, a.substituting(operands), b.substituting(operands))
    case .select(let a, let b, let c):
      .select(a.substituting(operands), b.substituting(operands), c.substituting(operands))
    case .multiplyAdd(let a, let b, let c):
      .multiplyAdd(
        a.substituting(operands), b.substituting(operands), c.substituting(operands))
    }
  }

  /// The names of the functions, in the order in which they are applied: `add +relu`.
  var printed: String {
    switch self {
    case .operand: return "copy"
    case .constant(let value): return "fill \(value)"
    default: break
    }
    var names: [String] = []
    collectNames(&names)
    return ([names[0]] + names.dropFirst().map { "+\($0)" }).joined(separator: " ")
  }

  private func collectNames(_ names: inout [String]) {
    for part in parts { part.collectNames(&names) }
    switch self {
    case .operand, .constant: break
    case .unary(let function, _): names.append(function.mnemonic)
    case .binary(let function, _, _): names.append(function.mnemonic)
    case .bits(let function, _, _), .storedBits(let function, _, _): names.append(function.rawValue)
    case .compare(let comparison, _, _): names.append(comparison.rawValue)
    case .select: names.append("select")
    case .multiplyAdd: names.append("scale-shift")
    }
  }
}
