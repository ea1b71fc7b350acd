import Diagnostics
import Glibc
import TensorFiles

/// What the system calls an error: `No such file or directory`.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// The last component of a path.
func baseName(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// A name without its last ending.
func withoutEnding(_ name: String) -> String {
  let parts = name.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count > 1 && !parts[0].isEmpty ? parts.dropLast().joined(separator: ".") : name
}

/// The path of a file in the folder of another.
func sibling(_ name: String, of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return name }
  return path[...slash] + name
}

/// A path that means the same in every folder.
func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return "\(String(cString: folder))/\(path)"
}

/// A folder for intermediate files that goes away with its contents.
struct TemporaryFolder: ~Copyable {
  let path: String

  /// Creates an empty folder under `TMPDIR`, or `/tmp`.
  init() throws {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    path = try UnfinishedFiles.change { unfinished in
      var template = Array("\(root)/resin-XXXXXX".utf8CString)
      let made = mkdtemp(&template) != nil
      guard made else {
        throw DiagnosticError(
          "cannot create a temporary folder: \(systemMessage(errno))", at: .subject(root),
          hint: "set TMPDIR to a folder that can be written to")
      }
      let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      unfinished.append(path)
      return path
    }
  }

  deinit {
    UnfinishedFiles.change { unfinished in
      UnfinishedFiles.removeFolder(path)
      unfinished.removeAll { $0 == path }
    }
  }
}
