import GraphIR

/// The features that code may use: the vector unit that kernels are generic in.
///
/// Sets are compared as sets: code for one runs on every CPU of its architecture that has all of its
/// features. The levels of the x86-64 psABI are names of some sets.
public struct InstructionSet: Hashable, Sendable {
  public let architecture: Architecture
  /// A bit for each feature, by its place in the architecture's table.
  public let mask: UInt64

  /// Creates the set of the features of an architecture that have a bit.
  public init(mask: UInt64, of architecture: Architecture = .x86) {
    self.architecture = architecture
    self.mask = mask & (1 << UInt64(CPUFeature.all(of: architecture).count) - 1)
  }

  /// Creates the set of some features of an architecture.
  public init(_ features: [CPUFeature], of architecture: Architecture = .x86) {
    self.init(
      mask: CPUFeature.all(of: architecture).enumerated().reduce(0) { mask, entry in
        features.contains(entry.element) ? mask | 1 << UInt64(entry.offset) : mask
      }, of: architecture)
  }

  /// Creates the set that a level stands for.
  init(_ level: CPUFeature.Level) {
    self.init(
      CPUFeature.all(of: level.architecture).filter {
        level.includes($0.level) && !$0.isBeyondLevels
      }, of: level.architecture)
  }

  /// SSE2: 4 lanes, multiply and add apart.
  public static let baseline = InstructionSet(.v1)
  /// SSE4.2: the same, with instructions that round and that choose.
  public static let sse4 = InstructionSet(.v2)
  /// AVX2 and FMA: 8 lanes.
  public static let avx2 = InstructionSet(.v3)
  /// AVX-512 F, BW, CD, DQ, VL: 16 lanes.
  public static let avx512 = InstructionSet(.v4)
  /// NEON: 8 lanes in two registers, with multiply-add.
  public static let neon = InstructionSet(.armv8)
  /// WebAssembly's vectors: 4 lanes, multiply and add apart.
  public static let simd128 = InstructionSet(.simd128)

  /// The levels of an architecture, each a subset of the next.
  public static func levels(of architecture: Architecture) -> [InstructionSet] {
    CPUFeature.Level.all(of: architecture).map { InstructionSet($0) }
  }

  /// The levels of the x86-64 psABI.
  public static let levels = levels(of: .x86)

  // MARK: Sets

  /// The features in the order of the table.
  public var features: [CPUFeature] {
    CPUFeature.all(of: architecture).enumerated().filter { mask >> UInt64($0.offset) & 1 == 1 }
      .map(\.element)
  }

  /// Whether a CPU with the features of the other set runs code for this one.
  public func isSubset(of other: InstructionSet) -> Bool {
    architecture == other.architecture && mask & ~other.mask == 0
  }

  /// What both have, which are of one architecture.
  public func intersection(_ other: InstructionSet) -> InstructionSet {
    InstructionSet(mask: mask & other.mask, of: architecture)
  }

  /// What either has, which are of one architecture.
  public func union(_ other: InstructionSet) -> InstructionSet {
    InstructionSet(mask: mask | other.mask, of: architecture)
  }

  /// What this one has and the other lacks, which are of one architecture.
  public func subtracting(_ other: InstructionSet) -> InstructionSet {
    InstructionSet(mask: mask & ~other.mask, of: architecture)
  }

  /// The best level that all features of are here.
  public var level: InstructionSet { InstructionSet(composition.level) }

  /// The best level, and the features besides that kernels make use of: those that multiply four integers of 8 bits at once.
  public var levelWithProducts: InstructionSet {
    let names = ["dotprod", "i8mm", vectorBytes == 64 ? "avx512vnni" : "avxvnni"]
    let products = features.filter { names.contains($0.name) }
    return level.union(InstructionSet(products, of: architecture))
  }

  /// The best level that all features of are here, and the features besides.
  private var composition: (level: CPUFeature.Level, besides: [CPUFeature]) {
    let levels = CPUFeature.Level.all(of: architecture)
    let level = levels.last { InstructionSet($0).isSubset(of: self) } ?? levels[0]
    return (level, subtracting(InstructionSet(level)).features)
  }

  /// Whether a feature of this name is here.
  public func has(_ name: String) -> Bool { features.contains { $0.name == name } }

  // MARK: The vector unit

  /// Bytes of a vector: a register, and two of NEON's, so that what is computed for AArch64 is planned,
  /// packed and summed as for AVX2, whose registers hold as much together.
  public var vectorBytes: Int {
    if InstructionSet.avx512.isSubset(of: self) { return 64 }
    return architecture == .aarch64 || InstructionSet.avx2.isSubset(of: self) ? 32 : 16
  }

  /// float32 elements per vector.
  public var lanes: Int { vectorBytes / ElementType.float32.byteCount }

  /// The vectors that fit into registers; WebAssembly has none, and gets as many as x86-64.
  public var registers: Int { vectorBytes == 64 ? 32 : 16 }

  /// Whether multiply-add is one instruction with one rounding.
  public var hasFusedMultiplyAdd: Bool { architecture == .aarch64 || vectorBytes > 16 }

  /// Whether the machine rounds a multiply-add once or twice as it likes: code takes either.
  public var hasRelaxedMultiplyAdd: Bool { architecture == .wasm32 && has("relaxed-simd") }

  /// Whether IEEE 754 binary16 becomes f32 in one instruction (F16C, `fcvtl`).
  public var widensBinary16: Bool { architecture == .aarch64 || vectorBytes > 16 }

  /// What LLVM is told of the CPU: the level by its name, and the features besides, as `+avxvnni`;
  /// empty where there are none.
  public var llvmNames: (cpu: String, features: String) {
    let (level, besides) = composition
    let features = besides.map { "+\($0.name)" }
    switch architecture {
    case .x86: return (level.rawValue, features.joined(separator: ","))
    case .aarch64: return ("generic", (["+neon"] + features).joined(separator: ","))
    case .wasm32:
      let level = ["+simd128", "+bulk-memory", "+nontrapping-fptoint"]
      return ("generic", (level + features).joined(separator: ","))
    }
  }
}

/// A set as text: its level and the features besides, as in `x86-64-v4+avx512vnni`.
extension InstructionSet: RawRepresentable, CustomStringConvertible {
  public var rawValue: String {
    let (level, besides) = composition
    return ([level.rawValue] + besides.map(\.name)).joined(separator: "+")
  }

  public var description: String { rawValue }

  /// Creates the set that a text names; nil where there is no such level or feature.
  public init?(rawValue: String) {
    let parts = rawValue.split(separator: "+", omittingEmptySubsequences: false)
    guard let level = CPUFeature.Level(rawValue: String(parts[0])) else { return nil }
    let all = CPUFeature.all(of: level.architecture)
    let features = parts.dropFirst().map { name in all.first { $0.name == name } }
    guard let features = features as? [CPUFeature] else { return nil }
    self = InstructionSet(level).union(InstructionSet(features, of: level.architecture))
  }
}
