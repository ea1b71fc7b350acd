import GraphIR

/// SplitMix64 (Steele, Lea, Flood 2014): a small generator with the same values everywhere.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Creates a generator; equal seeds give equal values.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// A float tensor with values uniform in a range, the same for the same seed.
  public static func seeded(
    _ shape: [Int], seed: UInt64, in range: ClosedRange<Float> = -1...1
  ) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let count = shape.reduce(1, *)
    let width = range.upperBound - range.lowerBound
    let values = (0..<count).map { _ in
      // 24 bits are exact in a float.
      range.lowerBound + width * Float(generator.next() >> 40) * 0x1p-24
    }
    return Tensor(shape, floats: values)
  }
}

extension Tensor {
  /// A tensor of any type, the same for the same seed: floats from -1 to 1, integers of everything that
  /// their type has, and truth values.
  public static func seeded(_ type: TensorType, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    func bits() -> [UInt64] { (0..<type.elementCount).map { _ in generator.next() >> 7 } }
    return switch type.element {
    case .float32: .seeded(type.shape, seed: seed)
    // Every other one is small, for what finds its place by it.
    case .int64:
      Tensor(type.shape, integers: bits().map { $0 % 2 == 0 ? Int64($0 % 16) : Int64($0) })
    case .int32:
      Tensor(
        type.shape,
        elements: bits().map { $0 % 2 == 0 ? Int32($0 % 16) : Int32(truncatingIfNeeded: $0) })
    case .int8: Tensor(type.shape, elements: bits().map { Int8(truncatingIfNeeded: $0) })
    case .uint8: Tensor(type.shape, elements: bits().map { UInt8(truncatingIfNeeded: $0) })
    case .bool: Tensor(type.shape, booleans: bits().map { $0 % 2 == 0 })
    }
  }
}

extension Graph {
  /// Binds every parameter to seeded values of a trained network's kind: variances and scales near
  /// 1, weights scaled by the number of terms of their sums, so that values neither die nor explode
  /// with depth.
  public func withSeededParameters(seed: UInt64) -> Graph {
    var result = self
    for (index, id) in constants.enumerated() {
      guard case .parameter = self[id].operation else { continue }
      let (name, shape) = (self[id].name, self[id].type.shape)
      guard self[id].type.element == .float32 else {
        result.bind(id, to: .seeded(self[id].type, seed: seed &+ UInt64(index)))
        continue
      }
      let terms = max(1, shape.dropFirst().reduce(1, *))
      let range: ClosedRange<Float>
      if name.hasSuffix("running_var") {
        range = 0.5...1.5
      } else if shape.count == 1, name.hasSuffix("weight") {
        range = 0.5...1.5
      } else if shape.count <= 1 {
        range = -0.25...0.25
      } else {
        let bound = (3 / Float(terms)).squareRoot()
        range = -bound...bound
      }
      result.bind(id, to: .seeded(shape, seed: seed &+ UInt64(index), in: range))
    }
    return result
  }

  /// Seeded values for every input: floats from -1 to 1, integers of everything that their type has.
  public func seededInputs(seed: UInt64) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (index, input) in inputs.enumerated() {
      let node = self[input.node]
      result[node.name] = .seeded(node.type, seed: seed &+ 7919 &* UInt64(index))
    }
    return result
  }
}
