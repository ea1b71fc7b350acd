import GraphIR

/// A stream of pseudo-random numbers that depends on a seed and a name only: SplitMix64 (Steele,
/// Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014, figure 10), started from
/// both. `docs/weights.md` defines it for other languages, and `docs/random_weights.py` is its
/// twin.
///
/// Element i depends on no other element, so that loops over it vectorise.
struct RandomStream {
  private let start: UInt64

  /// Creates the stream of a seed and a name.
  init(seed: UInt64, name: String) {
    start = Self.mixed(Self.mixed(seed) ^ Self.fnv1a(name))
  }

  /// Element `index` of the stream.
  @inline(__always)
  subscript(index: Int) -> UInt64 {
    Self.mixed(start &+ UInt64(truncatingIfNeeded: index + 1) &* 0x9e37_79b9_7f4a_7c15)
  }

  /// `count` floats, evenly from `centre - half` up to, but without, `centre + half`.
  ///
  /// The top 24 bits k of an element give t = (2k - 2²⁴) / 2²⁴, exact in a float. `half · t` is
  /// exact in a double, so the sum is rounded once to double and once to float, with and without
  /// fused multiply-add.
  func uniform(_ count: Int, centre: Double = 0, half: Float) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { into, filled in
      for index in 0..<count {
        let bits = Int64(truncatingIfNeeded: self[index] >> 40)
        let t = Double(2 * bits - 1 << 24) * 0x1p-24
        (into.baseAddress! + index).initialize(to: Float(centre + Double(half) * t))
      }
      filled = count
    }
  }

  /// The finaliser of SplitMix64 (variant 13 of Stafford's mixers).
  @inline(__always)
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// The 64-bit FNV-1a hash of a name's UTF-8.
  private static func fnv1a(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

/// A tensor of pseudo-random elements that depend on type, seed and name only: f32 evenly from -1
/// up to 1, u8 evenly from 0 to 255, other integers evenly from 0 to 15, bool either with equal
/// chance. `docs/weights.md` defines them bit for bit.
public func randomTensor(_ type: TensorType, seed: UInt64, name: String) -> Tensor {
  let stream = RandomStream(seed: seed, name: name)
  let count = type.elementCount
  return switch type.element {
  case .float32: Tensor(type.shape, floats: stream.uniform(count, half: 1))
  case .int64: Tensor(type.shape, integers: (0..<count).map { Int64(stream[$0] >> 60) })
  case .int32: Tensor(type.shape, elements: (0..<count).map { Int32(stream[$0] >> 60) })
  case .int8: Tensor(type.shape, elements: (0..<count).map { Int8(stream[$0] >> 60) })
  case .uint8: Tensor(type.shape, elements: (0..<count).map { UInt8(stream[$0] >> 56) })
  case .bool: Tensor(type.shape, booleans: (0..<count).map { stream[$0] >> 63 == 1 })
  }
}
