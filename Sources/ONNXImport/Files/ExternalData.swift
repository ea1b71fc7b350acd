import Diagnostics
import Foundation
import TensorFiles

/// Tensor data in files beside the model, mapped on first use.
struct ExternalData {
  /// Where files are looked for; nil where there may be none.
  private let folder: URL?
  private var files: [String: MappedFile] = [:]

  /// For tensors that must hold their data themselves.
  static let none = ExternalData(folder: nil)

  private init(folder: URL?) { self.folder = folder }

  /// Creates access to the files beside a model.
  init(modelPath: String) {
    self.init(folder: URL(fileURLWithPath: modelPath).deletingLastPathComponent())
  }

  /// Calls `body` with the bytes that the entries of a tensor (`location`, `offset`, `length`)
  /// describe.
  ///
  /// - Parameter expected: the number of bytes that the tensor's type and shape need.
  /// - Throws: `Refusal` where the location leaves the model's folder, or the range leaves the
  ///   file.
  mutating func withBytes<Result>(
    of entries: [Onnx_StringStringEntryProto], expected: Int,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) throws -> Result {
    guard folder != nil else { throw Refusal("only initializers may have external data") }
    func value(_ key: String) -> String? { entries.first { $0.key == key }?.value }
    func number(_ key: String) throws -> Int? {
      guard let text = value(key) else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw Refusal("the \(key) '\(text)' of its external data is not a size in bytes")
      }
      return number
    }
    guard let location = value("location"), !location.isEmpty else {
      throw Refusal("its external data have no location")
    }
    func unreadable(_ message: String, hint: String? = nil) -> Refusal {
      Refusal(message, hint: hint, dataFile: location)
    }
    let offset = try number("offset") ?? 0
    let length = try number("length") ?? expected
    guard length == expected else {
      throw Refusal(
        "its external data have \(length) bytes, but its shape and type need \(expected)")
    }
    guard isInside(location) else {
      throw unreadable(
        "its external data '\(location)' lie outside the model's folder",
        hint: "external data must be beside the model or below it")
    }
    guard let file = contents(of: location) else {
      throw unreadable("its external data '\(location)' cannot be read beside the model")
    }
    guard offset <= file.bytes.count, length <= file.bytes.count - offset else {
      throw unreadable(
        "its external data at \(offset) with \(length) bytes pass the end of '\(location)', "
          + "which has \(quantity(file.bytes.count, "byte"))")
    }
    return withExtendedLifetime(file) {
      body(UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + length]))
    }
  }

  /// Whether a location lies in the model's folder.
  private func isInside(_ location: String) -> Bool {
    let parts = location.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    return !location.hasPrefix("/") && !location.contains("\0") && !parts.contains("..")
  }

  /// The file at a location in the model's folder; nil where it cannot be read.
  private mutating func contents(of location: String) -> MappedFile? {
    if let known = files[location] { return known }
    guard let path = folder?.appendingPathComponent(location).path,
      let file = try? MappedFile(path: path)
    else { return nil }
    files[location] = file
    return file
  }
}
