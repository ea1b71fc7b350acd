/// A level of the x86-64 architecture that code is compiled for: the vector unit that kernels are
/// generic in.
///
/// The levels are those of the x86-64 psABI. Compiling for a level instead of one CPU model keeps
/// the check at the entry of a library short and lets it run on every CPU of that level.
public enum InstructionSet: String, Sendable, CaseIterable, Comparable {
  /// SSE2: 4 lanes, multiply and add apart.
  case baseline = "x86-64"
  /// AVX2 and FMA: 8 lanes.
  case avx2 = "x86-64-v3"
  /// AVX-512 F, BW, CD, DQ, VL: 16 lanes.
  case avx512 = "x86-64-v4"

  /// float32 elements per vector register.
  public var lanes: Int {
    switch self {
    case .baseline: 4
    case .avx2: 8
    case .avx512: 16
    }
  }

  /// Architectural vector registers.
  public var registers: Int { self == .avx512 ? 32 : 16 }

  /// Whether multiply-add is one instruction with one rounding.
  public var hasFusedMultiplyAdd: Bool { self != .baseline }

  /// Whether IEEE 754 binary16 becomes f32 in one instruction (F16C).
  public var widensBinary16: Bool { self != .baseline }

  /// The CPU name that LLVM knows the level by.
  public var cpuName: String { rawValue }

  /// The features beyond the x86-64 baseline that code for this level may use, by the names of
  /// `cpuid` leaves.
  public var requiredFeatures: [String] {
    let v3 = [
      "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "avx", "avx2", "bmi", "bmi2", "f16c", "fma",
      "lzcnt", "movbe",
    ]
    switch self {
    case .baseline: return []
    case .avx2: return v3
    case .avx512: return v3 + ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]
    }
  }

  public static func < (left: InstructionSet, right: InstructionSet) -> Bool {
    left.lanes < right.lanes
  }
}
