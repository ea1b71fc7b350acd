/// Which steps of an integer convolution are added two at a time, in 16 bits, before their sums are added to the 32 bits.
///
/// Each step adds a pair of products of u8 and i8 to every 16 bits. The pairs of two steps may be added there iff for every pair the
/// positive weights of both have a sum of at most 128, and the negative ones too: 255 · 128 = 32,640. Most weights of a trained
/// network are far from the largest, so most steps find another that they fit: both then take three multiplications in place of
/// four. Any two steps can be joined, since each names the place of its channels.
struct IntegerStepTwos {
  /// The largest sum of weights of one sign.
  private static let limit: UInt8 = 128
  /// How many others a step is tried with.
  private static let tries = 64

  private typealias Line = SIMD64<UInt8>

  private let steps: Int
  /// Lines of a step.
  private let width: Int
  /// `[step][line]`: for every pair the sum of its positive weights, then of its negative ones.
  private var sums: [Line]

  init(steps: Int, pairs: Int) {
    self.steps = steps
    width = (2 * pairs + Line.scalarCount - 1) / Line.scalarCount
    sums = Array(repeating: .zero, count: steps * width)
  }

  /// Sets the two weights of a pair.
  ///
  /// - Precondition: the pair is safe, see `IntegerWeights`.
  mutating func set(_ step: Int, pair: Int, _ a: Int8, _ b: Int8) {
    let place = step * width + 2 * pair / Line.scalarCount
    let index = 2 * pair % Line.scalarCount
    sums[place][index] = UInt8(max(Int(a), 0) + max(Int(b), 0))
    sums[place][index + 1] = UInt8(max(-Int(a), 0) + max(-Int(b), 0))
  }

  /// All steps, twos first and side by side, and how many twos there are.
  ///
  /// The heaviest step is joined with the lightest that it fits, out of a few, then the next.
  func ordered() -> (order: [Int], twos: Int) {
    let totals = (0..<steps).map { step in
      sums[step * width..<(step + 1) * width].reduce(0) { total, line in
        line.indices.reduce(total) { $0 + Int(line[$1]) }
      }
    }
    var free = (0..<steps).sorted { (totals[$0], $0) < (totals[$1], $1) }
    var (twos, alone) = ([Int](), [Int]())
    while let heaviest = free.popLast() {
      let place = free.indices.prefix(Self.tries).first { fits(free[$0], heaviest) }
      if let place {
        twos += [heaviest, free.remove(at: place)]
      } else {
        alone.append(heaviest)
      }
    }
    return (twos + alone, twos.count / 2)
  }

  private func fits(_ a: Int, _ b: Int) -> Bool {
    (0..<width).allSatisfy {
      let room = Line(repeating: Self.limit) &- sums[a * width + $0]
      return all(sums[b * width + $0] .<= room)
    }
  }
}
