import ArgumentParser
import GraphIR

/// How pictures become inputs of a model.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How pictures become inputs, against what the model says: "
        + ImagePreprocessing.presetNames.joined(separator: ", ") + ".", valueName: "name"),
    completion: .list(ImagePreprocessing.presetNames))
  var preprocess: String?

  @Flag(help: "Take pictures as they are stored, whatever their EXIF orientation says.")
  var noExif = false
}
