import LLVMKit
import Planning
import Testing

/// The tables of features and CPUs against LLVM's: it brings a function into another only where the
/// other's CPU has all features of the first.
@Suite struct CPUFeatureTests {
  /// Whether LLVM knows that a CPU, with features besides, has a feature.
  private func llvm(_ cpu: String, has feature: String) throws -> Bool {
    let m = IRModule(name: "inline")
    let inner = m.beginFunction(
      "inner", [m.pointer], returns: m.void,
      attributes: [("target-cpu", "x86-64"), ("target-features", "+\(feature)")], isLocal: true)
    m.store(m.int32(1), m.parameter(0, of: inner), alignment: 4)
    m.returnVoid()
    let outer = m.beginFunction(
      "outer", [m.pointer], returns: m.void, attributes: [("target-cpu", cpu)])
    m.call(inner, [m.parameter(0, of: outer)], [m.pointer], returns: m.void)
    m.returnVoid()
    try Target(triple: "x86_64-unknown-linux-gnu", cpu: "x86-64").optimize(m, pipeline: "inline")
    return !m.text.contains("call void")
  }

  /// Those that matter to no function, so that LLVM brings together what has them and what has not.
  private static let unseen: Set<String> = ["cx16", "sahf"]

  private static let seen = CPUFeature.all(of: .x86).filter { !unseen.contains($0.name) }

  @Test func llvmKnowsEveryFeature() throws {
    #expect(try llvm("x86-64", has: "no-such-feature"))
    for feature in Self.seen {
      #expect(try !llvm("x86-64", has: feature.name), "\(feature.name)")
    }
  }

  @Test(arguments: Machine.names(of: .x86Linux))
  func llvmAgreesOnEveryCPU(_ name: String) throws {
    let machine = try Machine(named: name)
    let known = try Self.seen.filter { try llvm(name, has: $0.name) }
    // Of the features of a level the set has all or none.
    let usable = InstructionSet(
      known + CPUFeature.all(of: .x86).filter { Self.unseen.contains($0.name) })
    let besides = usable.features.filter {
      $0.isBeyondLevels && $0.needed.isSubset(of: usable)
    }
    #expect(machine.instructionSet == usable.level.union(InstructionSet(besides)))
  }
}
