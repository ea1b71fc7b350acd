import Artifacts
import Diagnostics
import Foundation
import Planning
import TestSupport
import Testing

/// What `native` stands for.
@Suite struct HostCPUTests {
  @Test(arguments: [nil, ""])
  func nativeIsThisMachineUnlessLimited(_ limit: String?) throws {
    let native = try Machine.native(limit: limit)
    let level = Machine(InstructionSet.host.levelWithProducts)
    #expect(native == CacheSizes.ofThisMachine.ofOneCore.map { level.withCaches($0) } ?? level)
    // So can another machine compile what this one does.
    #expect(try Machine(named: native.name) == native)
  }

  @Test func cachesAreWhatTheSystemSays() throws {
    let folder = try ScratchFolder()
    let caches = [("1", "Data", "48K"), ("1", "Instruction", "32K"), ("2", "Unified", "2048K")]
    for (index, cache) in (caches + [("3", "Unified", "no number")]).enumerated() {
      let path = folder.path("index\(index)")
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for (name, value) in [("level", cache.0), ("type", cache.1), ("size", cache.2)] {
        try "\(value)\n".write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
      }
    }
    let sizes = CacheSizes(of: folder.path(""))
    #expect(sizes.ofOneCore == CoreCaches("48K/2048K") && sizes.level3 == nil)
    #expect(CacheSizes(of: folder.path("index9")).ofOneCore == nil)
  }

  @Test(arguments: InstructionSet.levels)
  func aLimitIsNoPromise(_ level: InstructionSet) throws {
    let native = try Machine.native(limit: level.rawValue).instructionSet
    #expect(native.isSubset(of: .host) && native.isSubset(of: level))
    #expect(native == level || native == InstructionSet.host.level)
  }

  /// A CPU that this machine contains is taken as it is, features and all; of others, what level there is.
  @Test(arguments: ["nehalem", "znver3", "znver4", "x86-64-v3+avxvnni", "sapphirerapids"])
  func aLimitMayBeACPU(_ name: String) throws {
    let machine = try Machine(named: name)
    let native = try Machine.native(limit: name)
    let isHere = machine.instructionSet.isSubset(of: .host)
    let common = machine.instructionSet.intersection(.host)
    #expect(native == (isHere ? machine : Machine(common.level)))
  }

  /// What the runtime finds is what the kernel prints, as far as the kernel has a name for it.
  @Test func theHostHasWhatTheSystemSays() throws {
    let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags") })
    let flags = Set(line.split(separator: " ").map(String.init))
    let others = [
      "sse3": "pni", "sse4.1": "sse4_1", "sse4.2": "sse4_2", "sahf": "lahf_lm", "lzcnt": "abm",
      "bmi": "bmi1", "avx512vnni": "avx512_vnni", "avx512fp16": "avx512_fp16",
      "avxvnni": "avx_vnni", "avx512bf16": "avx512_bf16",
    ]
    let host = InstructionSet.host.features
    for feature in CPUFeature.all(of: .x86) {
      let flag = others[feature.name] ?? feature.name
      #expect(host.contains(feature) == flags.contains(flag), "\(feature.name)")
    }
  }

  @Test(
    arguments: [
      ("x86-64-v5", "give one of x86-64, x86-64-v2, x86-64-v3, x86-64-v4, or a CPU"),
      ("native", "give one of x86-64, x86-64-v2, x86-64-v3, x86-64-v4, or a CPU"),
      ("avx2", "it is a feature: give x86-64-v3, the least level that has it"),
    ])
  func otherLimitsAreDiagnosed(_ limit: String, hint: String) throws {
    let failure = #expect(throws: DiagnosticError.self) {
      try Machine.native(limit: limit)
    }
    let text = failure?.description ?? ""
    #expect(
      text.hasPrefix("environment variable RESIN_NATIVE_CPU: error: unknown CPU '\(limit)'"),
      "\(text)")
    #expect(text.contains(hint), "\(text)")
  }
}
