import Diagnostics
import Glibc

/// What the system calls an error: `No such file or directory`.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// The last component of a path.
func baseName(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// The folder that a path lies in; `.` for a bare name.
func parentFolder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// A path that means the same in every folder.
func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return "\(String(cString: folder))/\(path)"
}

/// Writes a whole file, replacing what was there; failures name it `shownAs`.
func writeFile(
  _ path: String, _ parts: [UnsafeRawBufferPointer], shownAs name: String
) throws {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard file >= 0 else { throw writeFailure(name) }
  defer { close(file) }
  for part in parts {
    var rest = part
    while !rest.isEmpty {
      let written = write(file, rest.baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw writeFailure(name)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}

/// The last failure of the system as the reason why a file cannot be written.
func writeFailure(_ path: String) -> DiagnosticError {
  DiagnosticError("cannot write: \(systemMessage(errno))", at: .subject(path))
}

/// A folder for intermediate files that goes away with its contents.
struct TemporaryFolder: ~Copyable {
  let path: String

  /// Creates an empty folder under `TMPDIR`, or `/tmp`.
  init() throws {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(root)/resin-XXXXXX".utf8CString)
    let made = mkdtemp(&template) != nil
    guard made else {
      throw DiagnosticError(
        "cannot create a temporary folder: \(systemMessage(errno))", at: .subject(root),
        hint: "set TMPDIR to a folder that can be written to")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
