import Diagnostics
import Glibc
import KernelGen

/// The file by which `perf` knows the code that a process has compiled for itself:
/// `/tmp/perf-PID.map`, a line per function with address, size and name.
enum PerfMap {
  /// Whether the user asks for the file, by setting `RESIN_PERF_MAP` to anything but nothing.
  static var isWanted: Bool {
    getenv("RESIN_PERF_MAP").map { $0.pointee != 0 } ?? false
  }

  /// Adds functions to the file of this process.
  ///
  /// - Throws: where it cannot be written.
  static func append(_ functions: [JITFunction]) throws {
    let path = "/tmp/perf-\(getpid()).map"
    func failure() -> DiagnosticError {
      DiagnosticError(
        "cannot write the map for perf: \(systemMessage(errno))", at: .subject(path),
        hint: "unset RESIN_PERF_MAP to run without it")
    }
    // The folder is everybody's: what somebody else has put there is not followed.
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure() }
    defer { close(file) }
    let lines = functions.map { function in
      "\(String(function.address, radix: 16)) \(String(function.size, radix: 16)) \(function.name)\n"
    }
    var rest = Array(lines.joined().utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      rest = rest.dropFirst(count)
    }
  }
}
