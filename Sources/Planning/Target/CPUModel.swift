/// A kind of CPU by the name that LLVM has for it, with what is used of its features.
public struct CPUModel: Sendable {
  /// Its name for LLVM, GCC and `--cpu`.
  public let name: String
  /// Its features, as far as the table of features goes.
  public let instructionSet: InstructionSet
  /// What its cores are like.
  public let core: CoreModel

  /// The CPUs of an architecture that have a name.
  public static func all(of architecture: Architecture) -> [CPUModel] {
    all.filter { $0.instructionSet.architecture == architecture }
  }

  /// All 64-bit x86 CPUs that LLVM 19 knows by a current name, and AArch64 CPUs that many have.
  private static let all: [CPUModel] = (rows + aarch64Rows).flatMap { row in
    row.names.split(separator: " ").map {
      CPUModel(
        name: String($0), instructionSet: row.set, core: row.core ?? CoreModel(for: row.set))
    }
  }

  private typealias Row = (names: String, set: InstructionSet, core: CoreModel?)

  /// From ARMv8.4 on there is `dotprod`, from ARMv8.6 on `i8mm`.
  private static let aarch64Rows: [Row] = [
    ("generic armv8.2-a", .neon, nil),
    ("cortex-a35 cortex-a53", .neon, .cortexA53),
    ("cortex-a57 cortex-a72", .neon, .cortexA72),
    ("cortex-a55", .neon.with("dotprod"), .cortexA53),
    ("cortex-a76 neoverse-n1", .neon.with("dotprod"), .cortexA76),
    ("neoverse-v1", .neon.with("dotprod", "i8mm"), .neoverseV1),
    ("neoverse-v2", .neon.with("dotprod", "i8mm"), .neoverseV2),
    ("apple-m1", .neon.with("dotprod"), .appleM1),
    ("apple-m2", .neon.with("dotprod", "i8mm"), .appleM1),
  ]

  private static let rows: [Row] = [
    ("k8 opteron athlon64 k8-sse3 opteron-sse3 athlon64-sse3", .baseline, nil),
    ("amdfam10 barcelona btver1 nocona core2 penryn bonnell atom", .baseline, nil),
    ("bdver1 bdver2 bdver3 btver2", .sse4, nil),
    ("nehalem corei7 westmere sandybridge corei7-avx ivybridge core-avx-i", .sse4, nil),
    ("silvermont slm goldmont goldmont-plus tremont", .sse4, nil),
    ("bdver4 znver1 knl knm", .avx2, nil),
    ("znver2", .avx2, .zen2),
    ("znver3", .avx2, .zen3),
    ("haswell core-avx2 broadwell", .avx2, .haswell),
    ("skylake", .avx2, .skylake),
    ("alderlake raptorlake meteorlake gracemont", .avx2.with("avxvnni"), nil),
    ("sierraforest grandridge arrowlake arrowlake-s lunarlake", .avx2.with("avxvnni"), nil),
    ("pantherlake clearwaterforest", .avx2.with("avxvnni"), nil),
    ("skylake-avx512 skx", .avx512, .skylakeX),
    ("cannonlake", .avx512, nil),
    ("cascadelake", .avx512.with("avx512vnni"), .skylakeX),
    ("cooperlake", .avx512.with("avx512vnni", "avx512bf16"), .skylakeX),
    ("icelake-server", .avx512.with("avx512vnni"), .iceLake),
    ("icelake-client tigerlake rocketlake", .avx512.with("avx512vnni"), nil),
    ("znver4", .avx512.with("avx512vnni", "avx512bf16"), .zen4),
    ("znver5", .avx512.with("avx512vnni", "avx512bf16", "avxvnni"), .zen5),
    ("sapphirerapids emeraldrapids", .allOfAVX512, .sapphireRapids),
    ("graniterapids graniterapids-d", .allOfAVX512, nil),
  ]
}

extension InstructionSet {
  fileprivate static let allOfAVX512 = InstructionSet.avx512.with(
    "avx512vnni", "avx512bf16", "avx512fp16", "avxvnni")

  /// The set with features of these names besides.
  fileprivate func with(_ names: String...) -> InstructionSet {
    union(
      InstructionSet(
        CPUFeature.all(of: architecture).filter { names.contains($0.name) }, of: architecture))
  }
}
