import ArgumentParser
import Resin

struct Export: ResinSubcommand {
  static let configuration = CommandConfiguration(abstract: "Writes a model as ONNX.")

  @Argument(help: "A .resin or .onnx file.", completion: .modelFile)
  var model: String

  @OptionGroup var sourceOptions: SourceOptions

  @Option(help: "Images per run.")
  var batch = 1

  @Option(
    name: .shortAndLong, help: "Where to write; a folder keeps the usual name.", completion: .file()
  )
  var output: String?

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    try OutputFormat.onnx.check(output)
    print(try sourceOptions.model(model, batch: batch).exportONNX(to: output))
  }
}
