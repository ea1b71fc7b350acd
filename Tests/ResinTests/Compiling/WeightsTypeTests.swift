import Artifacts
import Diagnostics
import GraphIR
import Planning
import Resin
import TensorFiles
import TestSupport
import Testing

/// Models whose weights are stored in 16 bits.
@Suite struct WeightsTypeTests {
  private func file(_ text: String, in folder: borrowing ScratchFolder) throws -> ModelFile {
    try ModelFile(path: folder.write("m.resin", text), weights: .random(seed: 1))
  }

  private let layers = """
    model m
    input x: f32[1, 24, 6, 6]
    a = relu(conv2d(x, 64, kernel: 3, padding: 1))
    b = relu(conv2d(a, 72, kernel: 1))
    output y = linear(flatten(b), 10)
    """

  @Test(arguments: [FloatFormat.float16, .bfloat16])
  func librariesAreHalfAsLargeAndSaySo(_ format: FloatFormat) throws {
    let folder = try ScratchFolder()
    let file = try file(layers, in: folder)
    var sizes: [LibrarySize] = []
    for format in [.float32, format] {
      let path = folder.path("\(format.rawValue).so")
      let options = PlanningOptions(goal: .size, weightsFormat: format)
      _ = try Compilation(file, options: options).write(.library, to: path)
      sizes.append(try LibrarySize(path: path))
      let isNamed = try libraryText(path).contains("--weights-type \(format.rawValue)")
      #expect(isNamed == (format != .float32))
    }
    let biases = 4 * (64 + 72 + 16) + 3 * ModelInterface.alignment
    #expect(2 * sizes[1][.weights] <= sizes[0][.weights] + 2 * biases)
  }

  @Test(arguments: [FloatFormat.float16, .bfloat16])
  func outputsAreNearThoseOfWholeWeightsAndLayersExact(_ format: FloatFormat) throws {
    let folder = try ScratchFolder()
    let file = try file(layers, in: folder)
    let report = try verify(
      try Compilation(file, options: PlanningOptions(weightsFormat: format)), layers: true)
    #expect(report.passes, "\(report.text)")
    #expect(report.outputs[0].relative > 1e-5, "\(report.text)")
    #expect(report.layers.allSatisfy { $0.relative < 1e-5 }, "\(report.text)")
    #expect(report.text.contains("rounded to \(format.rawValue)"))
  }

  @Test(arguments: [1, 2, 3])
  func bitsDoNotDependOnThreads(threads: Int) throws {
    let folder = try ScratchFolder()
    let options = PlanningOptions(threads: 2, weightsFormat: .float16)
    let model = try Compilation(try file(layers, in: folder), options: options).model()
    let x = Tensor.seeded([1, 24, 6, 6], seed: 5)
    let one = try Session(model, threads: 1).run(inputs: [x])
    #expect(try Session(model, threads: threads).run(inputs: [x]) == one)
  }

  /// Weights that an ONNX file has in 16 bits are what they were: the same bits come out as with f32.
  @Test func weightsOfHalfPrecisionAreKept() throws {
    let source = try ModelFile(
      path: packagePath("Tests/ResinTests/Fixtures/half_weights.onnx"))
    let x = Tensor.seeded([1, 4, 6, 6], seed: 7)
    let results = try [FloatFormat.float32, .float16].map { format in
      let options = PlanningOptions(algorithms: [.direct], weightsFormat: format)
      let compilation = try Compilation(source, options: options)
      #expect(
        compilation.plan.steps.contains { $0.kernel.printedName.contains("f16 weights") }
          == (format == .float16))
      return try Session(try compilation.model(), threads: 1).run(inputs: [x])
    }
    #expect(results[0] == results[1])
  }

  @Test func aWeightThatIsTooLargeIsNamedWithItsLayer() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin", "model m\ninput x: f32[1, 3]\na = linear(x, 2)\noutput y = linear(a, 2)\n")
    let weights = folder.path("m.safetensors")
    let small = Tensor.seeded([2, 3], seed: 1)
    try writeSafetensors(
      [
        ("a.weight", small), ("a.bias", Tensor([2], floats: [1e6, 0])),
        ("y.weight", Tensor([2, 2], floats: [1, 2, -70000, 65520])),
        ("y.bias", Tensor([2], floats: [0, 0])),
      ], to: weights)
    let source = try ModelFile(path: path, weights: .file(weights))
    let error = #expect(throws: DiagnosticError.self) {
      try Compilation(source, options: PlanningOptions(weightsFormat: .float16))
    }
    let text = error?.diagnostics.map(\.message).joined() ?? ""
    #expect(text == "f16 cannot hold -70000.0, a weight of 'y'", "\(text)")
    #expect(error?.diagnostics.first?.hint?.contains("--weights-type bf16") == true)
    _ = try Compilation(source, options: PlanningOptions(weightsFormat: .bfloat16))
  }

  @Test func severalBatchesShareTheirWeights() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin", layers.replacing("f32[1, 24", with: "f32[N, 24"))
    let options = PlanningOptions(goal: .size, weightsFormat: .float16)
    func read(_ batch: Int) throws -> ModelFile {
      try ModelFile(path: path, batch: batch, weights: .random(seed: 1))
    }
    let first = try Compilation(read(1), options: options)
    let all = try CombinedCompilation([first], sizes: CompiledSizes(batches: [1, 4])) {
      try read($0.batch)
    }
    #expect(all.compilations[1].plan.weightBytes == first.plan.weightBytes)
  }
}
