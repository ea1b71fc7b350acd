import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Interpreter
import Planning
import Resin
import TestSupport
import Testing

/// Libraries for several sizes of images.
@Suite struct SizedCompilationTests {
  /// A U-Net of the blocks that the packaged ones have, with few channels.
  private static let unet = """
    import "\(packagePath("Models/unet/padded_blocks.resin"))"
    model m(columns = 16)
    input x: f32[N, 3, H, columns]
    down1 = double(x, 16)
    down2 = down(down1, 32)
    up1 = up(down2, down1)
    map = conv2d(up1, 2, kernel: 1, bias: true)
    output map
    """

  /// What takes no time to compile.
  private static let layer = """
    model m(columns = 16)
    input x: f32[N, 3, H, columns]
    output map = max_pool(conv2d(x, 2, kernel: 1, bias: true), kernel: 2, stride: 2)
    """

  private let folder: ScratchFolder
  private let path: String

  init() throws {
    folder = try ScratchFolder()
    path = try folder.write("m.resin", Self.layer)
  }

  private func file(_ size: CompiledSize) throws -> ModelFile {
    try ModelFile(
      path: path, batch: size.batch, dimensions: size.extents, weights: .random(seed: 1))
  }

  private func combined(
    batches: [Int] = [1], _ dimensions: [LibraryDimension],
    _ sets: [InstructionSet]? = nil
  ) throws -> CombinedCompilation {
    let sets = try sets ?? [Machine.native.instructionSet]
    let sizes = try CompiledSizes(batches: batches, dimensions: dimensions)
    let first = try Compilation(file(sizes.first), for: Machine(sets[0]))
    let all = try [first] + sets.dropFirst().map { try first.retargeted(to: Machine($0)) }
    return try CombinedCompilation(all, sizes: sizes) { try file($0) }
  }

  private static let sizes = [
    LibraryDimension("H", [16, 24]), LibraryDimension("columns", [16, 32]),
  ]

  /// Every size computes what the interpreter does, with the bits of a library for it alone.
  @Test func everySizeEqualsALibraryOfItsOwn() throws {
    try folder.write("m.resin", Self.unet)
    var contents = try combined(batches: [1, 2], Self.sizes).library()
    let libraries = try WeightsMode.allCases.map { mode in
      contents.weightsMode = mode
      return try contents.write(.library, to: folder.path("lib\(mode).so"))[0]
    }
    for (height, width, batch) in [(16, 16, 1), (16, 32, 2), (24, 16, 1), (24, 32, 1)] {
      let size = CompiledSize(batch: batch, extents: ["H": height, "columns": width])
      let graph = try file(size).graph
      let inputs = graph.seededInputs(seed: 2)
      let expected = try Interpreter(graph).run(inputs: inputs)["map"]!
      let alone =
        batch > 1
        ? nil : try Session(Compilation(file(size)).model()).run(inputs: [inputs["x"]!])[0]
      for library in libraries {
        let model = try LoadedLibrary(path: library, batch: batch, sizes: size.extents)
        #expect(model.dimensions == Self.sizes && model.batches == [1, 2])
        #expect(model.interface.inputs[0].type.shape == [batch, 3, height, width])
        let result = try Session(model, threads: 2).run(inputs: [inputs["x"]!])[0]
        #expect(mismatch(result, expected, tolerance: 2e-5) == nil, "\(library), \(size)")
        if let alone { #expect(result == alone, "\(library), \(size)") }
      }
    }
    for library in libraries {
      #expect(
        try LoadedLibrary(path: library).interface.inputs[0].type.shape == [1, 3, 16, 16])
    }
  }

  /// Weights are there once where sizes compute layers by the same algorithm, as they do here.
  @Test func weightsAreThereOnce() throws {
    try folder.write("m.resin", Self.unet)
    let options = PlanningOptions(algorithms: [.direct])
    let sizes = try CompiledSizes(dimensions: Self.sizes)
    let one = try Compilation(file(sizes.first), options: options)
    let all = try CombinedCompilation([one], sizes: sizes, options: options) { try file($0) }
    for compilation in all.compilations {
      #expect(compilation.plan.weightBytes <= one.plan.weightBytes)
    }
  }

  /// A level and a size are chosen independently of each other.
  @Test func levelsAndSizesCombine() throws {
    let library = try combined([LibraryDimension("H", [16, 24])], [.baseline, .avx2])
      .write(.library, to: folder.path("libm.so"))[0]
    for (set, height) in [(InstructionSet.baseline, 16), (.baseline, 24), (.avx2, 24)]
    where set.isSubset(of: .host) {
      let model = try LoadedLibrary(path: library, sizes: ["H": height], level: set)
      #expect(model.interface.instructionSet == set)
      #expect(model.interface.inputs[0].type.shape[2] == height)
    }
  }

  @Test func inputsPickTheSize() throws {
    let library = try combined(batches: [1, 2], Self.sizes)
      .write(.library, to: folder.path("libm.so"))[0]
    let first = try loadLibrary(library)
    for shape in [[1, 3, 16, 16], [3, 3, 24, 16], [1, 3, 24, 32]] {
      let fitting = try first.fitting([TensorType(shape)])
      #expect(fitting.model.interface.inputs[0].type.shape.dropFirst() == shape.dropFirst())
    }
    let wrong = TensorType([1, 3, 20, 16])
    let failure = #expect(throws: DiagnosticError.self) { try first.fitting([wrong]) }
    #expect(failure?.description.contains("H 16, 24; columns 16, 32") == true)
    for (sizes, words) in [
      (["H": 20], "it has some for 16, 24"), (["W": 16], "no dimension 'W'"),
    ] {
      let failure = #expect(throws: DiagnosticError.self) {
        try loadLibrary(library, sizes: sizes)
      }
      #expect(failure?.description.contains(words) == true)
    }
    let text = try libraryText(library)
    #expect(text.contains("H 16, 24") && text.contains("--dim H=16,24 --dim columns=16,32"))
  }

  @Test func whatIsWrongSaysWithWhichSizes() throws {
    let failure = #expect(throws: DiagnosticError.self) {
      try combined([LibraryDimension("H", [16, 1])])
    }
    #expect(failure?.description.contains("note: this is with H=1") == true)
    let many = (1...33).map { $0 }
    let tooMany = #expect(throws: DiagnosticError.self) {
      try CompiledSizes(batches: [1, 2], dimensions: [LibraryDimension("H", many)])
    }
    #expect(tooMany?.description.contains("66 combinations") == true)
  }

  // MARK: Callers

  private static let program = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include "m.h"
    #define CHECK(condition) if (!(condition)) { printf("line %d\\n", __LINE__); return 1; }
    static float x[M_B2_H24_COLUMNS32_X_ELEMENTS], y[M_B2_H24_COLUMNS32_MAP_ELEMENTS];
    int main(void) {
      const int64_t dims[] = M_B1_H24_COLUMNS16_X_DIMS;
      CHECK(dims[2] == 24 && dims[3] == 16);
      CHECK(M_B2_H24_COLUMNS32_WORKSPACE_BYTES == M_WORKSPACE_BYTES);
      void *workspace = aligned_alloc(M_ALIGNMENT, (M_WORKSPACE_BYTES + 63) / 64 * 64);
      for (size_t i = 0; i < M_B1_H24_COLUMNS16_X_ELEMENTS; i++) x[i] = (float)i;
      CHECK(m_run(3, 24, 16, x, y, workspace, M_WORKSPACE_BYTES, NULL) == RESIN_BAD_BATCH);
      CHECK(m_run(1, 20, 16, x, y, workspace, M_WORKSPACE_BYTES, NULL) == RESIN_BAD_SIZES);
      CHECK(m_run(1, 24, 17, x, y, workspace, M_WORKSPACE_BYTES, NULL) == RESIN_BAD_SIZES);
      CHECK(y[0] == 0);
      CHECK(strstr(m_error(RESIN_BAD_SIZES), "it has some for H 16, 24; columns 16, 32") != NULL);
      CHECK(m_run(1, 24, 16, x, y, workspace, M_WORKSPACE_BYTES, NULL) == RESIN_OK);
      CHECK(y[0] != 0 && y[M_B1_H24_COLUMNS16_MAP_ELEMENTS] == 0);
      const resin_dimension *dimensions = NULL;
      CHECK(resin_model_dimensions(&dimensions) == 2);
      CHECK(strcmp(dimensions[1].name, "columns") == 0 && dimensions[1].extents[1] == 32);
      const int64_t extents[] = {24, 16}, wrong[] = {24, 24};
      CHECK(resin_model_of_sizes(1, extents) == m_model_of_sizes(1, 24, 16));
      CHECK(resin_model_of_sizes(1, wrong) == NULL && m_model_of_sizes(3, 24, 16) == NULL);
      CHECK(m_model_of_sizes(2, 24, 16)->inputs[0].dims[0] == 2);
      CHECK(m_model_of_batch(2) == m_model_of_sizes(2, 16, 16) && m_model() == m_model_of_batch(1));
      const resin_model *const *all = NULL;
      CHECK(m_models(&all) == 8 && all[1] == m_model_of_sizes(1, 16, 32));
      for (size_t i = 0; i < M_B1_H24_COLUMNS16_MAP_ELEMENTS; i++) printf(" %.6g", (double)y[i]);
      free(workspace);
      return 0;
    }
    """

  /// The header serves C and C++, and Python's example gives what the C program does.
  @Test(.enabled(if: hasProgram("gcc") && hasProgram("g++") && hasProgram("python3")))
  func callers() throws {
    _ = try combined(batches: [1, 2], Self.sizes).write(.library, to: folder.path("libm.so"))
    let flags = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion"]
    try folder.write("use.c", Self.program)
    for compiler in [["gcc", "-std=c11", "-xc"], ["g++", "-std=c++17", "-xc++"]] {
      let build = try runProgram(
        compiler + flags + [
          "use.c", "-xnone", "-L.", "-lm", "-Wl,-rpath,.", "./libm.so", "-o", "use",
        ],
        in: folder.path)
      try #require(build.status == 0, "\(build.errors)")
    }
    let result = try runProgram(["./use"], in: folder.path)
    #expect(result.status == 0, "\(result.output)")
    let x = (0..<3 * 24 * 16).map { Float($0) }
    try folder.write("x.f32", x.withUnsafeBytes { Array($0) })
    let script = packagePath("docs/examples/run_model.py")
    let python = try runProgram(
      ["python3", script, "libm.so", "H=24", "columns=16", "x.f32"], in: folder.path)
    #expect(python.output == "map\(result.output)\n", "\(python.errors)")
    let wrong = try runProgram(
      ["python3", script, "libm.so", "H=24", "columns=15", "x.f32"], in: folder.path)
    #expect(wrong.status != 0 && wrong.errors.contains("H 16, 24; columns 16, 32"))
  }
}
