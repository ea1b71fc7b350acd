import GraphIR

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
  /// What the data is in memory, and the result; indices are f32.
  public var element: ElementType
  public var outer: Int
  public var axis: Int
  public var inner: Int
  public var count: Int
  /// Whether there is an index for every element, `[outer, count, inner]`; else there are `count`,
  /// each for a whole entry.
  public var isPerElement: Bool

  public var tasks: Int { outer }
}

/// Elements of a row-major tensor `[outer, axis, inner]` replaced by or joined with others, `[outer, count, inner]`, at
/// indices that are computed: one after the other, so that the last of several for one place stays.
public struct ScatterKernel: Hashable, Sendable {
  public var lanes: Int
  public var outer: Int
  public var axis: Int
  public var inner: Int
  public var count: Int
  public var function: ScatterFunction

  public var tasks: Int { outer }
}

/// Conversion of elements in memory from one type to another: the f32 that kernels compute with and
/// the types that callers give and take. Equal types are a copy.
///
/// Integers become the nearest f32. A float loses what is behind its point; of that i64 takes the
/// nearest that it has, and a narrower integer the low bits, as it does of a wider integer. Infinities
/// have no low bits.
public struct ConvertKernel: Hashable, Sendable {
  public var lanes: Int
  public var from: ElementType
  public var to: ElementType
  public var count: Int

  /// Elements per task, whole vectors of any length.
  public static let elementsPerTask = 1 << 15

  public var tasks: Int { (count + Self.elementsPerTask - 1) / Self.elementsPerTask }
}
