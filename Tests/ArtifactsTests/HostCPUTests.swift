import Artifacts
import Diagnostics
import Planning
import Testing

/// What `native` stands for.
@Suite struct HostCPUTests {
  @Test(arguments: [nil, ""])
  func nativeIsThisMachineUnlessLimited(_ limit: String?) throws {
    #expect(try InstructionSet.native(limit: limit) == InstructionSet.host.level)
  }

  @Test(arguments: InstructionSet.levels)
  func aLimitIsNoPromise(_ level: InstructionSet) throws {
    let native = try InstructionSet.native(limit: level.rawValue)
    #expect(native.isSubset(of: .host) && native.isSubset(of: level))
    #expect(native == level || native == InstructionSet.host.level)
  }

  @Test(arguments: ["x86-64-v5", "avx2", "native"])
  func otherLimitsAreDiagnosed(_ limit: String) throws {
    let failure = #expect(throws: DiagnosticError.self) {
      try InstructionSet.native(limit: limit)
    }
    let text = failure?.description ?? ""
    #expect(
      text.hasPrefix("environment variable RESIN_NATIVE_CPU: error: unknown CPU '\(limit)'"),
      "\(text)")
    #expect(text.contains("give one of x86-64, x86-64-v2, x86-64-v3, x86-64-v4"), "\(text)")
  }
}
