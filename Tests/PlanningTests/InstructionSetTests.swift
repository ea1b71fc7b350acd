import Planning
import Testing

/// Sets of features: the table, their order as sets, their names.
@Suite struct InstructionSetTests {
  @Test func everyFeatureIsNamedAndFoundOnce() {
    let all = CPUFeature.all(of: .x86)
    #expect(Set(all.map(\.name)).count == all.count)
    let places = all.map { [$0.leaf, $0.subleaf, $0.register.rawValue, $0.bit] }
    #expect(Set(places).count == all.count)
    // A library keeps a bit more, for having asked.
    #expect(all.count < 64)
    #expect(all.allSatisfy { $0.bit < 32 })
  }

  @Test func levelsContainEachOther() {
    let levels = InstructionSet.levels
    #expect(levels.map(\.rawValue) == ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"])
    for (place, level) in levels.enumerated() {
      #expect(level.level == level)
      for (other, set) in levels.enumerated() {
        #expect(level.isSubset(of: set) == (place <= other))
        #expect(level.intersection(set) == levels[min(place, other)])
        #expect(level.union(set) == levels[max(place, other)])
      }
    }
    #expect(InstructionSet.avx512.subtracting(.avx2).features.map(\.name).contains("avx512vl"))
    #expect(levels.map(\.lanes) == [4, 4, 8, 16])
    #expect(levels.map(\.registers) == [16, 16, 16, 32])
    #expect(levels.map(\.hasFusedMultiplyAdd) == [false, false, true, true])
  }

  @Test(arguments: [
    "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v3+avxvnni",
    "x86-64-v4+avx512vnni+avx512fp16", "x86-64+sse3",
  ])
  func textsNameSets(_ text: String) throws {
    let set = try #require(InstructionSet(rawValue: text))
    #expect(set.rawValue == text && "\(set)" == text)
    #expect(InstructionSet(set.features) == set)
    #expect(InstructionSet(mask: set.mask) == set)
  }

  @Test func whatALevelHasIsNotNamedAgain() throws {
    let set = try #require(InstructionSet(rawValue: "x86-64-v4+avx2+avx512vnni+avx2"))
    #expect(set.levelWithProducts == set && set.level == .avx512)
    for (all, used) in [
      ("x86-64-v4+avx512vnni+avxvnni+avx512bf16", "x86-64-v4+avx512vnni"),
      ("x86-64-v3+avxvnni", "x86-64-v3+avxvnni"), ("x86-64-v2+fma", "x86-64-v2"),
      ("armv8-a+dotprod+i8mm", "armv8-a+dotprod+i8mm"),
    ] {
      #expect(InstructionSet(rawValue: all)?.levelWithProducts.rawValue == used)
    }
    #expect(set.rawValue == "x86-64-v4+avx512vnni")
    #expect(set.llvmNames.cpu == "x86-64-v4" && set.llvmNames.features == "+avx512vnni")
    #expect(set.lanes == 16 && set.level == .avx512)
    #expect(InstructionSet.avx512.llvmNames.features == "")
  }

  /// A part of a level's features is not the level, and has the vectors of the one below.
  @Test func aPartOfALevelIsNoLevel() throws {
    let set = try #require(InstructionSet(rawValue: "x86-64-v3+avx512f"))
    #expect(set.level == .avx2 && set.lanes == 8)
    let most = InstructionSet(InstructionSet.avx2.features.filter { $0.name != "fma" })
    #expect(most.level == .sse4 && most.lanes == 4)
  }

  @Test(arguments: ["", "x86-64-v5", "avx2", "x86-64+", "x86-64+avx3", "X86-64"])
  func otherTextsNameNone(_ text: String) { #expect(InstructionSet(rawValue: text) == nil) }
}
