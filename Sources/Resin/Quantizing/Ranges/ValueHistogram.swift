/// How the values of a tensor are distributed, gathered from image to image.
///
/// Bins of equal width divide an interval around 0. It doubles when a value lies outside, which joins pairs of
/// bins, so that nothing but counts is kept of the values.
struct ValueHistogram {
  static let binCount = 2048

  /// How many values fall into each bin; zeros count apart.
  private(set) var bins = [Int](repeating: 0, count: binCount)
  /// Values that are 0, as half of those behind a ReLU are: they have no rounding error.
  private(set) var zeros = 0
  /// The smallest and the largest value, and 0.
  private(set) var minimum: Float = 0
  private(set) var maximum: Float = 0
  /// Whether every value was a finite number; others are left out.
  private(set) var isFinite = true
  /// The bins divide the interval from -limit to limit, a power of two.
  private var limit = 0x1p-100

  /// The width of a bin.
  var binWidth: Double { 2 * limit / Double(Self.binCount) }

  /// The value in the middle of a bin.
  func center(of bin: Int) -> Double {
    (Double(bin - Self.binCount / 2) + 0.5) * binWidth
  }

  /// Counts values.
  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    var (low, high): (Float, Float) = (minimum, maximum)
    var index = 0
    while index < values.count {
      let value = values[index]
      if value < low {
        low = value
      } else if value > high {
        high = value
      }
      index += 1
    }
    if low == -.infinity || high == .infinity {
      isFinite = false
      low = max(low, -.greatestFiniteMagnitude)
      high = min(high, .greatestFiniteMagnitude)
    }
    (minimum, maximum) = (low, high)
    grow(toHold: Double(max(-low, high)))
    let scale = Double(Self.binCount / 2) / limit
    let middle = Double(Self.binCount / 2)
    bins.withUnsafeMutableBufferPointer { bins in
      var index = 0
      while index < values.count {
        let value = values[index]
        if value == 0 {
          zeros += 1
        } else {
          let place = Double(value) * scale + middle
          // No number, and infinities, fall outside.
          if place >= 0, place < 2 * middle { bins[Int(place)] += 1 } else { isFinite = false }
        }
        index += 1
      }
    }
  }

  /// Doubles the interval until it holds a magnitude.
  private mutating func grow(toHold magnitude: Double) {
    var doublings = 0
    while limit <= magnitude {
      limit *= 2
      doublings += 1
    }
    guard doublings > 0 else { return }
    let half = Self.binCount / 2
    var joined = [Int](repeating: 0, count: Self.binCount)
    for (bin, count) in bins.enumerated() where count > 0 {
      // Shifts of negative numbers go down: bins below 0 stay there.
      joined[((bin - half) >> min(doublings, Int.bitWidth - 1)) + half] += count
    }
    bins = joined
  }
}
