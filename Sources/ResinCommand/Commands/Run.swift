import ArgumentParser
import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import Resin
import TensorFiles

struct Run: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a model or a compiled library on pictures or arrays.")

  @Argument(
    help: "A .resin or .onnx file, or a library that 'resin compile' has written.",
    completion: .modelOrLibrary)
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Pictures or folders of pictures, each classified by itself; - reads their names from standard "
        + "input.", valueName: "picture"), completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var pictures: [String] = []

  @Option(
    help: ArgumentHelp(
      "An input: .npy, PNG or JPEG. Several pictures become a batch; for a model with several "
        + "inputs, give one for each.", valueName: "file"), completion: .inputFile)
  var input: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where to write the outputs: arrays as .npy, or images as .png.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Which values of an output are black and white in a .png, whatever the model says, as in "
        + "0,1 or -1,1.", valueName: "black,white"))
  var range: ValueRange?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write all images of an output into one .png, so many beside one another.", valueName: "n"))
  var columns: Int?

  @Option(
    help: ArgumentHelp(
      "A folder for values from the middle of a model, as .npy under their names.",
      valueName: "folder"), completion: .directory)
  var dump: String?

  @Option(
    help: ArgumentHelp("The values that --dump writes; all by default.", valueName: "a,b"))
  var nodes: String?

  @Option(parsing: .unconditional, help: "How many classes to print per image.")
  var top: Int?

  @Option(
    help: ArgumentHelp("The names of the classes, one per line.", valueName: "file"),
    completion: .file())
  var labels: String?

  @Flag(help: "Print the classes as JSON, a line for each image.")
  var json = false

  @Flag(help: "Print the classes as CSV, a row for each class of each image.")
  var csv = false

  @OptionGroup var pictureOptions: PictureOptions

  @Option(parsing: .unconditional, help: "Threads to run on.")
  var threads = 1

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    guard range == nil || output != nil else {
      throw DiagnosticError("--range is for pictures", hint: "give --output a name in '.png'")
    }
    guard columns == nil || output != nil else {
      throw DiagnosticError("--columns is for pictures", hint: "give --output a name in '.png'")
    }
    let files = try output.map {
      try OutputFiles($0, range: range?.checked(), columns: columns)
    }
    guard dump == nil else { return try dumpValues() }
    guard nodes == nil else {
      throw DiagnosticError("--nodes says what --dump writes", hint: "give --dump, too")
    }
    guard !json || !csv else { throw DiagnosticError("--json and --csv exclude each other") }
    guard pictures.isEmpty || input.isEmpty else {
      throw DiagnosticError("pictures are given both with --input and without")
    }
    let pool = try ThreadPool(threads: threads)
    guard pictures.isEmpty || files != nil else { return try classify(imagePaths(pictures), pool) }
    let input = try pictures.isEmpty ? input : imagePaths(pictures)
    let source = try source()
    let inputs = try readInputs(input, for: source.inputPorts)
    let fitting = try source.fitting(inputs.map(\.type))
    try files?.check(fitting.outputPorts(for: inputs))
    let session = try session(fitting, pool)
    let list = try ClassList(self, of: session.model)
    let results = try session.run(inputs)
    try files?.write(results.outputs, of: session.model.interface.outputs)
    guard format != nil || top != nil || labels != nil || output == nil else { return }
    let areArrays = input.contains(where: isArray)
    let arePictures = !areArrays && source.inputPorts.count == 1
    try list.print(results, files: arePictures ? input : [])
  }

  /// How classes are written for other programs; nil where they are written for people.
  var format: ImageRecords.Format? { json ? .json : csv ? .csv : nil }

  /// The inputs that were named, as the options want pictures to be read.
  func readInputs(_ input: [String], for ports: [ModelInterface.Port]) throws -> [Tensor] {
    try pictureOptions.check(input)
    return try Resin.readInputs(
      input, for: ports, recipe: pictureOptions.recipe(),
      applyingOrientation: !pictureOptions.noExif)
  }

  /// What reads pictures one by one, as the options want it.
  func pictureReader(for port: ModelInterface.Port) throws -> PictureReader {
    try PictureReader(
      for: port, recipe: pictureOptions.recipe(), applyingOrientation: !pictureOptions.noExif)
  }

  /// Writes values instead of running what `compile` would make, which does not have them.
  private func dumpValues() throws {
    guard let folder = dump else { return }
    guard output == nil, top == nil, labels == nil, !json, !csv else {
      throw DiagnosticError(
        "--dump writes values and goes with none of --output, --top, --labels, --json and --csv",
        hint: "give --nodes the names of outputs to write these, too")
    }
    if let option = tuneOptions.given.first {
      throw DiagnosticError(
        "--dump does not run what is tuned", hint: "leave \(option) out")
    }
    guard !isLibrary(model) else {
      throw DiagnosticError(
        "a library computes its outputs only", at: .subject(model),
        hint: "give --dump with the model's file")
    }
    let file = try sourceOptions.model(model)
    let names = try valueNames(
      of: file,
      nodes: nodes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    let inputs = try readInputs(
      pictures.isEmpty ? input : imagePaths(pictures), for: file.inputPorts)
    let options = try planOptions.choices()
    try checkValues(names, to: folder)
    let values = try intermediateValues(
      of: file, nodes: names, inputs: { _ in inputs }, options: options, threads: threads)
    for path in try writeValues(values, to: folder) { print(path) }
  }
}

/// Two numbers, as in `-1,1`.
struct ValueRange: ExpressibleByArgument {
  private let black: Float
  private let white: Float

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard parts.count == 2, let black = parts[0], let white = parts[1] else { return nil }
    (self.black, self.white) = (black, white)
  }

  func checked() throws -> OutputFiles.LevelRange {
    try OutputFiles.LevelRange(black: black, white: white)
  }
}
