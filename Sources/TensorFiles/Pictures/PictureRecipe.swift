import Diagnostics
import GraphIR

/// How pictures become inputs, in words: a recipe's name, or channels, sizes and numbers, or a name
/// and what is different.
///
///     imagenet
///     resize=235,bicubic,crop=224,mean=0.485/0.456/0.406,std=0.229/0.224/0.225
///     clip,crop_pct=0.95
///
/// What it makes of a picture depends on the input: `clause(for:of:)`.
public struct PictureRecipe: Sendable, Equatable {
  /// The size that a picture gets before it is cropped.
  enum Sizing: Sendable, Equatable {
    /// That of the crop, or of the input.
    case straight
    case resize(ImagePreprocessing.Resize)
    /// So that the input shows this part of the shorter side, as timm's `crop_pct`.
    case part(Double)
  }

  /// The centre that is taken after that.
  enum Crop: Sendable, Equatable {
    case size(Pair)
    /// As large as the input.
    case input
  }

  /// What was written.
  var text = ""
  /// Nil for red, green and blue, or grey where the input has one channel.
  var channels: ImagePreprocessing.Channels?
  var sizing = Sizing.straight
  var interpolation = ImagePreprocessing.Interpolation.bilinear
  var crop: Crop?
  var scale: Float = 1 / 255
  /// One for each channel or one for all; nil for 0.
  var mean: [Float]?
  /// One for each channel or one for all; nil for 1.
  var deviation: [Float]?

  /// The clause of the model language for an input of a type.
  ///
  /// - Parameter input: the input's name for messages, where it is one of several.
  /// - Throws: `DiagnosticError` where no picture becomes such an input this way.
  public func clause(for type: TensorType, of input: String? = nil) throws -> ImagePreprocessing {
    do {
      return try checkedClause(for: type)
    } catch let error as DiagnosticError {
      let place = Diagnostic.Place.subject(
        "--preprocess \(text)" + (input.map { ": input '\($0)'" } ?? ""))
      throw DiagnosticError(
        error.diagnostics.map { Diagnostic($0.message, at: place, hint: $0.hint) })
    }
  }

  private func checkedClause(for type: TensorType) throws -> ImagePreprocessing {
    let isGrey =
      PictureLayout(of: type, channels: 3) == nil && PictureLayout(of: type, channels: 1) != nil
    let channels = channels ?? (isGrey ? .gray : .rgb)
    func each(_ values: [Float]?) -> [Float]? {
      values.map { $0.count == 1 ? Array(repeating: $0[0], count: channels.count) : $0 }
    }
    let input = PictureLayout(of: type, channels: channels.count)?.size
    let result = ImagePreprocessing(
      channels: channels, resize: try input.flatMap { try resize(for: $0, type) },
      interpolation: interpolation, crop: input.flatMap { crop(for: $0) }, scale: scale,
      mean: each(mean), deviation: each(deviation))
    try result.check(for: type)
    return result
  }

  private func resize(
    for input: Pair, _ type: TensorType
  ) throws -> ImagePreprocessing.Resize? {
    switch sizing {
    case .straight: return nil
    case .resize(let size): return size
    case .part(let part):
      guard input.height == input.width else {
        throw mistake(
          "crop_pct is for inputs as high as wide, and this one is \(type)",
          hint: "write resize and crop")
      }
      return .shorterSide(Int(min(Double(input.height) / part, 1e9)))
    }
  }

  private func crop(for input: Pair) -> Pair? {
    switch crop {
    case .size(let size): size
    case .input: input
    case nil: nil
    }
  }

  /// What is wrong with the words.
  func mistake(_ message: String, hint: String? = nil) -> DiagnosticError {
    DiagnosticError(message, at: .subject("--preprocess \(text)"), hint: hint)
  }
}
