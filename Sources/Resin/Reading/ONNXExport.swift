import Diagnostics
import Foundation
import ONNXExport
import TensorFiles

extension ModelFile {
  /// Writes the model as it was read, with its weights, as ONNX.
  ///
  /// - Parameter path: where to write; a folder keeps the usual name, the model's in the current
  ///   folder.
  /// - Returns: the path of the file.
  /// - Throws: where weights are missing, ONNX cannot express an operation, or the file cannot be
  ///   written.
  public func exportONNX(to path: String? = nil) throws -> String {
    let file = outputPath(path, usual: "\(graph.name).onnx")
    try TensorFiles.checkOutputs([file])
    guard hasWeights else {
      throw DiagnosticError(
        "the model needs weights, and there is no file '\(ModelFile.weightsBeside(self.path))'",
        at: .subject(self.path), hint: "give a file with --weights, or --random-weights SEED")
    }
    try ONNXExport.exportONNX(graph, to: file, producer: resinVersion)
    return file
  }
}
