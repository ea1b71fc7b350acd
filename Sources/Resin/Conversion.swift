import Diagnostics
import Foundation
import ONNXImport
import TensorFiles

/// Opens a file of weights in the format that it is in: safetensors, a checkpoint of PyTorch, or
/// the initializers of an ONNX model.
///
/// - Parameter key: see `CheckpointFile.init(path:key:)`.
func openWeightSource(_ path: String, key: String?) throws -> any StoredWeightSource {
  guard URL(fileURLWithPath: path).pathExtension.lowercased() == "onnx" else {
    return try openWeights(path: path, key: key)
  }
  guard key == nil else {
    throw DiagnosticError("a key is for checkpoints, and this is ONNX", at: .subject(path))
  }
  return try ONNXWeights(path: path)
}

/// Writes the weights of one file in the format of another, with their names, element types and
/// bits.
///
/// - Parameters:
///   - source: safetensors, a checkpoint of PyTorch, or an ONNX model, whose initializers are
///     taken.
///   - key: see `CheckpointFile.init(path:key:)`.
///   - target: a file whose name ends in `.safetensors`, or in `.pth` or `.pt` for a checkpoint.
/// - Returns: how many tensors there are.
/// - Throws: where the source cannot be read, the target not be written, or its ending says no
///   format.
public func convertWeights(_ source: String, key: String? = nil, to target: String) throws -> Int {
  let ending = URL(fileURLWithPath: target).pathExtension.lowercased()
  guard ["safetensors", "pth", "pt"].contains(ending) else {
    throw DiagnosticError(
      "weights cannot be written in the format that this name stands for", at: .subject(target),
      hint: "give a name that ends in .safetensors, or in .pth for a checkpoint of PyTorch")
  }
  let weights = try openWeightSource(source, key: key)
  if ending == "safetensors" {
    try writeSafetensors(from: weights, to: target)
  } else {
    try writeCheckpoint(from: weights, to: target)
  }
  return weights.names.count
}
