/// A feature of CPUs beyond what all of their architecture have, that code may use and a library looks for.
public struct CPUFeature: Hashable, Sendable {
  /// The registers in which `cpuid` answers, in its order.
  public enum Register: UInt32, Sendable {
    case eax, ebx, ecx, edx
  }

  /// Sets of registers that the operating system has to save, as bits of XCR0.
  public enum State: UInt32, Sendable {
    case usual = 0
    /// SSE's and AVX's.
    case vectors = 0x06
    /// The same, masks, and the wide and additional vectors of AVX-512.
    case wideVectors = 0xe6
  }

  /// LLVM's name.
  public let name: String
  let level: Level
  /// Whether no level has it.
  public let isBeyondLevels: Bool
  /// Where the CPU or its system tells of it: a leaf of `cpuid` on x86-64, and on AArch64 an entry of
  /// the auxiliary vector, of which the first register is the low half.
  public let leaf: UInt32
  public let subleaf: UInt32
  public let register: Register
  public let bit: UInt32
  public let state: State

  /// The first level that has the feature, or that code must be for to use it besides.
  public var needed: InstructionSet { InstructionSet(level) }

  /// What CPUs have in common: the levels of the x86-64 psABI, each with all before it, what every
  /// AArch64 CPU has, and what engines of WebAssembly have since 2021.
  enum Level: String, CaseIterable {
    case v1 = "x86-64"
    case v2 = "x86-64-v2"
    case v3 = "x86-64-v3"
    case v4 = "x86-64-v4"
    case armv8 = "armv8-a"
    case simd128 = "simd128"

    var architecture: Architecture {
      switch self {
      case .v1, .v2, .v3, .v4: .x86
      case .armv8: .aarch64
      case .simd128: .wasm32
      }
    }

    /// The levels of an architecture, the least first.
    static func all(of architecture: Architecture) -> [Level] {
      allCases.filter { $0.architecture == architecture }
    }

    /// Whether a CPU of this level has all of the other.
    func includes(_ other: Level) -> Bool {
      let levels = Self.all(of: architecture)
      return (levels.firstIndex(of: other) ?? levels.count) <= levels.firstIndex(of: self)!
    }
  }

  private init(
    _ name: String, _ level: Level, beyond: Bool = false, _ leaf: UInt32, subleaf: UInt32 = 0,
    _ register: Register, _ bit: UInt32, _ state: State = .usual
  ) {
    self.name = name
    self.level = level
    isBeyondLevels = beyond
    self.leaf = leaf
    self.subleaf = subleaf
    self.register = register
    self.bit = bit
    self.state = state
  }

  /// The table of an architecture's features; sets count them by their place in it.
  public static func all(of architecture: Architecture) -> [CPUFeature] {
    switch architecture {
    case .x86: x86
    case .aarch64: aarch64
    case .wasm32: wasm32
    }
  }

  /// Bits: Linux, arch/arm64/include/uapi/asm/hwcap.h, which a program has as AT_HWCAP (16) and AT_HWCAP2 (26).
  private static let aarch64: [CPUFeature] = [
    .init("dotprod", .armv8, beyond: true, 16, .eax, 20),
    .init("i8mm", .armv8, beyond: true, 26, .eax, 13),
  ]

  /// No bit tells of them: an engine refuses a module with instructions that it lacks.
  private static let wasm32: [CPUFeature] = [
    .init("relaxed-simd", .simd128, beyond: true, 0, .eax, 0)
  ]

  /// Those of one leaf stand together,
  /// since a virtual machine takes long to answer. Levels: x86-64 psABI, version 1.0,
  /// table 3.1. Bits: Intel 64 and IA-32 Architectures Software Developer's Manual, CPUID, and AMD64
  /// Architecture Programmer's Manual, volume 3, appendix E.
  private static let x86: [CPUFeature] = [
    .init("sse3", .v2, 1, .ecx, 0),
    .init("ssse3", .v2, 1, .ecx, 9),
    .init("cx16", .v2, 1, .ecx, 13),
    .init("sse4.1", .v2, 1, .ecx, 19),
    .init("sse4.2", .v2, 1, .ecx, 20),
    .init("popcnt", .v2, 1, .ecx, 23),
    .init("avx", .v3, 1, .ecx, 28, .vectors),
    .init("f16c", .v3, 1, .ecx, 29, .vectors),
    .init("fma", .v3, 1, .ecx, 12, .vectors),
    .init("movbe", .v3, 1, .ecx, 22),
    .init("sahf", .v2, 0x8000_0001, .ecx, 0),
    .init("lzcnt", .v3, 0x8000_0001, .ecx, 5),
    .init("avx2", .v3, 7, .ebx, 5, .vectors),
    .init("bmi", .v3, 7, .ebx, 3),
    .init("bmi2", .v3, 7, .ebx, 8),
    .init("avx512f", .v4, 7, .ebx, 16, .wideVectors),
    .init("avx512bw", .v4, 7, .ebx, 30, .wideVectors),
    .init("avx512cd", .v4, 7, .ebx, 28, .wideVectors),
    .init("avx512dq", .v4, 7, .ebx, 17, .wideVectors),
    .init("avx512vl", .v4, 7, .ebx, 31, .wideVectors),
    .init("avx512vnni", .v4, beyond: true, 7, .ecx, 11, .wideVectors),
    .init("avx512fp16", .v4, beyond: true, 7, .edx, 23, .wideVectors),
    .init("avxvnni", .v3, beyond: true, 7, subleaf: 1, .eax, 4, .vectors),
    .init("avx512bf16", .v4, beyond: true, 7, subleaf: 1, .eax, 5, .wideVectors),
  ]
}
