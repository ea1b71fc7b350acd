import Artifacts
import Diagnostics
import Foundation
import Planning
import Resin
import TestSupport
import Testing

/// Libraries for several numbers of images; those for several levels: `CombinedLevelTests`.
@Suite struct CombinedCompilationTests {
  private let model: CombinedModel
  private var folder: ScratchFolder { model.folder }

  init() throws { model = try CombinedModel() }

  private func compiled(_ batches: [Int]) throws -> CombinedCompilation {
    let options = PlanningOptions(threads: 2)
    let first = try Compilation(model.file(batches[0]), options: options)
    return try CombinedCompilation([first], sizes: CompiledSizes(batches: batches)) {
      try model.file($0.batch)
    }
  }

  @Test func everyBatchEqualsTheInterpreter() throws {
    var contents = try compiled([1, 4, 6]).library()
    for mode in WeightsMode.allCases {
      contents.weightsMode = mode
      let library = folder.path("lib\(mode).so")
      try contents.write(.library, to: library)
      try expectEveryBatchEqualsTheInterpreter(library)
    }
  }

  private func expectEveryBatchEqualsTheInterpreter(_ library: String) throws {
    for batch in [1, 4, 6] {
      let loaded = try LoadedLibrary(path: library, batch: batch)
      #expect(loaded.batches == [1, 4, 6])
      #expect(loaded.interface.batch == batch)
      let (input, expected) = try model.example(batch)
      let results = try Session(loaded, threads: 2).run(inputs: [input])
      #expect(mismatch(results[0], expected, tolerance: 2e-5) == nil, "\(library), \(batch)")
    }
    #expect(try LoadedLibrary(path: library).interface.batch == 1)
  }

  @Test func weightsAreThereOnce() throws {
    let one = try Compilation(model.file(1), options: PlanningOptions(threads: 2))
    let all = try compiled([1, 4, 6])
    for compilation in all.compilations {
      // Equal sections, as biases of zeros, are one even within a plan.
      #expect(compilation.plan.weightBytes <= one.plan.weightBytes)
    }
    #expect(all.compilations[1].plan.steps.contains { !$0.parts.isEmpty })
  }

  /// Other numbers are refused before anything is written.
  @Test func otherBatchesHaveACode() throws {
    let library = try compiled([1, 4]).write(.library, to: folder.path("libm.so"))[0]
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
}
