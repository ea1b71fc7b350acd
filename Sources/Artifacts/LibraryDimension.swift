/// An axis by the name that a model has for it, with the extents that a library has code for.
public struct LibraryDimension: Sendable, Equatable {
  public var name: String
  /// None twice.
  public var extents: [Int]

  /// Creates a dimension.
  public init(_ name: String, _ extents: [Int]) {
    self.name = name
    self.extents = extents
  }

  /// The extents as text: `256, 512`.
  public var list: String { extents.map(String.init).joined(separator: ", ") }
}

extension [LibraryDimension] {
  /// In how many ways an extent of each can be taken.
  var combinationCount: Int { reduce(1) { $0 * $1.extents.count } }

  /// An extent of each in every way, the last one's changing first.
  public var combinations: [[Int]] {
    reduce([[]]) { combinations, dimension in
      combinations.flatMap { begun in dimension.extents.map { begun + [$0] } }
    }
  }

  /// What there is of each, as text: `height 256, 512; width 256, 512`.
  public var text: String { map { "\($0.name) \($0.list)" }.joined(separator: "; ") }
}
