import Diagnostics
import Foundation
import SwiftProtobuf

/// A decoded ONNX file: the protobuf message and what holds for the whole file.
struct ModelFile {
  /// The path as the user wrote it, for messages.
  let path: String
  /// The one graph of the file.
  let graph: Onnx_GraphProto
  /// The version of the standard operator set that the file is written in.
  let opset: Int
  /// The names of functions defined in the file, which are not inlined.
  let functions: Set<String>

  /// The operator sets whose meaning the importers know.
  static let opsets = 7...28

  /// Reads and decodes a file.
  ///
  /// - Throws: `DiagnosticError` where it cannot be read, is not an ONNX model, or needs an unknown operator set.
  init(path: String) throws {
    self.path = path
    let bytes = try Self.contents(of: path)
    var decoding = BinaryDecodingOptions()
    // Deep enough for any real nesting of graphs, shallow enough for any stack.
    decoding.messageDepthLimit = 64
    let model: Onnx_ModelProto
    do {
      model = try Onnx_ModelProto(serializedBytes: bytes, partial: true, options: decoding)
    } catch {
      throw DiagnosticError(
        "this is not an ONNX model: \(Self.reason(error))", at: .subject(path),
        hint: "the file may be truncated, or of another format")
    }
    guard model.hasGraph else {
      throw DiagnosticError("this is not an ONNX model: it holds no graph", at: .subject(path))
    }
    self.graph = model.graph
    self.functions = Set(model.functions.map(\.name))
    self.opset = try Self.standardOpset(of: model, path: path)
  }

  private static func contents(of path: String) throws -> Data {
    let place = Diagnostic.Place.subject(path)
    let attributes: [FileAttributeKey: Any]
    do {
      let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      attributes = try FileManager.default.attributesOfItem(atPath: resolved)
    } catch {
      throw DiagnosticError("there is no such file, or it cannot be read", at: place)
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw DiagnosticError("this is not a regular file", at: place)
    }
    let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
    guard size > 0 else {
      throw DiagnosticError("this is not an ONNX model: the file is empty", at: place)
    }
    guard size <= Int(Int32.max) else {
      throw DiagnosticError(
        "the file has \(size) bytes, more than the \(Int32.max) that protobuf allows", at: place,
        hint: "store the weights as external data")
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw DiagnosticError("the file cannot be read", at: place)
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? BinaryDecodingError {
    case .truncated: "its protobuf encoding ends too early"
    case .invalidUTF8: "it holds a name that is not UTF-8"
    case .messageDepthLimit: "its messages are nested too deeply"
    default: "its bytes are not a protobuf message"
    }
  }

  private static func standardOpset(of model: Onnx_ModelProto, path: String) throws -> Int {
    let place = Diagnostic.Place.subject(path)
    let standard = model.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }
    guard let version = standard.map(\.version).max() else {
      throw DiagnosticError("the file names no version of the standard operator set", at: place)
    }
    guard let opset = Int(exactly: version), opsets.contains(opset) else {
      throw DiagnosticError(
        "the file uses operator set \(version); sets \(opsets.lowerBound) to "
          + "\(opsets.upperBound) are supported", at: place,
        hint: "export again, or convert it with onnx.version_converter")
    }
    return opset
  }
}
