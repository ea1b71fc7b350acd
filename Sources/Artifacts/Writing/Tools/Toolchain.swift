import CResinRuntime
import Diagnostics
import Dispatch
import Glibc
import Synchronization
import TensorFiles

/// A C compiler and archiver, working in a temporary folder.
struct Toolchain: ~Copyable {
  private let folder: TemporaryFolder
  private let commands: CompilerCommands

  /// Creates a toolchain with an empty folder.
  init(_ commands: CompilerCommands) throws {
    self.commands = commands
    folder = try TemporaryFolder()
  }

  /// The command of the compiler.
  var compiler: [String] { commands.compiler }

  /// The command of the archiver.
  func archiver() throws -> [String] { try commands.archiver() }

  /// Puts a file into the folder.
  func add(_ name: String, _ body: (borrowing FileSink) throws -> Void) throws {
    try writeFileAtomically(path: "\(folder.path)/\(name)", body)
  }

  /// Puts a file into the folder.
  func add(_ name: String, _ bytes: [UInt8]) throws {
    try writeFileAtomically(path: "\(folder.path)/\(name)", bytes: bytes)
  }

  /// A file of the folder, whose bytes outlive it.
  func file(_ name: String) throws -> MappedFile {
    try MappedFile(path: "\(folder.path)/\(name)", as: .output)
  }

  /// Runs a tool in the folder and throws its words where it fails.
  func run(_ arguments: [String]) throws { try runAll([arguments]) }

  /// Runs several tools side by side and throws the words of the first that fails.
  func runAll(_ commands: [[String]]) throws {
    let path = folder.path
    let statuses = Mutex([Int32](repeating: 0, count: commands.count))
    DispatchQueue.concurrentPerform(iterations: commands.count) { index in
      let status = withCStrings(commands[index]) { resin_spawn($0, path, Self.log(index)) }
      statuses.withLock { $0[index] = status }
    }
    for (index, status) in statuses.withLock({ $0 }).enumerated() where status != 0 {
      try fail(commands[index][0], status, log: Self.log(index))
    }
  }

  private static func log(_ index: Int) -> String { "messages\(index).txt" }

  private func fail(_ name: String, _ status: Int32, log: String) throws {
    let tool = Diagnostic.Place.subject(name)
    guard status >= 0 else {
      let hint =
        status == -ENOENT
        ? "install a C compiler, the package gcc or clang, or add its folder to PATH" : nil
      throw DiagnosticError("cannot run: \(systemMessage(-status))", at: tool, hint: hint)
    }
    let words = firstLines(ofFile: "\(folder.path)/\(log)")
    guard status != 128 + SIGXFSZ else {
      throw DiagnosticError(
        "has met a limit on the size of files", at: tool, hint: "raise it: see ulimit -f")
    }
    throw DiagnosticError("failed with status \(status)", at: tool, hint: words)
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
