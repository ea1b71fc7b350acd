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

  @Argument(help: "A .resin or .onnx file, or a library that 'resin compile' has written.")
  var model: String

  @Option(
    help: ArgumentHelp(
      "An input: .npy, PNG or JPEG. Several pictures become a batch; for a model with several "
        + "inputs, give one for each.", valueName: "file"))
  var input: [String] = []

  @Option(help: ArgumentHelp("Where to write the outputs, as .npy.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A folder for values from the middle of a model, as .npy under their names.",
      valueName: "folder"))
  var dump: String?

  @Option(
    help: ArgumentHelp("The values that --dump writes; all by default.", valueName: "a,b"))
  var nodes: String?

  @Option(help: "How many classes to print per image.")
  var top: Int?

  @Option(help: ArgumentHelp("The names of the classes, one per line.", valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "How pictures become inputs, against what the model says: "
        + ImagePreprocessing.presetNames.joined(separator: ", ") + ".", valueName: "name"))
  var preprocess: String?

  @Flag(help: "Take pictures as they are stored, whatever their EXIF orientation says.")
  var noExif = false

  @Option(help: "Threads to run on.")
  var threads = 1

  @OptionGroup var sourceOptions: SourceOptions
  @OptionGroup var planOptions: PlanOptions
  @OptionGroup var tuneOptions: TuneOptions

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    try OutputFormat.numpy.check(output)
    guard dump == nil else { return try dumpValues() }
    guard nodes == nil else {
      throw DiagnosticError("--nodes says what --dump writes", hint: "give --dump, too")
    }
    let pool = try ThreadPool(threads: threads)
    let (ready, inputs) = try isLibrary(model) ? load() : compile()
    let interface = ready.model.interface
    let names = try labels.map { try readLabels($0, for: interface.outputs) }
    let session = try Session(ready.model, pool: pool)
    var times: [Duration] = []
    let outputs = try interface.inChunks(inputs) { chunk in
      let start = ContinuousClock.now
      let results = try session.run(inputs: chunk)
      times.append(ContinuousClock.now - start)
      return results
    }
    if let output { try writeOutputs(outputs, of: ready.model, to: output) }
    if top != nil || labels != nil || output == nil {
      print(
        try outputsText(
          outputs, of: ready.model, labels: names, count: top ?? 5,
          captions: captions(times: times, perRun: interface.imagesPerRun ?? input.count)))
    }
  }

  /// The inputs that were named, as the options want pictures to be read.
  private func readInputs(for ports: [ModelInterface.Port]) throws -> [Tensor] {
    try Resin.readInputs(
      input, for: ports, preset: preprocess, applyingOrientation: !noExif)
  }

  /// Writes values instead of running what `compile` would make, which does not have them.
  private func dumpValues() throws {
    guard let folder = dump else { return }
    guard output == nil, top == nil, labels == nil else {
      throw DiagnosticError(
        "--dump writes values and goes with none of --output, --top and --labels",
        hint: "give --nodes the names of outputs to write these, too")
    }
    guard !isLibrary(model) else {
      throw DiagnosticError(
        "a library computes its outputs only", at: .subject(model),
        hint: "give --dump with the model's file")
    }
    let file = try sourceOptions.model(model)
    let values = try intermediateValues(
      of: file,
      nodes: nodes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init),
      inputs: readInputs,
      options: try planOptions.choices(), threads: threads)
    for path in try writeValues(values, to: folder) { print(path) }
  }

  /// For pictures, the file and the time of the run it was in; arrays need no names.
  private func captions(times: [Duration], perRun: Int) -> [String] {
    guard !input.contains(where: { $0.hasSuffix(".npy") }) else { return [] }
    return input.enumerated().map { index, file in
      guard index / perRun < times.count else { return file }
      let milliseconds = times[index / perRun] / .milliseconds(1)
      return "\(file)  \(String(format: "%.3f", milliseconds)) ms"
    }
  }

  /// A library, and inputs for it.
  private func load() throws -> (ReadyModel, [Tensor]) {
    try sourceOptions.refuse(for: model)
    try planOptions.refuse(for: model)
    try tuneOptions.refuse(for: model)
    let ready = try loadLibrary(model)
    let inputs = try readInputs(for: ready.model.interface.inputs)
    return (try ready.fitting(inputs), inputs)
  }

  /// A model compiled for the inputs.
  private func compile() throws -> (ReadyModel, [Tensor]) {
    let file = try sourceOptions.model(model)
    let inputs = try readInputs(for: file.inputPorts)
    let ready = try compileInProcess(
      file.fitting(inputs), options: planOptions.choices(), tune: tuneOptions.tuner())
    return (ready, inputs)
  }
}
