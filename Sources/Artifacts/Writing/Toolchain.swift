import CResinRuntime
import Diagnostics
import Glibc
import TensorFiles

/// The system's C compiler and archiver, working in a temporary folder.
struct Toolchain: ~Copyable {
  private let folder: TemporaryFolder

  /// Creates a toolchain with an empty folder.
  init() throws { folder = try TemporaryFolder() }

  /// Puts a file into the folder.
  func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
    try writeFileAtomically(path: "\(folder.path)/\(name)") { try $0.write(bytes) }
  }

  /// Puts a file into the folder.
  func add(_ name: String, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try add(name, $0) }
  }

  /// Runs a tool in the folder and throws its words where it fails.
  func run(_ arguments: [String]) throws {
    let log = "messages.txt"
    let status = withCStrings(arguments) { resin_spawn($0, folder.path, log) }
    let tool = Diagnostic.Place.subject(arguments[0])
    guard status >= 0 else {
      let hint = status == -ENOENT ? "install a C compiler: the package gcc or clang" : nil
      throw DiagnosticError("cannot run: \(systemMessage(-status))", at: tool, hint: hint)
    }
    guard status == 0 else {
      let words = firstLines(ofFile: "\(folder.path)/\(log)")
      throw DiagnosticError("failed with status \(status)", at: tool, hint: words)
    }
  }

  private func firstLines(ofFile path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    return lines.isEmpty ? nil : lines.prefix(8).joined(separator: "\n  ")
  }
}

/// Calls a function with a NULL-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { UnsafePointer(strdup($0)) } + [nil]
  defer { for copy in copies { free(UnsafeMutableRawPointer(mutating: copy)) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
