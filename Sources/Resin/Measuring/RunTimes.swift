/// How long equal runs took.
public struct RunTimes: Sendable {
  /// The times, least first; at least one.
  private let sorted: [Duration]

  /// Arranges times.
  ///
  /// - Precondition: there is at least one.
  public init(_ times: [Duration]) {
    precondition(!times.isEmpty, "no times")
    sorted = times.sorted()
  }

  /// How many runs there were.
  public var count: Int { sorted.count }
  /// The least time.
  public var minimum: Duration { sorted[0] }
  /// The time in the middle.
  public var median: Duration { sorted[sorted.count / 2] }

  /// The time that so many of a hundred runs do not exceed.
  ///
  /// - Precondition: `percent` is 1 to 100.
  public func percentile(_ percent: Int) -> Duration {
    sorted[(sorted.count * percent + 99) / 100 - 1]
  }
}
