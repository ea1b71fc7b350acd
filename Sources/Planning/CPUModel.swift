/// A kind of CPU by the name that LLVM has for it, with what is used of its features.
public struct CPUModel: Sendable {
  /// Its name for LLVM, GCC and `--cpu`.
  public let name: String
  /// Its features, as far as the table of features goes.
  public let instructionSet: InstructionSet

  /// The CPU of a name; nil where there is none.
  public static func named(_ name: String) -> CPUModel? { all.first { $0.name == name } }

  /// All 64-bit CPUs that LLVM 19 knows by a current name.
  public static let all: [CPUModel] = rows.flatMap { row in
    row.names.split(separator: " ").map { CPUModel(name: String($0), instructionSet: row.set) }
  }

  private static let rows: [(names: String, set: InstructionSet)] = [
    ("k8 opteron athlon64 k8-sse3 opteron-sse3 athlon64-sse3 amdfam10 barcelona", .baseline),
    ("btver1 nocona core2 penryn bonnell atom", .baseline),
    ("bdver1 bdver2 bdver3 btver2", .sse4),
    ("nehalem corei7 westmere sandybridge corei7-avx ivybridge core-avx-i", .sse4),
    ("silvermont slm goldmont goldmont-plus tremont", .sse4),
    ("bdver4 znver1 znver2 znver3", .avx2),
    ("haswell core-avx2 broadwell skylake knl knm", .avx2),
    ("alderlake raptorlake meteorlake gracemont", .avx2.with("avxvnni")),
    ("sierraforest grandridge arrowlake arrowlake-s lunarlake", .avx2.with("avxvnni")),
    ("pantherlake clearwaterforest", .avx2.with("avxvnni")),
    ("skylake-avx512 skx cannonlake", .avx512),
    ("cascadelake icelake-client icelake-server", .avx512.with("avx512vnni")),
    ("tigerlake rocketlake", .avx512.with("avx512vnni")),
    ("cooperlake znver4", .avx512.with("avx512vnni", "avx512bf16")),
    ("znver5", .avx512.with("avx512vnni", "avx512bf16", "avxvnni")),
    (
      "sapphirerapids emeraldrapids graniterapids graniterapids-d",
      .avx512.with("avx512vnni", "avx512bf16", "avx512fp16", "avxvnni")
    ),
  ]
}

extension InstructionSet {
  /// The set with features of these names besides.
  fileprivate func with(_ names: String...) -> InstructionSet {
    union(InstructionSet(CPUFeature.all.filter { names.contains($0.name) }))
  }
}
