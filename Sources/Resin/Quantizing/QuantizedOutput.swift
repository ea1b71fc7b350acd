import Diagnostics
import Foundation
import GraphIR
import ONNXExport
import TensorFiles

/// Where a quantised model is written: an ONNX file, or a model's text with its weights beside it.
public struct QuantizedOutput: Sendable {
  /// The files that are written.
  public let files: [String]

  /// Chooses the files: to be asked before anything is computed.
  ///
  /// - Parameters:
  ///   - path: a file that ends in `.onnx` or `.resin`, or a folder; the model's name with `.q.onnx` where nil.
  ///   - source: the model in f32.
  /// - Throws: where the name says something else, or a file cannot be written there.
  public init(_ path: String?, for source: ModelFile) throws {
    let file = outputPath(path, usual: "\(source.graph.name).q.onnx")
    switch URL(fileURLWithPath: file).pathExtension.lowercased() {
    case "onnx": files = [file]
    case "resin": files = [file, ModelFile.weightsBeside(file)]
    default:
      throw DiagnosticError(
        "a quantised model needs a name that ends in '.onnx' or '.resin'", at: .subject(file),
        hint: "'.onnx' for a file of the QDQ kind, '.resin' for a text with weights beside it")
    }
    try checkOutputs(files)
  }

  /// Writes a model; both files or none.
  public func write(_ model: QuantizedModel) throws {
    guard files.count > 1 else {
      return try ONNXExport.exportONNX(model.graph, to: files[0], producer: resinVersion)
    }
    let graph = model.graph.withLabels(from: model.source.path, readFrom: files[0])
    let text = modelText(of: graph) { batch in
      guard let other = try? model.source.reread(batch),
        let graph = try? quantizableGraph(of: other).quantized(by: model.scheme)
      else { return nil }
      return graph.withLabels(from: model.source.path, readFrom: files[0])
    }
    let staged = StagedFiles()
    try writeSafetensors(text.weights, to: files[1], in: staged)
    try staged.write(files[0]) { try $0.write(Array(text.text.utf8)) }
    try staged.commit()
  }
}

extension Graph {
  /// The graph with the paths of its labels as a text in another folder needs them.
  fileprivate func withLabels(from source: String, readFrom target: String) -> Graph {
    func folder(_ path: String) -> URL {
      URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
    }
    guard folder(source) != folder(target) else { return self }
    var graph = self
    graph.keepOutputs([])
    for output in outputs {
      let labels = output.labels.map {
        $0.hasPrefix("/") ? $0 : folder(source).appendingPathComponent($0).path
      }
      graph.addOutput(output.name, output.node, labels: labels, picture: output.picture)
    }
    return graph
  }
}
