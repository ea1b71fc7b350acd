/// How sums of four products of u8 and i8 are added to the 32 bits of each lane. All are exact.
public enum IntegerProduct: Hashable, Sendable {
  /// One instruction (VNNI, `vpdpbusd`; i8mm, `usdot`).
  case fourSums
  /// One instruction that takes both for signed (dotprod, `sdot`): 128 is subtracted from the images, and
  /// added with the zero point.
  case fourSignedSums
  /// Pairs of products in 16 bits, then pairs of these (SSSE3, `pmaddubsw` and `pmaddwd`). Pairs of weights whose products
  /// might not fit into 16 bits are kept apart when weights are packed.
  case pairs
  /// Pairs of products of 16 bits, to which images and weights are widened before (SSE2, `pmaddwd`; NEON, `mul` and `sadalp`).
  case words

  /// Whether the sum of two products must fit into 16 bits.
  public var needsSmallPairs: Bool { self == .pairs }

  /// Whether images and weights are of 16 bits when they are multiplied.
  public var isOfWords: Bool { self == .words }

  /// Vectors of weights that a step has for every vector of sums: four numbers of 8 bits fill a lane, or two of 16.
  public var linesPerStep: Int { isOfWords ? 2 : 1 }

  /// Instructions that so many steps at once take for a vector of sums: multiplications and others.
  func instructions(stepsAtOnce: Int) -> (multiplications: Double, others: Double) {
    switch self {
    case .fourSums, .fourSignedSums: (Double(stepsAtOnce), 0)
    // A product for each step, which are added, then the sums of pairs, and what they are added to.
    case .pairs: stepsAtOnce == 2 ? (3, 2) : (2, 1)
    case .words: (2, 2)
    }
  }

  /// What the sums of each channel begin with, where its weights are those of one channel after the other.
  ///
  /// - Parameter starts: the same for products of u8.
  func starts(_ starts: [Int32], _ weight: [Int8]) -> [Int32] {
    guard self == .fourSignedSums, !starts.isEmpty else { return starts }
    let terms = weight.count / starts.count
    return starts.enumerated().map { channel, start in
      // Whole sums fit into 32 bits, so what is passed on the way does not matter.
      weight[channel * terms..<(channel + 1) * terms].reduce(start) { $0 &+ 128 &* Int32($1) }
    }
  }
}

extension InstructionSet {
  /// The fastest of them that the features allow.
  public var integerProduct: IntegerProduct {
    if has("i8mm") { return .fourSums }
    if has("dotprod") { return .fourSignedSums }
    if vectorBytes == 64 ? has("avx512vnni") : has("avxvnni") { return .fourSums }
    return has("ssse3") ? .pairs : .words
  }

  /// What there is to choose from: words take as many multiplications as pairs, more of other instructions, and no weight has to be
  /// kept apart.
  var integerProducts: [IntegerProduct] {
    integerProduct == .pairs ? [.pairs, .words] : [integerProduct]
  }
}
