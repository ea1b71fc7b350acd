/// Where in each line of a row-major tensor `[outer, axis, inner]` its first or last elements by
/// value are; the result is `[outer, count, inner]`.
public struct TopIndicesKernel: Hashable, Sendable {
  public var lanes: Int
  public var outer: Int
  public var axis: Int
  public var inner: Int
  public var count: Int
  public var smallest: Bool
  public var prefersLast: Bool

  public var tasks: Int { outer }
}

/// Entries of a row-major tensor `[outer, axis, inner]` by indices that are computed: `[outer, count,
/// inner]`.
public struct GatherKernel: Hashable, Sendable {
  public var lanes: Int
  public var outer: Int
  public var axis: Int
  public var inner: Int
  public var count: Int
  /// Whether there is an index for every element, `[outer, count, inner]`; else there are `count`,
  /// each for a whole entry.
  public var isPerElement: Bool

  public var tasks: Int { outer }
}

/// Conversion between the elements of a caller, of their own type, and the f32 that kernels compute
/// with.
public struct ConvertKernel: Hashable, Sendable {
  /// Which way elements go.
  public enum Direction: Hashable, Sendable {
    /// Bytes of an input, each a truth value, to 0 and 1.
    case fromTruth
    /// To bytes of an output: 1 for anything but 0.
    case toTruth
    /// To 64-bit integers of an output.
    case toIntegers
  }

  public var lanes: Int
  public var direction: Direction
  public var count: Int

  public var tasks: Int { 1 }
}
