import Diagnostics
import Foundation
import ONNXImport
import TensorFiles

/// Opens a file of weights in the format that it is in: safetensors, a checkpoint of PyTorch, or
/// the initializers of an ONNX model.
///
/// - Parameters:
///   - key: see `CheckpointFile.init(path:key:parameters:)`.
///   - parameters: see there.
func openWeightSource(
  _ path: String, key: String?, parameters: Set<String> = []
) throws -> any StoredWeightSource {
  guard URL(fileURLWithPath: path).pathExtension.lowercased() == "onnx" else {
    return try openWeights(path: path, key: key, parameters: parameters)
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
///   - key: see `CheckpointFile.init(path:key:parameters:)`.
///   - prefix: what the names of the tensors begin with that are written, without it; where nil,
///     all tensors, of a checkpoint without what PyTorch's wrappers put before all names.
///   - target: a file whose name ends in `.safetensors`, or in `.pth` or `.pt` for a checkpoint.
/// - Returns: how many tensors there are.
/// - Throws: where the source cannot be read or has tensors of a kind that is not, the target not be
///   written, or its ending says no format.
public func convertWeights(
  _ source: String, key: String? = nil, prefix: String? = nil, to target: String
) throws -> Int {
  let ending = URL(fileURLWithPath: target).pathExtension.lowercased()
  guard ["safetensors", "pth", "pt"].contains(ending) else {
    throw DiagnosticError(
      "weights cannot be written in the format that this name stands for", at: .subject(target),
      hint: "give a name that ends in .safetensors, or in .pth for a checkpoint of PyTorch")
  }
  let file = try openWeightSource(source, key: key)
  try checkOutputs([target])
  let wanted = try prefix.map { try WeightsPrefix($0, in: file).text }
  let weights = try renamed(file, behind: wanted ?? wrappers(of: file))
  if ending == "safetensors" {
    try writeSafetensors(from: weights, to: target)
  } else {
    try writeCheckpoint(from: weights, to: target)
  }
  return weights.names.count
}

/// The tensors of a source whose names begin with a prefix, without it.
private func renamed(
  _ source: some StoredWeightSource, behind prefix: String
) throws -> RenamedWeights {
  for name in source.unreadableTensors where name.hasPrefix(prefix) {
    throw DiagnosticError(
      "is \(source.nonTensor(name) ?? "no tensor")",
      at: .subject("\(source.path): tensor '\(name)'"))
  }
  return RenamedWeights(source, behind: prefix)
}

/// What PyTorch's wrappers (`DataParallel`, `torch.compile`) have put before all names of a
/// checkpoint.
private func wrappers(of source: some StoredWeightSource) -> String {
  guard source is CheckpointFile else { return "" }
  var prefix = ""
  while let more = ["module.", "_orig_mod."].first(where: { wrapper in
    source.names.allSatisfy { $0.hasPrefix(prefix + wrapper) && $0 != prefix + wrapper }
  }) {
    prefix += more
  }
  return prefix
}
