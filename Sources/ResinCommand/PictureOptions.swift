import ArgumentParser
import Diagnostics
import Foundation
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

  /// Throws where it is said how pictures are read, and none of the inputs is one.
  func check(_ inputs: [String]) throws {
    guard let option = preprocess != nil ? "--preprocess" : noExif ? "--no-exif" : nil else {
      return
    }
    let isArray = { URL(fileURLWithPath: $0).pathExtension.lowercased() == "npy" }
    guard !inputs.allSatisfy(isArray) else {
      throw DiagnosticError(
        "\(option) is for pictures, and \(inputs.isEmpty ? "there are none" : "all inputs are arrays")",
        hint: "leave \(option) out")
    }
  }
}
