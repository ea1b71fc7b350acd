import ArgumentParser
import Diagnostics
import Resin
import TensorFiles

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares compiled code with the interpreter, or with a given output.",
    discussion: "Exits with 1 where they differ.")

  @Argument(help: "A .resin or .onnx file.")
  var model: String

  @Option(help: ArgumentHelp("An input as .npy; seeded numbers by default.", valueName: "file"))
  var input: [String] = []

  @Option(
    help: ArgumentHelp("The right output as .npy; the interpreter's by default.", valueName: "file")
  )
  var expect: String?

  @Flag(help: "Compare every layer.")
  var layers = false

  @Option(help: "Images per run.")
  var batch = 1

  @Option(help: "Threads to run on.")
  var threads = 1

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions

  func run() throws {
    if expect != nil, input.isEmpty {
      throw DiagnosticError("--expect needs the input that it belongs to", hint: "give --input")
    }
    let file = try sourceOptions.modelWithAnyWeights(model, batch: batch)
    let compilation = try Compilation(file, options: try planOptions.choices(threads: threads))
    let inputs =
      input.isEmpty ? nil : try readInputs(input, for: compilation.plan.interface)
    let expected = try expect.map { (path: $0, tensor: try readNumpy(path: $0)) }
    let report = try verify(
      compilation, inputs: inputs, expected: expected, layers: layers, threads: threads)
    print(report.text)
    if !report.passes { throw ExitCode(1) }
  }
}
