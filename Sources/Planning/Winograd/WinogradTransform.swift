/// The matrices of Winograd's minimal filtering F(m, r): y = Aᵀ[(G g) ⊙ (Bᵀ d)] for m outputs of a
/// filter of r taps.
///
/// Built by the Toom–Cook construction from interpolation points and infinity (Lavin and Gray,
/// "Fast Algorithms for Convolutional Neural Networks", section 4; Barabasz et al., "Error Analysis
/// and Improving the Accuracy of Winograd Convolution for Deep Neural Networks", section 3). The
/// points decide the rounding error: for F(4, 3) the usual 0, ±1, ±2 lose 4.4 times as much as
/// direct convolution on normal data (root mean square, 256 channels); 0, ±3/4, ±3/2, whose powers
/// stay near 1 and are exact in binary, lose 1.9 times as much. F(2, r) and F(3, 3) lose about
/// as much as direct, F(4, 2) 1.4 times, F(4, 4) on 12 channels 3.2 times as much.
public struct WinogradTransform: Hashable, Sendable {
  /// Outputs per tile and axis: m.
  public let outputs: Int
  /// Taps of the filter per axis: r.
  public let taps: Int
  /// Finite points: pairs p, -p, behind a 0 where their number is odd.
  public let points: [Double]

  /// Inputs per tile and axis, and products: m + r - 1.
  public var inputs: Int { outputs + taps - 1 }

  /// Whether it loses several times as much as direct convolution: with seven products an axis.
  public var isCoarse: Bool { inputs > 6 }

  /// F(m, r); nil where too many points make it inaccurate, or there is nothing to gain.
  public init?(outputs: Int, taps: Int) {
    guard outputs > 1, taps > 1 else { return nil }
    let magnitudes: [Double]
    switch outputs + taps - 1 {
    case 3, 4: magnitudes = [1]
    case 5: magnitudes = [0.375, 1.25]
    case 6: magnitudes = [0.75, 1.5]
    case 7: magnitudes = [0.25, 0.875, 1.75]
    default: return nil
    }
    self.init(
      outputs: outputs, taps: taps,
      points: ((outputs + taps) % 2 == 0 ? [] : [0]) + magnitudes.flatMap { [$0, -$0] })
  }

  /// F(m, r) from points of which there are two less than outputs and taps.
  init(outputs: Int, taps: Int, points: [Double]) {
    self.outputs = outputs
    self.taps = taps
    self.points = points
  }

  /// G: `inputs` rows of `taps` coefficients.
  public var filterMatrix: [[Double]] {
    points.indices.map { index in
      let others = points.indices.filter { $0 != index }
      let scale = others.reduce(1.0) { $0 * (points[index] - points[$1]) }
      return (0..<taps).map { raise(points[index], to: $0) / scale }
    } + [[Double](repeating: 0, count: taps - 1) + [1]]
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
