import ArgumentParser
import Resin

struct Import: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes an ONNX model as a model's text, with weights beside it.")

  @Argument(help: "An .onnx file.", completion: .file(extensions: ["onnx"]))
  var model: String

  @Option(
    help: ArgumentHelp(
      "An extent that the model leaves open, as in height=320; the batch stays open.",
      valueName: "name=integer"))
  var dim: [String] = []

  @Option(
    name: .shortAndLong,
    help: "Where to write the text, a .resin file; a folder keeps the usual name.",
    completion: .file())
  var output: String?

  @OptionGroup var preprocessOption: PreprocessOption

  @Flag(help: "Write over files that are there.")
  var force = false

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    let dimensions = try integers(dim, of: "--dim")
    let files = try importModel(
      model, dimensions: dimensions, recipe: preprocessOption.recipe(), to: output, replaces: force)
    for file in files { print(file) }
  }
}
