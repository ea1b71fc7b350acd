import Artifacts
import Diagnostics
import Foundation
import Planning
import Resin
import TestSupport
import Testing

/// Libraries for several levels of the CPU, which these tests name.
@Suite struct CombinedLevelTests {
  private let model: CombinedModel
  private var folder: ScratchFolder { model.folder }

  init() throws { model = try CombinedModel() }

  private func levels(
    _ sets: [InstructionSet], batches: [Int]
  ) throws -> CombinedCompilation {
    let first = try Compilation(model.file(batches[0]), for: Machine(sets[0]))
    let all = try [first] + sets.dropFirst().map { try first.retargeted(to: Machine($0)) }
    return try CombinedCompilation(all, sizes: CompiledSizes(batches: batches)) {
      try model.file($0.batch)
    }
  }

  @Test(arguments: [[2], [1, 3]])
  func everyLevelEqualsTheInterpreter(batches: [Int]) throws {
    var contents = try levels(InstructionSet.levels, batches: batches).library()
    for mode in WeightsMode.allCases {
      contents.weightsMode = mode
      let library = folder.path("lib\(mode).so")
      try contents.write(.library, to: library)
      for batch in batches { try expectEveryLevelEqualsTheInterpreter(library, batch: batch) }
    }
  }

  private func expectEveryLevelEqualsTheInterpreter(_ library: String, batch: Int) throws {
    let (input, expected) = try model.example(batch)
    let usual = try LoadedLibrary(path: library, batch: batch)
    #expect(usual.levels == [.avx512, .avx2, .sse4, .baseline])
    #expect(usual.interface.instructionSet == InstructionSet.host.level)
    let usualResult = try Session(usual).run(inputs: [input])[0]
    for level in InstructionSet.levels {
      guard level.isSubset(of: .host) else {
        #expect(throws: DiagnosticError.self) {
          try LoadedLibrary(path: library, batch: batch, level: level)
        }
        continue
      }
      let loaded = try LoadedLibrary(path: library, batch: batch, level: level)
      #expect(loaded.interface.instructionSet == level && loaded.interface.batch == batch)
      let result = try Session(loaded, threads: 2).run(inputs: [input])[0]
      #expect(mismatch(result, expected, tolerance: 2e-5) == nil, "\(library), \(level)")
      if level == InstructionSet.host.level { #expect(result == usualResult) }
    }
  }

  @Test func levelsShareWhatTheyPackAlike() throws {
    let path = try folder.write(
      "flat.resin",
      """
      model flat
      input x: f32[N, 64, 4, 4]
      a = conv2d(x, 64, kernel: 1)
      y = linear(flatten(a), 32)
      output y
      """)
    let file = try ModelFile(path: path, weights: .random(seed: 1))
    let first = try Compilation(file, for: Machine(.avx2))
    let both = try CombinedCompilation(
      [first, first.retargeted(to: Machine(.avx512))], sizes: CompiledSizes()
    ) { _ in file }
    let bytes = try [first, first.retargeted(to: Machine(.avx512))].map(\.plan.weightBytes)
    #expect(both.compilations[0].plan.weightBytes < bytes[0] + bytes[1])
    #expect(both.compilations[0].plan.weightBytes == both.compilations[1].plan.weightBytes)
  }

  @Test func headersTellAllLevels() throws {
    let all = try levels([.baseline, .avx2], batches: [2])
    _ = try all.write(.archive, to: folder.path("libm.a"))
    let header = String(decoding: try folder.read("m.h"), as: UTF8.self)
    for line in [
      "#define M_INSTRUCTION_SET \"x86-64\"", "#define M_INSTRUCTION_SETS \"x86-64-v3,x86-64\"",
      "int32_t m_models(const resin_model *const **models);",
    ] {
      #expect(header.contains(line), "\(line)")
    }
    #expect(!header.contains("int64_t batch"))
    #expect(throws: DiagnosticError.self) { try all.write(.assembly, to: folder.path("m.s")) }
  }

  @Test func namesOfCPUs() throws {
    #expect(
      try Machine.list(cpus: "x86-64-v3,x86-64") == [Machine(.avx2), Machine(.baseline)])
    #expect(try Machine.list(cpus: "znver3,x86-64-v4").map(\.name) == ["znver3", "x86-64-v4"])
    for (names, words) in [
      ("x86-64-v5", "did you mean 'x86-64-v2' or 'x86-64-v3' or 'x86-64-v4'"),
      ("natve", "did you mean 'native'?"), ("x86-64,x86-64", "gives x86-64 twice"),
      ("x86-64,", "unknown CPU ''"), ("znver4,native,native", "gives"),
      ("znver2,znver3", "cannot tell znver2 and znver3 from each other: both are x86-64-v3"),
    ] {
      let failure = #expect(throws: DiagnosticError.self) { try Machine.list(cpus: names) }
      #expect(failure?.description.contains(words) == true, "\(failure?.description ?? "")")
    }
  }

  /// Of sets of which neither contains the other, the wider comes first; a set before its parts.
  @Test func librariesPickBySubset() throws {
    let sets = ["x86-64-v3", "x86-64-v3+avxvnni", "x86-64-v4", "x86-64-v4+avx512vnni"]
    let library = try levels(sets.compactMap(InstructionSet.init(rawValue:)), batches: [2])
      .write(.library, to: folder.path("libm.so"))[0]
    let host = InstructionSet.host
    guard InstructionSet.avx2.isSubset(of: host) else { return }
    let loaded = try LoadedLibrary(path: library)
    #expect(loaded.levels.map(\.rawValue) == sets.reversed())
    #expect(loaded.interface.instructionSet == loaded.levels.first { $0.isSubset(of: host) })
    let (input, expected) = try model.example(2)
    let result = try Session(loaded).run(inputs: [input])[0]
    #expect(mismatch(result, expected, tolerance: 2e-5) == nil)
  }
}
