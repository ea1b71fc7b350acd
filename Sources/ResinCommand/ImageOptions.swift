import ArgumentParser
import Diagnostics
import GraphIR
import Resin

/// Which images a model is run on, for commands that look at many of them.
struct ImageOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A folder of PNG or JPEG pictures.", valueName: "folder"))
  var images: String?

  @Option(
    help: ArgumentHelp(
      "Images as .npy, PNG or JPEG; for a model with several inputs, give one for each.",
      valueName: "file"))
  var input: [String] = []

  @Option(
    help: ArgumentHelp(
      "How pictures become inputs, against what the model says: "
        + ImagePreprocessing.presetNames.joined(separator: ", ") + ".", valueName: "name"))
  var preprocess: String?

  @Flag(help: "Take pictures as they are stored, whatever their EXIF orientation says.")
  var noExif = false

  /// The images that the options name; nil where they name none.
  func images(for source: ModelFile) throws -> CalibrationImages? {
    guard let images else {
      return input.isEmpty
        ? nil
        : try CalibrationImages(
          input, for: source, preset: preprocess, applyingOrientation: !noExif)
    }
    guard input.isEmpty else {
      throw DiagnosticError("--images and --input exclude each other")
    }
    return try CalibrationImages(
      inFolder: images, for: source, preset: preprocess, applyingOrientation: !noExif)
  }
}
