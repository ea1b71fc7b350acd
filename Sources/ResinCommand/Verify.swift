import ArgumentParser
import Diagnostics
import Resin
import TensorFiles

struct Verify: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares compiled code with the interpreter, or with a given output.",
    discussion: "Exits with 1 where they differ.")

  @Argument(help: "A .resin or .onnx file.")
  var model: String

  @Option(help: ArgumentHelp("An input as .npy; seeded numbers by default.", valueName: "file"))
  var input: [String] = []

  @Option(
    help: ArgumentHelp(
      "The right output as .npy, or a folder of values from the middle of the model, each in a file of its name; the interpreter's by default.",
      valueName: "file")
  )
  var expect: String?

  @Flag(help: "Compare every layer.")
  var layers = false

  @Flag(help: "Take pictures as they are stored, whatever their EXIF orientation says.")
  var noExif = false

  @Option(
    help: "Images per run; by default 1, or all of the inputs where results depend on all of them.")
  var batch: Int?

  @Option(help: "Threads to run on.")
  var threads = 1

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    if expect != nil, input.isEmpty {
      throw DiagnosticError("--expect needs the input that it belongs to", hint: "give --input")
    }
    var file = try sourceOptions.modelWithAnyWeights(model, batch: batch ?? 1)
    let inputs =
      input.isEmpty
      ? nil : try readInputs(input, for: file.inputPorts, applyingOrientation: !noExif)
    if let inputs { file = try file.fitting(inputs, mayReread: batch == nil) }
    let compilation = try Compilation(file, options: try planOptions.choices())
    if let expect, let inputs, isFolder(expect) {
      try report(
        try verify(
          valuesOf: file, withFilesOf: expect, inputs: inputs, options: compilation.options,
          threads: threads))
      return
    }
    let expected = try expect.map { (path: $0, tensor: try readNumpy(path: $0)) }
    try report(
      try verify(
        compilation, inputs: inputs, expected: expected, layers: layers, threads: threads))
  }

  private func report(_ verification: Verification) throws {
    print(verification.text)
    if !verification.passes { throw ExitCode(1) }
  }
}
