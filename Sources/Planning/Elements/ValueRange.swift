import GraphIR

/// The numbers that the elements of a value may be, both ends included, but for NaN.
struct ValueRange: Equatable {
  var low: Double
  var high: Double

  /// Creates a range from its ends; an end that is no number stands for any.
  init(_ low: Double, _ high: Double) {
    self.low = low.isNaN ? -.infinity : low
    self.high = high.isNaN ? .infinity : high
  }

  static let all = ValueRange(-.infinity, .infinity)
  /// Truth values, as kernels have them.
  static let truth = ValueRange(0, 1)

  /// The range of everything of an element type.
  init(of element: ElementType) {
    guard let integers = element.integers else {
      self = element == .bool ? .truth : .all
      return
    }
    self.init(Double(integers.lowerBound), Double(integers.upperBound))
  }

  /// The range of some numbers.
  init(hull numbers: [Double]) {
    guard !numbers.contains(where: \.isNaN), let low = numbers.min(), let high = numbers.max()
    else {
      self = .all
      return
    }
    self.init(low, high)
  }

  /// Whether all integers in the range, and those between, are exact as f32.
  var isExact: Bool { max(-low, high) <= Self.exactLimit }

  /// f32 has every integer up to this one.
  static let exactLimit = 0x1p24

  /// The range of values that lie in one or the other.
  func joined(_ other: ValueRange) -> ValueRange {
    ValueRange(min(low, other.low), max(high, other.high))
  }

  /// `from -∞ to 12`.
  var description: String {
    func text(_ end: Double) -> String {
      guard end.magnitude < 0x1p53 else { return end < 0 ? "-∞" : "∞" }
      return "\(Int(end.rounded()))"
    }
    return "from \(text(low)) to \(text(high))"
  }
}

extension ValueRange {
  /// The range of a function of one element.
  func applying(_ function: UnaryFunction) -> ValueRange {
    switch function {
    case .relu: ValueRange(max(low, 0), max(high, 0))
    case .clip(let least, let most), .saturate(let least, let most):
      ValueRange(
        min(max(low, Double(least)), Double(most)), min(max(high, Double(least)), Double(most)))
    case .sigmoid, .hardSigmoid: ValueRange(0, 1)
    case .tanh, .erf, .sin, .cos: ValueRange(-1, 1)
    case .asin, .atan: ValueRange(-1.6, 1.6)
    case .acos: ValueRange(0, 3.2)
    case .cosh: ValueRange(1, .infinity)
    case .acosh: ValueRange(0, .infinity)
    case .round: ValueRange(low.rounded(.toNearestOrEven), high.rounded(.toNearestOrEven))
    case .leakyRelu(let slope):
      joined(ValueRange(hull: [Double(slope) * min(low, 0), Double(slope) * min(high, 0)]))
    // None goes below -1/2.
    case .hardSwish, .silu, .mish, .gelu, .geluTanh: ValueRange(-0.5, max(high, 0))
    case .elu(let alpha): joined(ValueRange(hull: [0, -Double(alpha)]))
    // log(1 + eˣ) is at most log 2 above max(x, 0).
    case .softplus: ValueRange(0, max(high, 0) + 1)
    case .exp: ValueRange(0, .infinity)
    case .sqrt: ValueRange(0, max(high, 0).squareRoot())
    case .negate: ValueRange(-high, -low)
    case .absolute:
      ValueRange(low <= 0 && high >= 0 ? 0 : min(abs(low), abs(high)), max(-low, high))
    case .floor: ValueRange(low.rounded(.down), high.rounded(.down))
    case .ceil: ValueRange(low.rounded(.up), high.rounded(.up))
    case .log, .reciprocal, .tan, .sinh, .asinh, .atanh: .all
    }
  }

  /// The range of a function of two elements; of integers, a quotient is truncated, and 0 where the
  /// divisor is.
  func applying(_ function: BinaryFunction, _ other: ValueRange, ofIntegers: Bool) -> ValueRange {
    let products = [
      low * other.low, low * other.high, high * other.low, high * other.high,
    ]
    switch function {
    case .add: return ValueRange(low + other.low, high + other.high)
    case .subtract: return ValueRange(low - other.high, high - other.low)
    case .multiply: return ValueRange(hull: products)
    case .divide:
      if other.low <= 0, other.high >= 0 {
        let largest = max(-low, high)
        return ofIntegers ? ValueRange(-largest, largest) : .all
      }
      let range = ValueRange(
        hull: [low / other.low, low / other.high, high / other.low, high / other.high])
      return ofIntegers
        ? ValueRange(range.low.rounded(.towardZero), range.high.rounded(.towardZero)) : range
    case .minimum: return ValueRange(min(low, other.low), min(high, other.high))
    case .maximum: return ValueRange(max(low, other.low), max(high, other.high))
    case .power: return .all
    case .prelu: return joined(ValueRange(hull: products))
    case .remainder: return ValueRange(min(low, 0), max(high, 0))
    }
  }

  /// The range of a function of the bits of two integers: what both fit into with so many bits and a sign.
  func applying(_ function: BitFunction, _ other: ValueRange) -> ValueRange {
    if function == .and {
      // No bit is set that a number without sign has not.
      let most = [self, other].filter { $0.low >= 0 }.map(\.high).min()
      if let most { return ValueRange(0, most) }
    }
    let (least, largest) = (min(low, other.low), max(high, other.high))
    let magnitude = max(largest, -least - 1, 0)
    guard magnitude.isFinite else { return .all }
    var limit = 1.0
    while limit <= magnitude { limit *= 2 }
    return ValueRange(least < 0 ? -limit : 0, limit - 1)
  }

  /// The range after a cast: NaN becomes 0, what was computed may miss an integer by a little, and
  /// narrower integers keep the low bits.
  func applying(castFrom element: ElementType, to target: ElementType) -> ValueRange {
    guard target.integers != nil else { return target == .bool ? .truth : self }
    let whole =
      element == .float32
      ? ValueRange(min(low.rounded(.down) - 1, 0), max(high.rounded(.up) + 1, 0)) : self
    let all = ValueRange(of: target)
    return whole.low >= all.low && whole.high <= all.high ? whole : all
  }
}
