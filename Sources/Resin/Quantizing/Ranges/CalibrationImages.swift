import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

/// Images, as inputs of a model, that show a quantiser which values there are.
///
/// Pictures are read when they are needed, and kept as far as there is room for them.
public final class CalibrationImages {
  /// How many there are; 1 for inputs of a model whose results depend on all images together.
  public let count: Int
  /// The file of each picture, without its folder; nil where arrays were given.
  public let names: [String]?
  private let read: (Int) throws -> [Tensor]
  private var kept: [Int: [Tensor]] = [:]
  private var room = 1 << 30

  /// Which inputs hold images along their first axis, and how many a run takes.
  private let holdsImages: [Bool]
  let perRun: Int

  /// All pictures of a folder, in the order of their names.
  ///
  /// - Parameters:
  ///   - folder: holds `.png`, `.jpg` or `.jpeg` files; others are passed over.
  ///   - source: the model that takes them.
  ///   - recipe: see `readInputs`.
  ///   - applyingOrientation: see `readInputs`.
  /// - Throws: where it is no folder, has no picture, or the model takes more than one.
  public init(
    inFolder folder: String, for source: ModelFile, recipe: PictureRecipe? = nil,
    applyingOrientation: Bool = true
  ) throws {
    let place = Diagnostic.Place.subject(folder)
    guard isFolder(folder) else {
      throw DiagnosticError(
        "is no folder", at: place, hint: "give a folder of PNG or JPEG pictures")
    }
    let ports = source.inputPorts
    guard ports.count == 1 else {
      throw DiagnosticError(
        "the model has \(quantity(ports.count, "input")), and pictures are for one",
        at: .subject(source.path),
        hint: "give arrays, one --input for each")
    }
    let paths = try picturePaths(inFolder: folder)
    let found = try Self.imagePorts(of: source)
    guard let found else {
      throw imagesTogether(
        of: source.path, hint: "give an array of all of them with --input")
    }
    (holdsImages, perRun) = (found.inputs, found.images)
    names = paths.map { URL(fileURLWithPath: $0).lastPathComponent }
    count = paths.count
    read = { index in
      try readInputs(
        [paths[index]], for: ports, recipe: recipe,
        applyingOrientation: applyingOrientation)
    }
  }

  /// Arrays or pictures as `resin run` takes them.
  ///
  /// - Parameters:
  ///   - paths: see `readInputs`.
  ///   - source: the model that they are for.
  ///   - recipe: how pictures become inputs, where that is not as the model says.
  ///   - applyingOrientation: whether pictures are turned as their files say.
  /// - Throws: where a file cannot be read or does not fit its input.
  public init(
    _ paths: [String], for source: ModelFile, recipe: PictureRecipe? = nil,
    applyingOrientation: Bool = true
  ) throws {
    let ports = source.inputPorts
    let tensors = try readInputs(
      paths, for: ports, recipe: recipe, applyingOrientation: applyingOrientation)
    names = nil
    guard let found = try Self.imagePorts(of: source), found.inputs.contains(true) else {
      for (port, tensor) in zip(ports, tensors) where port.type != tensor.type {
        throw DiagnosticError(
          "expected \(port.type), found \(tensor.type)", at: .subject("input '\(port.name)'"))
      }
      (holdsImages, perRun, count) = (ports.map { _ in false }, 1, 1)
      read = { _ in tensors }
      return
    }
    (holdsImages, perRun) = (found.inputs, found.images)
    count = try Self.imageCount(of: tensors, for: ports, found.inputs)
    room = 0
    let flags = found.inputs
    read = { index in
      zip(tensors, flags).map { $1 ? $0.rows(index..<index + 1, filledTo: 1) : $0 }
    }
  }

  /// How many runs it takes to see every image.
  var runs: Int { (count + perRun - 1) / perRun }

  /// The inputs of a run. The last one is filled up with the first images again.
  func inputs(ofRun run: Int) throws -> [Tensor] {
    guard holdsImages.contains(true) else { return try image(0) }
    let images = try (run * perRun..<(run + 1) * perRun).map { try image($0 % count) }
    guard images.count > 1 else { return images[0] }
    return holdsImages.indices.map { input in
      let first = images[0][input]
      return holdsImages[input] ? Tensor.joined(images.map { $0[input] }, of: first.type) : first
    }
  }

  /// How many images of a run were not there before.
  func newImages(ofRun run: Int) -> Int { min(perRun, count - run * perRun) }

  private func image(_ index: Int) throws -> [Tensor] {
    if let tensors = kept[index] { return tensors }
    let tensors = try read(index)
    let bytes = tensors.reduce(0) { $0 + $1.type.byteCount }
    if bytes <= room {
      room -= bytes
      kept[index] = tensors
    }
    return tensors
  }

  /// Where images lie; nil for a model that computes all of them together.
  private static func imagePorts(of source: ModelFile) throws -> ImagePorts? {
    source.findImagePorts().ports
  }

  private static func imageCount(
    of tensors: [Tensor], for ports: [ModelInterface.Port], _ holdsImages: [Bool]
  ) throws -> Int {
    var count: Int?
    for (index, (port, tensor)) in zip(ports, tensors).enumerated() {
      let isRight =
        holdsImages[index]
        ? tensor.element == port.type.element && tensor.shape.count == port.type.rank
          && tensor.shape.dropFirst() == port.type.shape.dropFirst()
        : tensor.type == port.type
      let place = Diagnostic.Place.subject("input '\(port.name)'")
      guard isRight else {
        throw DiagnosticError(
          "expected \(port.type)\(holdsImages[index] ? ", with any number of images" : ""), found "
            + "\(tensor.type)", at: place)
      }
      guard holdsImages[index] else { continue }
      let images = tensor.shape[0]
      guard images > 0 else { throw DiagnosticError("there is no image", at: place) }
      guard count == nil || count == images else {
        throw DiagnosticError("\(quantity(images, "image")), and \(count ?? 0) before", at: place)
      }
      count = images
    }
    return count ?? 1
  }
}
