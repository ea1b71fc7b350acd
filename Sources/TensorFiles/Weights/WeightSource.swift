import Diagnostics
import GraphIR

/// Something that tensors are read from by name: a safetensors file, a checkpoint.
public protocol WeightSource: Sendable {
  /// What to call the source in messages: its path.
  var path: String { get }
  /// The names of all tensors, each once, in the order of the source.
  var names: [String] { get }
  /// The type that `tensor(_:)` gives, or nil where there is no tensor of that name.
  func type(of name: String) -> TensorType?
  /// Reads a tensor.
  ///
  /// - Throws: `DiagnosticError` where there is none of that name or it cannot be read.
  func tensor(_ name: String) throws -> Tensor
  /// The names of tensors of kinds that are not read.
  var unreadableTensors: [String] { get }
  /// What stands under a name that is not one of a tensor, for messages; nil where nothing does.
  func nonTensor(_ name: String) -> String?
}

extension WeightSource {
  public var unreadableTensors: [String] { [] }

  public func nonTensor(_ name: String) -> String? { nil }

  /// The error for a name that the source lacks.
  func unknownTensor(_ name: String) -> DiagnosticError {
    DiagnosticError(
      "there is no tensor '\(name)'", at: .subject(path),
      hint: nearestNamesHint(for: name, in: names))
  }

  /// What was read of a tensor.
  ///
  /// - Throws: where it is nil, since an integer is above those that tensors hold.
  func read(_ tensor: Tensor?, _ name: String) throws -> Tensor {
    guard let tensor else {
      throw DiagnosticError(
        "holds an integer above the largest i64", at: .subject("\(path): tensor '\(name)'"))
    }
    return tensor
  }
}
