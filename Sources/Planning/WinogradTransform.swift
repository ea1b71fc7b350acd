/// The matrices of Winograd's minimal filtering F(m, 3): y = Aᵀ[(G g) ⊙ (Bᵀ d)] for m outputs of a
/// filter of 3 taps.
///
/// Built by the Toom–Cook construction from interpolation points and infinity (Lavin and Gray,
/// "Fast Algorithms for Convolutional Neural Networks", section 4; Barabasz et al., "Error Analysis
/// and Improving the Accuracy of Winograd Convolution for Deep Neural Networks", section 3). The
/// points decide the rounding error: for F(4, 3) the usual 0, ±1, ±2 lose 4.4 times as much as
/// direct convolution on normal data (root mean square, 256 channels); 0, ±3/4, ±3/2, whose powers
/// stay near 1 and are exact in binary, lose 1.9 times as much. F(2, 3) with 0, ±1 loses no more
/// than direct.
public struct WinogradTransform: Hashable, Sendable {
  /// Outputs per tile and axis: m.
  public var outputs: Int
  /// Finite points: 0, then pairs p, -p.
  public var points: [Double]

  /// Inputs per tile and axis, and products: m + 2.
  public var inputs: Int { outputs + 2 }

  /// F(2, 3).
  public static let two = WinogradTransform(outputs: 2, points: [0, 1, -1])

  /// F(4, 3).
  public static let four = WinogradTransform(outputs: 4, points: [0, 0.75, -0.75, 1.5, -1.5])

  /// G: `inputs` rows of 3 coefficients.
  public var filterMatrix: [[Double]] {
    points.indices.map { index in
      let others = points.indices.filter { $0 != index }
      let scale = others.reduce(1.0) { $0 * (points[index] - points[$1]) }
      return (0..<3).map { raise(points[index], to: $0) / scale }
    } + [[0, 0, 1]]
  }

  /// Bᵀ: `inputs` rows of `inputs` coefficients, those of the polynomials that vanish at all points
  /// but one.
  public var inputMatrix: [[Double]] {
    points.indices.map { index in
      polynomial(vanishingAt: points.indices.filter { $0 != index }.map { points[$0] })
    } + [polynomial(vanishingAt: points)]
  }

  private func polynomial(vanishingAt roots: [Double]) -> [Double] {
    var coefficients: [Double] = [1]
    for root in roots {
      var next = [Double](repeating: 0, count: coefficients.count + 1)
      for (power, coefficient) in coefficients.enumerated() {
        next[power + 1] += coefficient
        next[power] -= root * coefficient
      }
      coefficients = next
    }
    return coefficients + [Double](repeating: 0, count: inputs - coefficients.count)
  }

  private func raise(_ base: Double, to power: Int) -> Double {
    (0..<power).reduce(1.0) { value, _ in value * base }
  }
}
