/// Which number each of the 256 levels of an activation stands for: `(level - zeroPoint) · scale`.
struct ActivationRange: Equatable {
  var scale: Float
  var zeroPoint: UInt8

  /// The numbers of the lowest and of the highest level.
  var low: Float { -Float(zeroPoint) * scale }
  var high: Float { Float(255 - zeroPoint) * scale }

  /// The range that holds an interval around 0. The zero point is a whole level: 0 is exact, as padding needs it.
  init(from low: Double, to high: Double) {
    // Where there is nothing but zeros, any scale will do; a scale below the normal numbers would lose bits.
    let step = (high - low) / 255
    guard step >= Double(Float.leastNormalMagnitude) else {
      (scale, zeroPoint) = (1, 0)
      return
    }
    zeroPoint = UInt8(min(255, max(0, (-low / step).rounded())))
    // After rounding the zero point one end may lie outside: the scale grows until both are inside.
    let above = high / Double(max(1, 255 - Int(zeroPoint)))
    let below = -low / Double(max(1, Int(zeroPoint)))
    scale = Float(max(step, zeroPoint < 255 ? above : 0, zeroPoint > 0 ? below : 0))
  }

  /// The range in which the values that were seen have the least squared error: it weighs the rounding of all
  /// values against the largest ones being cut.
  init(fitting histogram: ValueHistogram) {
    let cut = CutErrors(histogram)
    let steps = 64
    var best = ActivationRange(from: Double(histogram.minimum), to: Double(histogram.maximum))
    var least = cut.error(of: best)
    let lows = histogram.minimum < 0 ? Array(steps / 8...steps) : [steps]
    let highs = histogram.maximum > 0 ? Array(steps / 8...steps) : [steps]
    for low in lows {
      for high in highs {
        let candidate = ActivationRange(
          from: Double(histogram.minimum) * Double(low) / Double(steps),
          to: Double(histogram.maximum) * Double(high) / Double(steps))
        let error = cut.error(of: candidate)
        if error < least { (best, least) = (candidate, error) }
      }
    }
    self = best
  }
}

/// The squared error of a histogram's values in a range, from sums over its bins.
private struct CutErrors {
  /// Counts, values and squares of all bins before one.
  private var sums: [(count: Double, values: Double, squares: Double)] = [(0, 0, 0)]
  private let width: Double

  init(_ histogram: ValueHistogram) {
    width = histogram.binWidth
    var (count, values, squares) = (0.0, 0.0, 0.0)
    for (bin, number) in histogram.bins.enumerated() {
      let center = histogram.center(of: bin)
      count += Double(number)
      values += Double(number) * center
      squares += Double(number) * center * center
      sums.append((count, values, squares))
    }
  }

  func error(of range: ActivationRange) -> Double {
    let (low, high, scale) = (Double(range.low), Double(range.high), Double(range.scale))
    let (first, last) = (sums[bin(of: low)], sums[bin(of: high)])
    let all = sums[sums.count - 1]
    // Values below `low` become it: Σ (x - low)² = Σ x² - 2 low Σ x + low² n.
    let below = first.squares - 2 * low * first.values + low * low * first.count
    let above =
      (all.squares - last.squares) - 2 * high * (all.values - last.values)
      + high * high * (all.count - last.count)
    // Others are up to half a step away, evenly.
    return below + above + (last.count - first.count) * scale * scale / 12
  }

  /// The bin that begins nearest to a value.
  private func bin(of value: Double) -> Int {
    let half = ValueHistogram.binCount / 2
    return min(max(0, Int((value / width).rounded()) + half), sums.count - 1)
  }
}
