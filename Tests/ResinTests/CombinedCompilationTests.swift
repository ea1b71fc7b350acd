import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Interpreter
import Planning
import Resin
import TestSupport
import Testing

/// Libraries for several numbers of images.
@Suite struct CombinedCompilationTests {
  /// Layers that larger batches run image by image, and some with weights that are read once.
  private static let text = """
    model m
    input x: f32[N, 5, 90, 94]
    a = relu(conv2d(x, 32, kernel: 3, padding: 1))
    b = relu(conv2d(a, 32, kernel: 3, padding: 1) + a)
    c = max_pool(b, kernel: 3, stride: 2, padding: 1)
    d = conv2d(c, 40, kernel: 3, stride: 2, padding: 1, groups: 4)
    y = softmax(linear(flatten(average_pool(d, kernel: 2, stride: 2)), 700), axis: 1)
    output y
    """

  private let folder: ScratchFolder
  private let path: String

  init() throws {
    folder = try ScratchFolder()
    path = try folder.write("m.resin", Self.text)
  }

  private func file(_ batch: Int) throws -> ModelFile {
    try ModelFile(path: path, batch: batch, weights: .random(seed: 1))
  }

  private func library(_ batches: [Int], _ mode: WeightsMode = .embedded) throws -> String {
    let options = PlanningOptions(threads: 2)
    let first = try Compilation(file(batches[0]), options: options)
    let all = try CombinedCompilation([first], sizes: CompiledSizes(batches: batches)) {
      try file($0.batch)
    }
    return try all.write(.library, weights: mode, to: folder.path("libm.so"))[0]
  }

  @Test(arguments: [WeightsMode.embedded, .separate])
  func everyBatchEqualsTheInterpreter(_ mode: WeightsMode) throws {
    let library = try library([1, 4, 6], mode)
    for batch in [1, 4, 6] {
      let model = try LoadedLibrary(path: library, batch: batch)
      #expect(model.batches == [1, 4, 6])
      #expect(model.interface.batch == batch)
      let graph = try file(batch).graph
      let inputs = graph.seededInputs(seed: 2)
      let expected = try Interpreter(graph).run(inputs: inputs)
      let session = try Session(model, threads: 2)
      let results = try session.run(inputs: [inputs["x"]!])
      #expect(mismatch(results[0], expected["y"]!, tolerance: 2e-5) == nil, "\(batch)")
    }
    #expect(try LoadedLibrary(path: library).interface.batch == 1)
  }

  @Test func weightsAreThereOnce() throws {
    let one = try Compilation(file(1), options: PlanningOptions(threads: 2))
    let all = try CombinedCompilation([one], sizes: CompiledSizes(batches: [1, 4, 6])) {
      try file($0.batch)
    }
    for compilation in all.compilations {
      // Equal sections, as biases of zeros, are one even within a plan.
      #expect(compilation.plan.weightBytes <= one.plan.weightBytes)
    }
    #expect(all.compilations[1].plan.steps.contains { !$0.parts.isEmpty })
  }

  /// Other numbers are refused before anything is written.
  @Test func otherBatchesHaveACode() throws {
    let library = try library([1, 4])
    let handle = try #require(dlopen(library, RTLD_NOW))
    defer { dlclose(handle) }
    typealias Run =
      @convention(c) (
        Int64, UnsafePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutableRawPointer, Int,
        OpaquePointer?
      ) -> Int32
    let run = unsafeBitCast(try #require(dlsym(handle, "m_run")), to: Run.self)
    let bytes = try LoadedLibrary(path: library, batch: 4).interface.workspaceBytes
    let workspace = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { workspace.deallocate() }
    let inputs = [Float](repeating: 0.5, count: 4 * 5 * 90 * 94)
    var outputs = [Float](repeating: -1, count: 4 * 700)
    for batch: Int64 in [0, 2, 3, 5, -1, .max] {
      #expect(run(batch, inputs, &outputs, workspace, bytes, nil) == 8)
    }
    #expect(outputs.allSatisfy { $0 == -1 })
    #expect(run(1, inputs, &outputs, workspace, bytes, nil) == 0)
    #expect(outputs[699] != -1 && outputs[700] == -1)
    #expect(run(4, inputs, &outputs, workspace, bytes, nil) == 0)
    #expect(outputs[0..<700] == outputs[2100..<2800])
    let failure = #expect(throws: DiagnosticError.self) {
      try LoadedLibrary(path: library, batch: 2)
    }
    #expect(failure?.description.contains("it has some for 1, 4") == true)
  }

  @Test func aFixedBatchCannotBeCompiledForMore() throws {
    let path = try folder.write(
      "fixed.resin", "model fixed\ninput x: f32[2, 3]\noutput y = relu(x)")
    let first = try Compilation(ModelFile(path: path))
    let failure = #expect(throws: DiagnosticError.self) {
      try CombinedCompilation([first], sizes: CompiledSizes(batches: [1, 4])) {
        try ModelFile(path: path, batch: $0.batch)
      }
    }
    #expect(failure?.description.contains("no open batch") == true)
  }

  // MARK: Several levels

  private func levels(
    _ sets: [InstructionSet], batches: [Int], _ mode: WeightsMode = .embedded
  ) throws -> CombinedCompilation {
    let first = try Compilation(file(batches[0]), for: Machine(sets[0]))
    let all = try [first] + sets.dropFirst().map { try first.retargeted(to: Machine($0)) }
    return try CombinedCompilation(all, sizes: CompiledSizes(batches: batches)) {
      try file($0.batch)
    }
  }

  @Test(arguments: [WeightsMode.embedded, .separate], [[2], [1, 3]])
  func everyLevelEqualsTheInterpreter(_ mode: WeightsMode, batches: [Int]) throws {
    let library = try levels(InstructionSet.levels, batches: batches)
      .write(.library, weights: mode, to: folder.path("libm.so"))[0]
    for batch in batches {
      let graph = try file(batch).graph
      let inputs = graph.seededInputs(seed: 2)
      let expected = try Interpreter(graph).run(inputs: inputs)
      let usual = try LoadedLibrary(path: library, batch: batch)
      #expect(usual.levels == [.avx512, .avx2, .sse4, .baseline])
      #expect(usual.interface.instructionSet == InstructionSet.host.level)
      let usualResult = try Session(usual).run(inputs: [inputs["x"]!])[0]
      for level in InstructionSet.levels {
        guard level.isSubset(of: .host) else {
          #expect(throws: DiagnosticError.self) {
            try LoadedLibrary(path: library, batch: batch, level: level)
          }
          continue
        }
        let model = try LoadedLibrary(path: library, batch: batch, level: level)
        #expect(model.interface.instructionSet == level && model.interface.batch == batch)
        let result = try Session(model, threads: 2).run(inputs: [inputs["x"]!])[0]
        #expect(mismatch(result, expected["y"]!, tolerance: 2e-5) == nil, "\(level)")
        if level == InstructionSet.host.level { #expect(result == usualResult) }
      }
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
    let graph = try file(2).graph
    let inputs = graph.seededInputs(seed: 2)
    let expected = try Interpreter(graph).run(inputs: inputs)
    let result = try Session(loaded).run(inputs: [inputs["x"]!])[0]
    #expect(mismatch(result, expected["y"]!, tolerance: 2e-5) == nil)
  }
}
