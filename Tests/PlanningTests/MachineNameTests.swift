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
    ("x86-64-v4@48K/2048K", 48, 2048), ("x86-64-v4+avx512vnni@32K/1280K", 32, 1280),
    ("znver3@32K/1024K", 32, 1024), ("znver3+avxvnni@16K/512K", 16, 512),
  ])
  func namesSayCaches(_ name: String, _ level1: Int, _ level2: Int) throws {
    let machine = try Machine(named: name)
    let plain = try Machine(named: String(name.prefix { $0 != "@" }))
    #expect(machine.name == name && machine.instructionSet == plain.instructionSet)
    #expect(machine.core.level1Bytes == level1 << 10 && machine.core.level2Bytes == level2 << 10)
    #expect(machine.core.sharedBytes == plain.core.sharedBytes)
    #expect(try Machine(named: machine.name) == machine)
    #expect(machine.meaning.contains("planned for caches of \(level1) KB and \(level2) KB"))
    let other = try #require(CoreCaches("64K/4096K"))
    #expect(machine.withCaches(other) == plain.withCaches(other))
  }

  /// What is said to have the caches that it has is the same machine, and gets the same plans.
  @Test(arguments: [("x86-64-v3", "32K/512K"), ("x86-64-v4", "32K/1024K"), ("haswell", "32K/256K")])
  func ownCachesChangeNothing(_ name: String, _ caches: String) throws {
    #expect(try Machine(named: "\(name)@\(caches)") == Machine(named: name))
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
    ("znver33@32K/512K", "unknown CPU 'znver33'", "did you mean 'znver3'"),
    ("znver3@", "'' are no caches of the CPU 'znver3@'", "as in znver3@32K/512K"),
    ("x86-64-v3@512K", "'512K' are no caches", "as in x86-64-v3@32K/512K"),
    ("x86-64-v3@32/512", "'32/512' are no caches", "as in x86-64-v3@32K/512K"),
    ("x86-64-v3@0K/512K", "'0K/512K' are no caches", "as in x86-64-v3@32K/512K"),
    ("x86-64-v3@32K/9999999999999K", "are no caches", "as in x86-64-v3@32K/512K"),
    ("x86-64-v3@32K/512K@32K/512K", "are no caches", "as in x86-64-v3@32K/512K"),
  ])
  func othersAreDiagnosed(_ name: String, _ words: String, _ hint: String) {
    let failure = #expect(throws: DiagnosticError.self) { try Machine(named: name) }
    let text = failure?.description ?? ""
    #expect(text.contains(words) && text.contains(hint), "\(text)")
  }
}
