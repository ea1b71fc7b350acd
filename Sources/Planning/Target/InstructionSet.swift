/// The features that code may use: the vector unit that kernels are generic in.
///
/// Sets are compared as sets: code for one runs on every CPU that has all of its features. The levels
/// of the x86-64 psABI are names of some sets.
public struct InstructionSet: Hashable, Sendable {
  /// A bit for each feature, by its place in the table.
  public let mask: UInt64

  /// Creates the set of the features that have a bit.
  public init(mask: UInt64) { self.mask = mask & (1 << UInt64(CPUFeature.all.count) - 1) }

  /// Creates the set of some features.
  public init(_ features: [CPUFeature]) {
    self.init(
      mask: CPUFeature.all.enumerated().reduce(0) { mask, entry in
        features.contains(entry.element) ? mask | 1 << UInt64(entry.offset) : mask
      })
  }

  /// Creates the set that a level stands for.
  init(_ level: CPUFeature.Level) {
    self.init(
      CPUFeature.all.filter { $0.level.rawValue <= level.rawValue && !$0.isBeyondLevels })
  }

  /// SSE2: 4 lanes, multiply and add apart.
  public static let baseline = InstructionSet(.v1)
  /// SSE4.2: the same, with instructions that round and that choose.
  public static let sse4 = InstructionSet(.v2)
  /// AVX2 and FMA: 8 lanes.
  public static let avx2 = InstructionSet(.v3)
  /// AVX-512 F, BW, CD, DQ, VL: 16 lanes.
  public static let avx512 = InstructionSet(.v4)

  /// The levels of the x86-64 psABI, each a subset of the next.
  public static let levels = [baseline, sse4, avx2, avx512]

  // MARK: Sets

  /// The features in the order of the table.
  public var features: [CPUFeature] {
    CPUFeature.all.enumerated().filter { mask >> UInt64($0.offset) & 1 == 1 }.map(\.element)
  }

  /// Whether a CPU with the features of the other set runs code for this one.
  public func isSubset(of other: InstructionSet) -> Bool { mask & ~other.mask == 0 }

  /// What both have.
  public func intersection(_ other: InstructionSet) -> InstructionSet {
    InstructionSet(mask: mask & other.mask)
  }

  /// What either has.
  public func union(_ other: InstructionSet) -> InstructionSet {
    InstructionSet(mask: mask | other.mask)
  }

  /// What this one has and the other lacks.
  public func subtracting(_ other: InstructionSet) -> InstructionSet {
    InstructionSet(mask: mask & ~other.mask)
  }

  /// The best level that all features of are here.
  public var level: InstructionSet { InstructionSet(composition.level) }

  /// The best level that all features of are here, and the features besides.
  private var composition: (level: CPUFeature.Level, besides: [CPUFeature]) {
    let level = CPUFeature.Level.allCases.last { InstructionSet($0).isSubset(of: self) } ?? .v1
    return (level, subtracting(InstructionSet(level)).features)
  }

  // MARK: The vector unit

  /// Bytes of a vector register.
  public var vectorBytes: Int {
    InstructionSet.avx512.isSubset(of: self) ? 64 : InstructionSet.avx2.isSubset(of: self) ? 32 : 16
  }

  /// float32 elements per vector register.
  public var lanes: Int { vectorBytes / 4 }

  /// Architectural vector registers.
  public var registers: Int { vectorBytes == 64 ? 32 : 16 }

  /// Whether multiply-add is one instruction with one rounding.
  public var hasFusedMultiplyAdd: Bool { vectorBytes > 16 }

  /// Whether IEEE 754 binary16 becomes f32 in one instruction (F16C).
  public var widensBinary16: Bool { vectorBytes > 16 }

  /// What LLVM is told of the CPU: the level by its name, and the features besides, as `+avxvnni`;
  /// empty where there are none.
  public var llvmNames: (cpu: String, features: String) {
    let (level, besides) = composition
    return (level.name, besides.map { "+\($0.name)" }.joined(separator: ","))
  }
}

/// A set as text: its level and the features besides, as in `x86-64-v4+avx512vnni`.
extension InstructionSet: RawRepresentable, CustomStringConvertible {
  public var rawValue: String {
    let (level, besides) = composition
    return ([level.name] + besides.map(\.name)).joined(separator: "+")
  }

  public var description: String { rawValue }

  /// Creates the set that a text names; nil where there is no such level or feature.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: "+", omittingEmptySubsequences: false)
    guard let level = CPUFeature.Level.allCases.first(where: { $0.name == parts[0] }) else {
      return nil
    }
    let features = parts.dropFirst().map { name in CPUFeature.all.first { $0.name == name } }
    guard let features = features as? [CPUFeature] else { return nil }
    self = InstructionSet(level).union(InstructionSet(features))
  }
}
