/// A kind of CPU by the name that LLVM has for it, with what is used of its features.
public struct CPUModel: Sendable {
  /// Its name for LLVM, GCC and `--cpu`.
  public let name: String
  /// Its features, as far as the table of features goes.
  public let instructionSet: InstructionSet
  /// What its cores are like.
  public let core: CoreModel

  /// The CPU of a name; nil where there is none.
  public static func named(_ name: String) -> CPUModel? { all.first { $0.name == name } }

  /// All 64-bit CPUs that LLVM 19 knows by a current name.
  public static let all: [CPUModel] = rows.flatMap { row in
    row.names.split(separator: " ").map {
      CPUModel(
        name: String($0), instructionSet: row.set, core: row.core ?? CoreModel(for: row.set))
    }
  }

  private static let rows: [(names: String, set: InstructionSet, core: CoreModel?)] = [
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
    union(InstructionSet(CPUFeature.all.filter { names.contains($0.name) }))
  }
}
