import Diagnostics
import Planning
import Testing

/// What `--cpu` takes: levels and CPUs, each perhaps with features besides.
@Suite struct MachineNameTests {
  @Test(arguments: [
    ("x86-64", "x86-64"), ("x86-64-v2", "x86-64-v2"), ("x86-64-v4", "x86-64-v4"),
    ("znver3", "x86-64-v3"), ("haswell", "x86-64-v3"), ("skylake-avx512", "x86-64-v4"),
    ("nehalem", "x86-64-v2"), ("core2", "x86-64"),
    // AVX without AVX2.
    ("btver2", "x86-64-v2"), ("sandybridge", "x86-64-v2"),
    // AVX-512 without the rest of the level.
    ("knl", "x86-64-v3"),
    ("znver4", "x86-64-v4+avx512vnni+avx512bf16"),
    ("sapphirerapids", "x86-64-v4+avx512vnni+avx512fp16+avxvnni+avx512bf16"),
    ("x86-64-v4+avx512vnni", "x86-64-v4+avx512vnni"),
    ("x86-64-v3+avxvnni", "x86-64-v3+avxvnni"), ("znver3+avxvnni", "x86-64-v3+avxvnni"),
    ("x86-64-v4+avx2+avx512bf16+avx512vnni", "x86-64-v4+avx512vnni+avx512bf16"),
  ])
  func namesStandForFeatures(_ name: String, _ set: String) throws {
    let machine = try Machine(named: name)
    #expect(machine.instructionSet.rawValue == set)
    #expect(try Machine(named: machine.name) == machine)
    #expect(machine.name.hasPrefix("x86-64") ? machine.name == set : machine.name == name)
  }

  @Test func everyNameIsTakenAndThereOnce() throws {
    #expect(Set(Machine.names(of: .x86Linux)).count == Machine.names(of: .x86Linux).count)
    for name in Machine.names(of: .x86Linux) {
      #expect(try Machine(named: name).name == name)
      // What a CPU has beyond its level needs that level.
      let set = try Machine(named: name).instructionSet
      #expect(try Machine(named: set.rawValue).instructionSet == set)
    }
  }

  @Test(arguments: [
    ("x86-64-v5", "unknown CPU 'x86-64-v5'", "did you mean 'x86-64-v2'"),
    ("znver33", "unknown CPU 'znver33'", "did you mean 'znver3'"),
    ("skylake_avx512", "unknown CPU", "did you mean 'skylake-avx512'"),
    ("avx2", "unknown CPU 'avx2'", "it is a feature: give x86-64-v3, the least level that has it"),
    ("AVX512", "unknown CPU 'AVX512'", "it is a feature: give x86-64-v4"),
    ("avxvnni", "unknown CPU 'avxvnni'", "it is a feature: give x86-64-v3+avxvnni"),
    ("pentium4", "unknown CPU 'pentium4'", "give one of x86-64, x86-64-v2"),
    ("", "unknown CPU ''", "or a CPU such as znver3"),
    ("+avx2", "unknown CPU '+avx2'", "give one of"),
    ("x86-64-v4+", "unknown feature ''", "give some of avx512vnni"),
    ("x86-64-v4+avx512vni", "unknown feature 'avx512vni'", "did you mean 'avx512vnni'"),
    ("x86-64+avx512f", "'avx512f' goes together with all of x86-64-v4", "give x86-64-v4"),
    ("haswell+avx512vnni", "which 'haswell' is not", "give x86-64-v4+avx512vnni"),
    ("x86-64-v2+avxvnni", "goes together with all of x86-64-v3", "give x86-64-v3+avxvnni"),
  ])
  func othersAreDiagnosed(_ name: String, _ words: String, _ hint: String) {
    let failure = #expect(throws: DiagnosticError.self) { try Machine(named: name) }
    let text = failure?.description ?? ""
    #expect(text.contains(words) && text.contains(hint), "\(text)")
  }
}
