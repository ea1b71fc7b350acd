import Diagnostics
import GraphIR
import Planning
import TensorFiles

/// Reads pictures, one after the other, as images of an input.
public struct PictureReader: Sendable {
  private let type: TensorType
  private let clause: ImagePreprocessing
  private let applyingOrientation: Bool

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - port: the input.
  ///   - recipe: how pictures become inputs; where nil, as the model says.
  ///   - applyingOrientation: whether pictures are turned as their EXIF orientation says.
  /// - Throws: where nothing says how, or the input takes no such pictures.
  public init(
    for port: ModelInterface.Port, recipe: PictureRecipe? = nil, applyingOrientation: Bool = true
  ) throws {
    let clause = try recipe?.clause(for: port.type) ?? port.preprocessing
    guard let clause else {
      throw DiagnosticError(
        "the model does not say how a picture becomes its input '\(port.name)'",
        hint: "say it with --preprocess \(PictureRecipe.names.joined(separator: "|"))")
    }
    try clause.check(for: port.type)
    type = port.type
    self.clause = clause
    self.applyingOrientation = applyingOrientation
  }

  /// How many bytes an image has.
  public var imageBytes: Int {
    TensorType([1] + type.shape.dropFirst(), element: type.element).byteCount
  }

  /// A picture as one image of the input.
  ///
  /// - Throws: where it cannot be read, or is too small for what is cut out of it.
  public func read(_ path: String) throws -> Tensor { try read(PictureFile(path: path)) }

  /// The same of a file whose head was read.
  func read(_ file: PictureFile) throws -> Tensor {
    let picture = try file.picture(applyingOrientation: applyingOrientation)
    do {
      return try preprocess(picture, as: clause, for: type)
    } catch let error as DiagnosticError {
      // The picture is one of several, and its size may be what is wrong.
      throw DiagnosticError(
        error.diagnostics.map { Diagnostic($0.message, at: .subject(file.path), hint: $0.hint) })
    }
  }
}
