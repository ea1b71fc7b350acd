import ArgumentParser
import Diagnostics
import Resin

struct Convert: ResinSubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes weights in another format, with their element types and bits.")

  @Argument(
    help: "Safetensors, a checkpoint of PyTorch, or an .onnx file, whose initializers are taken.",
    completion: .file())
  var source: String

  @OptionGroup var checkpointOption: CheckpointOption

  @Option(
    help: ArgumentHelp(
      "Only the tensors whose names begin so, without it; an empty one keeps all names.",
      valueName: "prefix"))
  var weightsPrefix: String?

  @Option(
    name: .shortAndLong,
    help: "Where to write: a .safetensors file, or .pth for a checkpoint of PyTorch.",
    completion: .file())
  var output: String

  @OptionGroup var messageOptions: MessageOptions

  func run() throws {
    let count = try convertWeights(
      source, key: checkpointOption.weightsKey, prefix: weightsPrefix, to: output)
    print(output)
    note(quantity(count, "tensor"))
  }
}
