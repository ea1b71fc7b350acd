import ArgumentParser
import Diagnostics
import Resin

struct Export: ResinSubcommand {
  static let configuration = CommandConfiguration(abstract: "Writes a model as ONNX.")

  @Argument(help: "A .resin or .onnx file.", completion: .modelFile)
  var model: String

  @OptionGroup var sourceOptions: SourceOptions

  @Option(parsing: .unconditional, help: "Images per run (default: 1).")
  var batch: Int?

  @Option(
    name: .shortAndLong, help: "Where to write; a folder keeps the usual name.", completion: .file()
  )
  var output: String?

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    try OutputFormat.onnx.check(output)
    let file = try sourceOptions.model(model, batch: batch ?? 1)
    // A file of one image would be run on each image by itself.
    guard batch != nil || !file.mixesImages else {
      throw imagesTogether(
        of: model, hint: "give --batch with the number of images that the file is for")
    }
    print(try file.exportONNX(to: output))
  }
}
