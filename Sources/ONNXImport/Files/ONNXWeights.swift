import Diagnostics
import GraphIR
import TensorFiles

/// The initializers of an ONNX model as a source of weights, by their names in the file.
///
/// Nodes are not looked at, so a model whose operators are not supported has weights too.
public struct ONNXWeights: StoredWeightSource {
  public let path: String
  public let names: [String]
  private let tensors: [String: Onnx_TensorProto]
  private let types: [String: StoredType]

  /// Reads a model.
  ///
  /// - Throws: `DiagnosticError` where it cannot be read, and for initializers of types that are
  ///   not supported.
  public init(path: String) throws {
    let graph = try ModelFile(path: path).graph
    var (tensors, types): ([String: Onnx_TensorProto], [String: StoredType]) = ([:], [:])
    var refusals: [Diagnostic] = []
    for tensor in graph.initializer {
      do {
        types[tensor.name] = try StoredType(number: tensor.dataType)
        try checkSize(of: tensor.dims.map { Int($0) })
        guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
          throw Refusal("the value '\(tensor.name)' is defined twice")
        }
      } catch let refusal as Refusal {
        refusals.append(Diagnostic(refusal.message, at: Self.place(tensor.name, path)))
      }
    }
    guard refusals.isEmpty else { throw DiagnosticError(refusals) }
    self.path = path
    names = graph.initializer.map(\.name)
    (self.tensors, self.types) = (tensors, types)
  }

  public func type(of name: String) -> TensorType? {
    guard let tensor = tensors[name], let type = types[name] else { return nil }
    return TensorType(tensor.dims.map { Int($0) }, element: type.element.widened)
  }

  public func tensor(_ name: String) throws -> Tensor {
    let tensor = try known(name)
    var externalData = ExternalData(modelPath: path)
    return try reporting(name) { try tensor.decoded(externalData: &externalData) }
  }

  package func storedType(of name: String) throws -> StoredType {
    let tensor = try known(name)
    // Data in the fields of a type are widened when they are read.
    guard let type = types[name], hasStoredBytes(tensor) else {
      return StoredType(storing: type(of: name)?.element ?? .float32)
    }
    return type
  }

  package func withStoredBytes(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let tensor = try known(name)
    guard hasStoredBytes(tensor), let type = types[name] else {
      return try self.tensor(name).withBytes(body)
    }
    let expected = tensor.dims.reduce(1) { $0 * Int($1) } * type.byteCount
    guard tensor.dataLocation == .external else {
      guard tensor.rawData.count == expected else {
        throw DiagnosticError(
          "shape \(tensor.dims) needs \(expected) bytes of data, not \(tensor.rawData.count)",
          at: Self.place(name, path))
      }
      return try tensor.rawData.withUnsafeBytes(body)
    }
    var externalData = ExternalData(modelPath: path)
    let result = try reporting(name) {
      try externalData.withBytes(of: tensor.externalData, expected: expected) { bytes in
        Result { try body(bytes) }
      }
    }
    try result.get()
  }

  private func hasStoredBytes(_ tensor: Onnx_TensorProto) -> Bool {
    tensor.hasRawData || tensor.dataLocation == .external
  }

  private func known(_ name: String) throws -> Onnx_TensorProto {
    guard let tensor = tensors[name] else {
      throw DiagnosticError(
        "there is no tensor '\(name)'", at: .subject(path),
        hint: nearestNamesHint(for: name, in: names))
    }
    return tensor
  }

  private func reporting<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let refusal as Refusal {
      throw DiagnosticError(
        refusal.message, at: Self.place(name, path), hint: refusal.hint)
    }
  }

  private static func place(_ name: String, _ path: String) -> Diagnostic.Place {
    .subject("\(path): initializer '\(name)'")
  }
}
