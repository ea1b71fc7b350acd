import ArgumentParser
import Diagnostics
import GraphIR
import Resin

/// Which images a model is run on, for commands that look at many of them.
struct ImageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A folder of PNG or JPEG pictures.", valueName: "folder"),
    completion: .directory)
  var images: String?

  @Option(
    help: ArgumentHelp(
      "Images as .npy, PNG or JPEG; for a model with several inputs, give one for each.",
      valueName: "file"), completion: .inputFile)
  var input: [String] = []

  @OptionGroup var pictureOptions: PictureOptions

  /// The images that the options name; nil where they name none.
  func images(for source: ModelFile) throws -> CalibrationImages? {
    guard let images else {
      try pictureOptions.check(input)
      return input.isEmpty
        ? nil
        : try CalibrationImages(
          input, for: source, recipe: pictureOptions.recipe(),
          applyingOrientation: !pictureOptions.noExif)
    }
    guard input.isEmpty else {
      throw DiagnosticError("--images and --input exclude each other")
    }
    return try CalibrationImages(
      inFolder: images, for: source, recipe: pictureOptions.recipe(),
      applyingOrientation: !pictureOptions.noExif)
  }
}
