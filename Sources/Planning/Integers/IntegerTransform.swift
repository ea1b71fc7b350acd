/// Winograd's F(m, 3) on integers, exact: the same sums as those of the definition, in every bit.
///
/// At the points 0, ±1 (and ±2), Bᵀ and Aᵀ are integers, and so is `scale` · G. Images of u8 stay within ±17,340 under Bᵀ d B, weights of i8
/// within ±18,432 under (scale · G) g (scale · G)ᵀ, where the row of infinity takes a smaller scale that Aᵀ makes up for: both fit into 16 bits.
/// Sums of their products wrap around in 32 bits. What comes back is scale² · y modulo 2³², with scale² = 2ˢ · q and q odd, so
/// multiplied by the inverse of q and shifted by s it is y, as long as |y| < 2³¹⁻ˢ.
public struct IntegerTransform: Hashable, Sendable {
  /// The matrices, before they are scaled.
  public let transform: WinogradTransform
  /// What the rows of G are multiplied with; those of infinity with `infinityScale`.
  public let scale: Int
  let infinityScale: Int

  /// F(2, 3): 2.25 times fewer products, sums of 30 bits.
  public static let two = IntegerTransform(
    transform: WinogradTransform(outputs: 2, taps: 3, points: [0, 1, -1]), scale: 2,
    infinityScale: 2)
  /// F(4, 3): 4 times fewer products, sums of 26 bits.
  public static let four = IntegerTransform(
    transform: WinogradTransform(outputs: 4, taps: 3, points: [0, 1, -1, 2, -2]), scale: 24,
    infinityScale: 6)

  /// Outputs of a tile and axis.
  public var outputs: Int { transform.outputs }
  /// Inputs of a tile and axis.
  public var inputs: Int { transform.inputs }
  /// Products for each tile.
  public var frequencies: Int { inputs * inputs }
  /// What the last row and the last column of products are multiplied with before Aᵀ.
  public var infinityFactor: Int { scale / infinityScale }
  /// s.
  public var shift: Int { (scale * scale).trailingZeroBitCount }
  /// The inverse of q modulo 2³².
  public var inverse: Int32 {
    let odd = UInt32((scale * scale) >> shift)
    // Newton's iteration: each doubles the bits that are right, of which an odd number has three.
    let inverse = (0..<4).reduce(odd) { guess, _ in guess &* (2 &- odd &* guess) }
    return Int32(bitPattern: inverse)
  }

  /// Whether all sums of products with u8 are in the range that comes back.
  ///
  /// - Parameter weight: row-major, as many for each channel.
  func holds(_ weight: [Int8], channels: Int) -> Bool {
    let terms = weight.count / max(channels, 1)
    return (0..<channels).allSatisfy { channel in
      var (positive, negative) = (0, 0)
      for value in weight[channel * terms..<(channel + 1) * terms] {
        if value > 0 { positive += Int(value) } else { negative -= Int(value) }
      }
      return 255 * max(positive, negative) < 1 << (31 - shift)
    }
  }

  /// scale · G, row-major.
  public var filterMatrix: [Int] {
    transform.filterMatrix.enumerated().flatMap { row, coefficients in
      coefficients.map { Int(($0 * Double(row == inputs - 1 ? infinityScale : scale)).rounded()) }
    }
  }
}
