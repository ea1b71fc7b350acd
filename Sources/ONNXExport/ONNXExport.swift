import Diagnostics
import GraphIR
import TensorFiles

/// Writes a graph with all its weights as an ONNX model, in operator set 20 of the standard domain.
///
/// Inputs, outputs, constants and operations keep their names; an operation that takes several
/// nodes gives its name to the last, and the others a suffix. What a picture is made into an input
/// with, and labels, have no place in the format.
///
/// - Parameters:
///   - path: where to write; the file appears whole or not at all.
///   - producer: the version of this compiler.
/// - Throws: `DiagnosticError` with every operation that ONNX cannot express; where parameters have
///   no values; where the file would be larger than protobuf allows, 2 GiB; where it cannot be
///   written.
public func exportONNX(_ graph: Graph, to path: String, producer: String) throws {
  var exporter = GraphExporter(graph)
  let message = try exporter.exportGraph()
  let model = ProtobufMessage {
    $0.add(1, ONNXVersion.format)
    $0.add(2, "resin")
    $0.add(3, producer)
    $0.add(7, message)
    $0.add(8, ProtobufMessage { $0.add(2, ONNXVersion.operatorSet) })
  }
  guard model.byteCount <= Int(Int32.max) else {
    throw DiagnosticError(
      "the model needs \(model.byteCount) bytes, more than the \(Int32.max) that protobuf allows",
      at: .subject(path))
  }
  try writeFileAtomically(path: path) { try model.write(to: $0) }
}

/// What is written: ONNX 1.15, of 2023, which ONNX Runtime reads since 1.17.
enum ONNXVersion {
  static let format = 9
  static let operatorSet = 20
}
