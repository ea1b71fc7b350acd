import ArgumentParser
import Diagnostics
import Resin
import TensorFiles

/// How pictures become inputs of a model.
struct PreprocessOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How pictures become inputs, whatever the model says: "
        + PictureRecipe.names.joined(separator: ", ")
        + ", or in words, as in resize=256,bicubic,crop=224,mean=0.5,std=0.5.",
      valueName: "recipe"),
    completion: .list(PictureRecipe.names))
  var preprocess: String?

  /// What the option says; nil where it is not given.
  func recipe() throws -> PictureRecipe? { try preprocess.map { try PictureRecipe($0) } }
}

/// How pictures are read.
struct PictureOptions: ParsableArguments {
  @OptionGroup var preprocessOption: PreprocessOption

  @Flag(help: "Take pictures as they are stored, whatever their EXIF orientation says.")
  var noExif = false

  /// How pictures become inputs, whatever the model says.
  func recipe() throws -> PictureRecipe? { try preprocessOption.recipe() }

  /// Throws where it is said how pictures are read, and none of the inputs is one.
  func check(_ inputs: [String]) throws {
    guard let option = try recipe() != nil ? "--preprocess" : noExif ? "--no-exif" : nil else {
      return
    }
    guard !inputs.allSatisfy(isArray) else {
      throw DiagnosticError(
        "\(option) is for pictures, and \(inputs.isEmpty ? "there are none" : "all inputs are arrays")",
        hint: "leave \(option) out")
    }
  }
}
