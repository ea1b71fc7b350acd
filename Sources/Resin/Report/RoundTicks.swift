import Foundation

/// Places of an axis at round numbers: 1, 2 or 5 times a power of ten.
enum RoundTicks {
  /// The least round number from a number on.
  static func roundUp(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 1 }
    let power = log10(value).rounded(.down)
    return [1.0, 2, 5].lazy.map { number($0, power) }.first { $0 >= value * (1 - 1e-9) }
      ?? number(1, power + 1)
  }

  /// The largest round number up to a number.
  static func roundDown(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 1 }
    let power = log10(value).rounded(.down)
    return [5.0, 2, 1].lazy.map { number($0, power) }.first { $0 <= value * (1 + 1e-9) }
      ?? number(1, power)
  }

  /// Multiples of one round number, from 0 up to `end`, at most `count` and one more.
  static func linear(to end: Double, count: Int) -> [Double] {
    let step = roundUp(end / Double(max(1, count)))
    return (0...Int(end / step + 1e-9)).map { Double($0) * step }
  }

  /// Round numbers of a logarithmic axis, at most `count`: with 2 and 5 between the powers of ten where
  /// there is room, else every so many powers.
  static func logarithmic(_ range: ClosedRange<Double>, count: Int) -> [Double] {
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    let (low, high) = (range.lowerBound * (1 - 1e-9), range.upperBound * (1 + 1e-9))
    func ticks(_ factors: [Double], every: Int) -> [Double] {
      var result: [Double] = []
      for power in first...max(first, last) where power % every == 0 {
        for factor in factors {
          let value = number(factor, Double(power))
          if value >= low, value <= high { result.append(value) }
        }
      }
      return result
    }
    let all = ticks([1, 2, 5], every: 1)
    if all.count <= count { return all }
    for every in 1...max(1, last - first) {
      let tens = ticks([1], every: every)
      if tens.count <= count { return tens }
    }
    return []
  }

  /// Powers below one are divided by, so that what is printed has no other digits.
  private static func number(_ factor: Double, _ power: Double) -> Double {
    power < 0 ? factor / pow(10, -power) : factor * pow(10, power)
  }
}
