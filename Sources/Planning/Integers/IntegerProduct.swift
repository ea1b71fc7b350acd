/// How sums of four products of u8 and i8 are added to the 32 bits of each lane. All are exact.
public enum IntegerProduct: Hashable, Sendable {
  /// One instruction (VNNI, `vpdpbusd`).
  case fourSums
  /// Pairs of products in 16 bits, then pairs of these (SSSE3, `pmaddubsw` and `pmaddwd`). Pairs of weights whose products
  /// might not fit into 16 bits are kept apart when weights are packed.
  case pairs
  /// Both operands widened to 16 bits (SSE2, `pmaddwd`).
  case widened

  /// Whether the sum of two products must fit into 16 bits.
  public var needsSmallPairs: Bool { self == .pairs }

  /// How many steps are added at once, by lists of weights: two where their products may be added in 16 bits, then one.
  public var stepsAtOnce: [Int] { needsSmallPairs ? [2, 1] : [1] }
}

extension InstructionSet {
  /// The fastest of them that the features allow.
  public var integerProduct: IntegerProduct {
    func has(_ name: String) -> Bool { features.contains { $0.name == name } }
    if vectorBytes == 64 ? has("avx512vnni") : has("avxvnni") { return .fourSums }
    return has("ssse3") ? .pairs : .widened
  }
}
