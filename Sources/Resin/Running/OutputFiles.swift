import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

/// Where the outputs of a run are written: arrays as `.npy`, or pictures where the path ends in `.png`.
///
/// One output goes to the path itself, several to the path with their names before the ending.
/// Several images of one output are pictures whose numbers stand before the ending, from 0, or one
/// picture in columns.
public struct OutputFiles: Sendable {
  private let path: String
  /// The path without its ending.
  private let stem: String
  private let ending: String
  private let format: OutputFormat
  private let range: LevelRange?
  private let columns: Int?

  /// The most pictures that are written at once.
  public static let maximumPictureCount = 65536

  /// Which values are black and white in a picture.
  public struct LevelRange: Sendable {
    fileprivate let black: Float
    fileprivate let white: Float

    /// A range from the value that is black to the one that is white.
    ///
    /// - Throws: where they are no finite numbers, or equal.
    public init(black: Float, white: Float) throws {
      self.black = black
      self.white = white
      guard (white - black).isNormal, (1 / (white - black)).isNormal else {
        throw DiagnosticError(
          "no range of values from \(black) to \(white)", hint: "give two numbers, as in 0,1")
      }
    }
  }

  /// Outputs at a path.
  ///
  /// - Parameters:
  ///   - path: what is written; its ending says in which format.
  ///   - range: for pictures, whatever the model says.
  ///   - columns: how many images stand beside one another in a picture of all; nil for a picture each.
  /// - Throws: where the path ends as files of another format do, there is a range or are columns for
  ///   arrays, or there is no column.
  public init(_ path: String, range: LevelRange? = nil, columns: Int? = nil) throws {
    let written = URL(fileURLWithPath: path).pathExtension
    let isKnown = ["npy", "png"].contains(written.lowercased())
    self.path = path
    self.range = range
    self.columns = columns
    stem = isKnown ? String(path.dropLast(4)) : path
    ending = isKnown ? written : "npy"
    format = written.lowercased() == "png" ? .png : .arrays
    try format.check(path)
    guard format == .png || range == nil else {
      throw DiagnosticError(
        "arrays have the values that the model gives", at: .subject(path),
        hint: "a range of values is for a picture, whose name ends in '.png'")
    }
    guard format == .png || columns == nil else {
      throw DiagnosticError(
        "arrays have no columns of images", at: .subject(path),
        hint: "columns are for a picture, whose name ends in '.png'")
    }
    guard columns.map({ $0 >= 1 }) ?? true else {
      throw DiagnosticError(
        "no picture has \(columns ?? 0) columns of images", hint: "give a number from 1")
    }
  }

  /// Throws where outputs of these types cannot be written, or not here: to be asked before they are
  /// computed.
  public func check(_ ports: [ModelInterface.Port]) throws {
    try checkOutputs(try ports.flatMap { try paths(of: $0, among: ports) })
  }

  /// Writes the outputs.
  ///
  /// - Parameters:
  ///   - outputs: what the model gives.
  ///   - ports: their names, and how they become pictures.
  /// - Returns: the files, written together or not at all.
  /// - Throws: where one cannot be written, or the names of two outputs give one name of a file.
  @discardableResult
  public func write(_ outputs: [Tensor], of ports: [ModelInterface.Port]) throws -> [String] {
    let files = StagedFiles()
    var written: [String] = []
    for (port, tensor) in zip(ports, outputs) {
      var port = port
      port.type = tensor.type
      let paths = try paths(of: port, among: ports)
      if format == .png {
        let images = try conversion(of: port).pictures(of: tensor)
        let pictures = columns.map { [OutputPicture(grid: images, columns: $0)] } ?? images
        for (path, picture) in zip(paths, pictures) { try picture.write(to: path, in: files) }
      } else {
        try writeNumpy(tensor, to: paths[0], in: files)
      }
      written += paths
    }
    try files.commit()
    return written
  }

  /// The files of one output.
  private func paths(
    of port: ModelInterface.Port, among ports: [ModelInterface.Port]
  ) throws -> [String] {
    let name = port.name.replacingOccurrences(of: "/", with: "_")
    let parts = ports.count > 1 ? [stem, name] : [stem]
    guard format == .png else { return [named(parts)] }
    _ = try conversion(of: port)
    let images = port.type.shape[0]
    guard (1...Self.maximumPictureCount).contains(images) else {
      throw DiagnosticError(
        "the output '\(port.name)' has \(images) images, which cannot be written as pictures",
        at: .subject(path), hint: "write it as an array, whose name ends in '.npy'")
    }
    return images == 1 || columns != nil
      ? [named(parts)] : (0..<images).map { named(parts + ["\($0)"]) }
  }

  private func named(_ parts: [String]) -> String {
    parts.count == 1 ? path : (parts + [ending]).joined(separator: ".")
  }

  /// How an output becomes pictures.
  private func conversion(of port: ModelInterface.Port) throws -> PictureOutput {
    func failure(_ message: String, _ hint: String) -> DiagnosticError {
      DiagnosticError(
        "the output '\(port.name)', \(port.type), \(message)", at: .subject(path), hint: hint)
    }
    let asArray = "write it as an array, whose name ends in '.npy'"
    let isColoured = PictureLayout(of: port.type, channels: 3) != nil
    guard isColoured || PictureLayout(of: port.type, channels: 1) != nil,
      port.type.elementCount > 0 || port.type.shape[0] == 0
    else { throw failure("is no picture: that is [N, 3, height, width], or 1 channel", asArray) }
    var clause =
      port.preprocessing ?? ImagePreprocessing(channels: isColoured ? .rgb : .gray, scale: 1)
    if port.type.element == .uint8 {
      guard range == nil else {
        throw failure("has the levels of a picture already", "leave out the range of values")
      }
    } else if let range {
      let width = range.white - range.black
      clause = ImagePreprocessing(
        channels: clause.channels, mean: clause.mean.map { _ in -range.black / width },
        deviation: clause.mean.map { _ in 1 / width })
    } else if port.preprocessing == nil {
      throw failure(
        "becomes a picture in a way that the model does not say",
        "say which values are black and white, as in --range 0,1 or --range -1,1")
    }
    return try PictureOutput(clause, for: port.type)
  }
}
