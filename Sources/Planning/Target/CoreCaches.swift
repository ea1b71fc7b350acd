/// The sizes of the caches that a core has to itself, in bytes: that of data of the first level, and the second
/// level.
///
/// What a program gets of a cache that cores share depends on what the others do, and virtual machines do not agree
/// on its size, so it is always that of the CPU's row.
public struct CoreCaches: Hashable, Sendable {
  public let level1: Int
  public let level2: Int

  /// Creates sizes; nil where no core has such.
  public init?(level1: Int, level2: Int) {
    guard (4 << 10...1 << 20).contains(level1), (32 << 10...256 << 20).contains(level2),
      level1 % 1024 == 0, level2 % 1024 == 0
    else { return nil }
    self.level1 = level1
    self.level2 = level2
  }
}

/// Sizes as text, in kilobytes: `48K/2048K`.
extension CoreCaches: LosslessStringConvertible {
  public var description: String { "\(level1 >> 10)K/\(level2 >> 10)K" }

  /// Creates the sizes that a text names; nil where it names none.
  public init?(_ text: String) {
    let sizes = text.split(separator: "/", omittingEmptySubsequences: false).map { part in
      part.hasSuffix("K") ? Int(part.dropLast()).flatMap { $0 < 1 << 30 ? $0 << 10 : nil } : nil
    }
    guard sizes.count == 2, let level1 = sizes[0], let level2 = sizes[1] else { return nil }
    self.init(level1: level1, level2: level2)
  }
}
