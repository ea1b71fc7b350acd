import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

/// Reads the inputs of a model from `.npy` files and pictures.
///
/// - Parameters:
///   - paths: for a model with one input any number of files, joined to one batch; else one file
///     per input, in order.
///   - ports: the inputs of the model.
///   - recipe: how pictures become inputs; where nil, as the model says.
///   - applyingOrientation: whether pictures are turned as their EXIF orientation says.
/// - Returns: per input, a tensor; the first extent is the number of images.
/// - Throws: where a file cannot be read or does not fit its input.
public func readInputs(
  _ paths: [String], for ports: [ModelInterface.Port], recipe: PictureRecipe? = nil,
  applyingOrientation: Bool = true
) throws -> [Tensor] {
  guard ports.count != 1 else {
    let tensors = try paths.map { try readInput($0, ports[0], recipe, applyingOrientation) }
    guard let first = tensors.first else {
      throw DiagnosticError(
        "no input is given",
        hint: "name pictures or folders of them behind the model, or give arrays with --input")
    }
    if tensors.count == 1 { return tensors }
    for (path, tensor) in zip(paths, tensors) {
      guard tensor.element == first.element, tensor.shape.count == first.shape.count,
        tensor.shape.count > 0, tensor.shape.dropFirst() == first.shape.dropFirst()
      else {
        throw DiagnosticError(
          "\(tensor.type) cannot be joined to the \(first.type) of '\(paths[0])'",
          at: .subject(path))
      }
    }
    return [Tensor.joined(tensors, of: first.type)]
  }
  guard paths.count == ports.count else {
    let names = ports.map { "'\($0.name)'" }.joined(separator: ", ")
    throw DiagnosticError(
      "\(quantity(paths.count, "file")) for \(quantity(ports.count, "input"))",
      hint: "give one --input for each of \(names), in this order")
  }
  return try zip(paths, ports).map { try readInput($0, $1, recipe, applyingOrientation) }
}

/// Images of one type as one tensor, along the first axis.
///
/// - Precondition: there is one at least, and they differ in nothing but the first extent.
func joinedImages(_ images: [Tensor]) -> Tensor {
  images.count == 1 ? images[0] : Tensor.joined(images, of: images[0].type)
}

/// Whether a file is an array of NumPy, as its name says.
package func isArray(_ path: String) -> Bool {
  URL(fileURLWithPath: path).pathExtension.lowercased() == "npy"
}

private func readInput(
  _ path: String, _ port: ModelInterface.Port, _ recipe: PictureRecipe?, _ applyingOrientation: Bool
) throws -> Tensor {
  if isArray(path) {
    return try readNumpy(path: path)
      .converted(to: port.type.element, of: path, for: "the input '\(port.name)'")
  }
  switch URL(fileURLWithPath: path).pathExtension.lowercased() {
  case "png", "jpg", "jpeg":
    return try PictureReader(for: port, recipe: recipe, applyingOrientation: applyingOrientation)
      .read(path)
  default:
    throw DiagnosticError(
      "no input: its name ends in none of '.npy', '.png', '.jpg', '.jpeg'", at: .subject(path))
  }
}

extension Tensor {
  /// The tensor of a file in the type that is wanted, where that changes no value.
  ///
  /// - Throws: naming the first element that the type does not hold.
  func converted(to element: ElementType, of path: String, for what: String) throws -> Tensor {
    do throws(InexactElement) {
      return try converted(to: element)
    } catch {
      let strides = rowMajorStrides(of: shape)
      let place = zip(shape, strides).map { "\(error.index / $1 % $0)" }
      throw DiagnosticError(
        "\(what) is \(element.rawValue), which does not hold element "
          + "[\(place.joined(separator: ", "))], \(error.value), of this \(type)",
        at: .subject(path))
    }
  }
}
