import Artifacts
import Foundation
import GraphIR
import Planning
import TestSupport
import Testing

/// A model whose kernels are written in C: what a compilation gives to this library, without the
/// compiler.
struct FixtureModel {
  var interface: ModelInterface
  let kernels: [UInt8]
  let weights: [Float]

  /// The contents of a library with these kernels.
  func contents(
    _ mode: WeightsMode = .embedded, labels: [[String]]? = nil
  ) throws -> LibraryContents {
    let steps = (0..<interface.stepCount).map {
      StepSummary(
        name: "step\($0)", kernel: "kernel \($0)", flops: 6 * ($0 + 1), operations: 8,
        weightBytes: 24 * $0, readBytes: 24, writtenBytes: 24)
    }
    return LibraryContents(
      variants: [LibraryVariant(interface: interface, steps: steps)],
      kernelObjects: [kernels],
      weights: try weights.withUnsafeBytes { try AlignedMemory(copying: $0) }, weightsMode: mode,
      labels: labels,
      manifest: .init(
        resinVersion: "test", llvmVersion: "1.2.3", options: "--cpu \"x\"", modelHash: "ab",
        weightsHash: "cd"))
  }

  /// `y = 2 x + w` for x, w and y of type f32[2, 3], in two steps, the first spread over six
  /// shares.
  static func affine(
    name: String = "affine", input: String = "x", output: String = "y",
    set: InstructionSet = .baseline
  ) throws -> FixtureModel {
    let source = """
      #include "resin_runtime.h"
      typedef struct { const float *x; float *doubled; } doubling;
      static void twice(const void *context, int32_t index) {
        const doubling *work = context;
        work->doubled[index] = 2 * work->x[index];
      }
      void \(name)_steps(const void *const *bases, const resin_parallel *parallel, int32_t first, int32_t last) {
        const float *weights = bases[0];
        float *workspace = (float *)bases[1];
        float *y = (float *)bases[3];
        doubling work = {bases[2], workspace};
        if (first <= 0 && last > 0) {
          if (parallel) parallel->run(parallel->self, twice, &work, 6);
          else for (int i = 0; i < 6; i++) twice(&work, i);
        }
        if (first <= 1 && last > 1) for (int i = 0; i < 6; i++) y[i] = workspace[i] + weights[i];
      }
      """
    return FixtureModel(
      interface: ModelInterface(
        name: name, inputs: [.init(name: input, type: TensorType([2, 3]))],
        outputs: [.init(name: output, type: TensorType([2, 3]))], workspaceBytes: 128,
        weightsBytes: 24, instructionSet: set, stepCount: 2),
      kernels: try compile(source), weights: [1, 2, 3, 4, 5, 6])
  }

  /// The interface of the digits network: logit k is the k-th pixel plus the k-th weight.
  static func digits() throws -> FixtureModel {
    let source = """
      #include "resin_runtime.h"
      void digits_steps(const void *const *bases, const resin_parallel *parallel, int32_t first, int32_t last) {
        (void)parallel;
        const float *weights = bases[0], *image = bases[2];
        float *logits = (float *)bases[3];
        if (first < last) for (int k = 0; k < 10; k++) logits[k] = image[k] + weights[k];
      }
      """
    let image = ModelInterface.Port(
      name: "image", type: TensorType([1, 1, 28, 28]),
      preprocessing: ImagePreprocessing(
        channels: .gray, resize: 28, crop: Pair(28, 28), mean: [0.1]))
    return FixtureModel(
      interface: ModelInterface(
        name: "digits", inputs: [image],
        outputs: [.init(name: "logits", type: TensorType([1, 10]), labels: "labels.txt")],
        workspaceBytes: 64, weightsBytes: 40, instructionSet: .baseline, stepCount: 1),
      kernels: try compile(source), weights: (0..<10).map { Float($0) / 10 })
  }

  /// One scalar f32, one i64[2] and one bool[3] in; their sum, negations and copies out; no
  /// workspace, no weights.
  static func mixed() throws -> FixtureModel {
    let source = """
      #include "resin_runtime.h"
      void mixed_steps(const void *const *bases, const resin_parallel *parallel, int32_t first, int32_t last) {
        (void)parallel;
        const float *scale = bases[2];
        const int64_t *counts = bases[3];
        const uint8_t *flags = bases[4];
        if (first >= last) return;
        *(float *)bases[5] = *scale + (float)counts[0] + (float)counts[1];
        for (int i = 0; i < 2; i++) ((int64_t *)bases[6])[i] = -counts[i];
        for (int i = 0; i < 3; i++) ((uint8_t *)bases[7])[i] = !flags[i];
      }
      """
    let types = [
      TensorType([]), TensorType([2], element: .int64), TensorType([3], element: .bool),
    ]
    return FixtureModel(
      interface: ModelInterface(
        name: "mixed",
        inputs: zip(["int", "NULL", "a-b"], types).map { .init(name: $0, type: $1) },
        outputs: zip(["a_b", "workspace", "1"], types).map { .init(name: $0, type: $1) },
        workspaceBytes: 0, weightsBytes: 0, instructionSet: .baseline, stepCount: 1),
      kernels: try compile(source), weights: [])
  }

  private static func compile(_ source: String) throws -> [UInt8] {
    let folder = try ScratchFolder()
    try folder.write("kernel.c", source)
    let result = try runProgram([
      "cc", "-c", "-O1", "-fPIC", "-fvisibility=hidden", "-I",
      packagePath("Sources/CResinRuntime/include"),
      "-o", folder.path("kernel.o"), folder.path("kernel.c"),
    ])
    try #require(result.status == 0, "\(result.errors)")
    return try folder.read("kernel.o")
  }
}

/// Compiles and runs a C program in a folder; a failure of the compiler ends the test.
func runC(
  _ source: String, in folder: ScratchFolder, compiler: [String] = ["cc", "-std=gnu11"],
  linking files: [String]
) throws -> ProgramResult {
  let extensionOfFile = compiler[0].hasSuffix("++") ? "cpp" : "c"
  try folder.write("main.\(extensionOfFile)", source)
  let build = try runProgram(
    compiler + ["-Wall", "-Wextra", "-pedantic", "-Werror", "main.\(extensionOfFile)"] + files
      + ["-o", "main", "-Wl,-rpath,.", "-lm", "-lpthread"], in: folder.path)
  try #require(build.status == 0, "\(build.errors)")
  return try runProgram(["./main"], in: folder.path)
}
