import ArgumentParser
import Diagnostics
import Resin

struct Quantize: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantises a trained model to 8 bits, by what it computes on some images.",
    discussion: "docs/quantization.md says what it does, and what to do where accuracy falls.")

  @Argument(help: "A .resin or .onnx file.", completion: .modelFile)
  var model: String

  @OptionGroup var sourceOptions: SourceOptions

  @OptionGroup var imageOptions: ImageOptions

  @Option(
    help: ArgumentHelp(
      "The right class of each image: a line NAME,CLASS for each file, or CLASS in the order of the images, or integers as .npy.",
      valueName: "file"), completion: .file())
  var labels: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much may be lost on the images, as in 0.2%: of right classes with --labels, else of classes that are the same as in f32, else, of a model without classes, of exactness. Layers stay in f32 until it is not more; prints a table of them.",
      valueName: "percent"))
  var maxLoss: Percentage?

  @Option(parsing: .unconditional, help: "Images per run.")
  var batch = 1

  @Option(
    name: .shortAndLong,
    help:
      "Where to write: an .onnx file of the QDQ kind, or a .resin text with weights beside it; a folder keeps the usual name, MODEL.q.onnx.",
    completion: .file())
  var output: String?

  @Option(parsing: .unconditional, help: "Threads to run on.")
  var threads = 1

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    let source = try sourceOptions.model(model, batch: batch)
    let files = try QuantizedOutput(output, for: source)
    guard let images = try imageOptions.images(for: source) else {
      throw DiagnosticError(
        "no images are given", hint: "name a folder with --images, or arrays with --input")
    }
    let classes = try labels.map { try readImageLabels($0, for: images, of: source) }
    var display = QuantizationDisplay()
    defer { display.clear() }
    let quantized = try quantize(
      source, images: images, labels: classes, maximumLoss: maxLoss?.part, threads: threads
    ) { display.show($0, $1) }
    display.clear()
    try files.write(quantized)
    for file in files.files { print(file) }
    print(quantized.text)
  }
}

/// A part in percent, as in `0.2%`.
struct Percentage: ExpressibleByArgument {
  /// From 0 to 1.
  let part: Double

  init?(argument: String) {
    let number = argument.hasSuffix("%") ? String(argument.dropLast()) : argument
    guard let percent = Double(number), (0...100).contains(percent) else { return nil }
    part = percent / 100
  }
}
