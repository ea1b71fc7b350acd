import Diagnostics
import Foundation
import SwiftProtobuf
import TensorFiles

/// A decoded ONNX file: the protobuf message and what holds for the whole file.
struct ModelFile {
  /// The path as the user wrote it, for messages.
  let path: String
  /// The one graph of the file.
  let graph: Onnx_GraphProto
  /// The version of the standard operator set that the file is written in.
  let opset: Int
  /// The functions that the file defines.
  let functions: [FunctionKey: Onnx_FunctionProto]

  /// The operator sets whose meaning the importers know.
  static let opsets = 6...28

  /// Reads and decodes a file.
  ///
  /// - Throws: `DiagnosticError` where it cannot be read, is not an ONNX model, or needs an unknown
  ///   operator set.
  init(path: String) throws {
    self.path = path
    let model = try Self.message(in: try MappedFile(path: path))
    guard model.hasGraph else {
      throw DiagnosticError("this is not an ONNX model: it holds no graph", at: .subject(path))
    }
    self.graph = model.graph
    self.functions = Dictionary(
      model.functions.map { (FunctionKey($0.domain, $0.name, $0.overload), $0) }
    ) { first, _ in first }
    do {
      guard let opset = try Self.standardOpset(in: model.opsetImport) else {
        throw Refusal("the file names no version of the standard operator set")
      }
      self.opset = opset
    } catch let refusal as Refusal {
      throw DiagnosticError(refusal.message, at: .subject(path), hint: refusal.hint)
    }
  }

  /// What a call names a function of the file by.
  struct FunctionKey: Hashable {
    let domain: String
    let name: String
    let overload: String

    init(_ domain: String, _ name: String, _ overload: String) {
      self.domain = domain == "ai.onnx" ? "" : domain
      (self.name, self.overload) = (name, overload)
    }
  }

  private static func message(in file: MappedFile) throws -> Onnx_ModelProto {
    let place = Diagnostic.Place.subject(file.path)
    guard let start = file.bytes.baseAddress else {
      throw DiagnosticError("this is not an ONNX model: the file is empty", at: place)
    }
    let size = file.bytes.count
    guard size <= Int(Int32.max) else {
      throw DiagnosticError(
        "the file has \(size) bytes, more than the \(Int32.max) that protobuf allows", at: place,
        hint: "store the weights as external data")
    }
    var options = BinaryDecodingOptions()
    // Deep enough for any real nesting of graphs, shallow enough for any stack.
    options.messageDepthLimit = 64
    do {
      // The message copies what it keeps, so that the mapping need not outlive this call.
      let bytes = Data(
        bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: size, deallocator: .none)
      return try withExtendedLifetime(file) {
        try Onnx_ModelProto(serializedBytes: bytes, partial: true, options: options)
      }
    } catch {
      throw DiagnosticError(
        "this is not an ONNX model: \(reason(error))", at: place,
        hint: "the file may be truncated, or of another format")
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

  /// The version of the standard operator set that a file or a function names; nil where it names none.
  ///
  /// - Throws: `Refusal` where it is not known.
  static func standardOpset(in imports: [Onnx_OperatorSetIdProto]) throws -> Int? {
    let standard = imports.filter { ["", "ai.onnx"].contains($0.domain) }
    guard let version = standard.map(\.version).max() else { return nil }
    guard let opset = Int(exactly: version), opsets.contains(opset) else {
      throw Refusal(
        "the file uses operator set \(version); sets \(opsets.lowerBound) to "
          + "\(opsets.upperBound) are supported",
        hint: "export again, or convert it with onnx.version_converter")
    }
    return opset
  }
}
