import Diagnostics
import GraphIR

/// How to bind what an ONNX file leaves open.
public struct ONNXOptions: Sendable, Equatable {
  /// The extent for the first axis of inputs that leave it open; at least 1.
  public var batch: Int
  /// Extents for other open axes: by symbol as in the file (`height`), or by input and axis
  /// (`image.2`) where the file gives no symbol.
  public var dimensions: [String: Int]

  /// Creates options; batch 1 and no other extents unless given.
  public init(batch: Int = 1, dimensions: [String: Int] = [:]) {
    self.batch = batch
    self.dimensions = dimensions
  }
}

/// Reads an ONNX file into a graph of this compiler's operations, with all its weights bound.
///
/// Operator sets 6 to 28 of the standard domain are read; `docs/onnx.md` lists operators and
/// attributes. The graph is named after the file; its inputs and outputs keep the file's names,
/// constants the names of the initializers.
///
/// - Parameters:
///   - path: the model's file; external tensor data is looked for beside it.
///   - options: extents for open axes.
/// - Throws: `DiagnosticError` with one diagnostic per offending node, tensor or input.
public func importONNX(path: String, options: ONNXOptions = ONNXOptions()) throws -> Graph {
  guard options.batch >= 1 else {
    throw DiagnosticError(
      "a batch of \(options.batch) was asked for; it must be at least 1", at: .subject(path))
  }
  let file = try ModelFile(path: path)
  return try GraphImporter(file: file, options: options).importGraph()
}
