import Diagnostics
import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// The folder of the committed goldens.
let goldens = packagePath("Tests/TensorFilesTests/Goldens")

/// Runs a test with a fresh folder that is gone afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("resin-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

/// Writes bytes and reads them with `read`, which must fail with a diagnostic that has all of
/// `fragments`.
func expectDiagnostic<Result>(
  _ bytes: [UInt8], _ fragments: [String], name: String = "file", read: (String) throws -> Result,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try withTemporaryFolder { folder in
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    expectDiagnostic([path] + fragments, sourceLocation: sourceLocation) { _ = try read(path) }
  }
}

/// Expects a diagnostic whose rendering has all of `fragments`.
func expectDiagnostic(
  _ fragments: [String], sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("no error", sourceLocation: sourceLocation)
  } catch {
    let text = (error as? DiagnosticError)?.description ?? "another error: \(error)"
    for fragment in fragments {
      #expect(text.contains(fragment), sourceLocation: sourceLocation)
    }
  }
}

/// The bytes of a safetensors file with a header and zeroed data.
func safetensors(_ header: String, data: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
    + [UInt8](repeating: 0, count: data)
}
