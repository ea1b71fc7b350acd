import ArgumentParser
import Diagnostics
import Resin
import TensorFiles

struct Verify: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Compares compiled code with the interpreter, or with a given output; a quantised model with its original.",
    discussion: "Exits with 1 where they differ. Inputs are seeded numbers by default.")

  @Argument(help: "A .resin or .onnx file.", completion: .modelFile)
  var model: String

  @Option(
    help: ArgumentHelp(
      "The right output as .npy, or a folder of values from the middle of the model, each in a file of its name; the interpreter's by default.",
      valueName: "file"), completion: .file())
  var expect: String?

  @Option(
    help: ArgumentHelp(
      "The model in f32 that a quantised one was made from: compares both on images. Weights and parameters that are given are its own.",
      valueName: "model"), completion: .modelFile)
  var against: String?

  @OptionGroup var imageOptions: ImageOptions

  @Flag(help: "Compare every layer.")
  var layers = false

  @Option(
    parsing: .unconditional,
    help: "Images per run; by default 1, or all of the inputs where results depend on all of them.")
  var batch: Int?

  @Option(parsing: .unconditional, help: "Threads to run on.")
  var threads = 1

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    if let against { return try compare(with: against) }
    let input = imageOptions.input
    guard imageOptions.images == nil else {
      throw DiagnosticError(
        "--images is for a quantised model and its original", hint: "name that with --against")
    }
    if expect != nil, input.isEmpty {
      throw DiagnosticError("--expect needs the input that it belongs to", hint: "give --input")
    }
    try imageOptions.pictureOptions.check(input)
    guard !layers || !(expect.map(isFolder) ?? false) else {
      throw DiagnosticError(
        "--expect compares the values that the folder has, and not every layer",
        hint: "leave --layers out")
    }
    var file = try sourceOptions.modelWithAnyWeights(model, batch: batch ?? 1)
    let inputs =
      input.isEmpty
      ? nil
      : try readInputs(
        input, for: file.inputPorts, recipe: imageOptions.pictureOptions.recipe(),
        applyingOrientation: !imageOptions.pictureOptions.noExif)
    if let inputs { file = try file.fitting(inputs.map(\.type), mayReread: batch == nil) }
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

  /// Compares a quantised model with its original.
  private func compare(with original: String) throws {
    guard expect == nil, !layers else {
      throw DiagnosticError(
        "--against compares layers and outputs of two models, and goes with neither --expect nor --layers"
      )
    }
    if let option = planOptions.given.first {
      throw DiagnosticError(
        "--against compares what two models compute, whichever algorithms do it",
        hint: "leave \(option) out")
    }
    let float = try sourceOptions.model(original, batch: batch ?? 1)
    let file = try ModelFile(
      path: model, batch: batch ?? 1, dimensions: try sourceOptions.extents())
    try sourceOptions.sayNotes(of: file)
    guard let images = try imageOptions.images(for: float) else {
      throw DiagnosticError(
        "--against needs images", hint: "name a folder with --images, or arrays with --input")
    }
    let comparison = try Resin.compare(file, against: float, images: images, threads: threads)
    print(comparison.text)
    if !comparison.passes { throw ExitCode(1) }
  }

  private func report(_ verification: Verification) throws {
    print(verification.text)
    if !verification.passes { throw ExitCode(1) }
  }
}
