import Diagnostics
import Foundation

/// The file that readers of files read, in a folder of this process. `TMPDIR` says where; a folder
/// in memory is much faster.
final class InputFile: Sendable {
  static let shared = InputFile()

  private let lock = NSLock()
  private let path: String
  private let descriptor: Int32

  private init() {
    let folder = NSTemporaryDirectory() + "/resin-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    path = "\(folder)/input"
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot write \(path)")
    // What ONNX calls external data; the bytes are the same on every run.
    let data = Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) })
    precondition(
      FileManager.default.createFile(atPath: "\(folder)/weights.bin", contents: data),
      "cannot write to \(folder)")
  }

  /// Calls a reader with the path of a file of these bytes.
  func with(_ bytes: UnsafeRawBufferPointer, _ read: (String) throws -> Void) rethrows {
    // Tests run side by side.
    lock.lock()
    defer { lock.unlock() }
    precondition(ftruncate(descriptor, 0) == 0, "cannot empty \(path)")
    if let start = bytes.baseAddress {
      let written = pwrite(descriptor, start, bytes.count, 0)
      precondition(written == bytes.count, "cannot write \(path)")
    }
    try read(path)
  }
}

/// Runs a reader, whose diagnostics are as good as results: they must have words.
func reading(_ body: () throws -> Void) {
  do {
    try body()
  } catch let error as DiagnosticError {
    precondition(!error.description.isEmpty, "a mistake without words")
  } catch {
    preconditionFailure("a reader threw \(error)")
  }
}
