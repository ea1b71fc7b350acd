import Diagnostics
import Glibc

/// Output files that appear whole and together, or not at all: written aside in their folders, renamed at the end.
///
/// A value that goes away without `commit()` leaves nothing behind.
struct StagedFiles: ~Copyable {
  private var entries: [(staged: String, final: String)] = []

  init() {}

  deinit {
    for entry in entries { unlink(entry.staged) }
  }

  /// Reserves a place for a file and gives the path to write it to, where an empty file is.
  mutating func stage(_ path: String) throws -> String {
    let place = Diagnostic.Place.subject(path)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let what = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw DiagnosticError("cannot write: there is \(what) of that name", at: place)
    }
    let staged = parentFolder(of: path) + "/.\(baseName(of: path)).\(getpid()).\(entries.count)"
    let file = open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else {
      throw writeFailure(path)
    }
    close(file)
    entries.append((staged, path))
    return staged
  }

  /// Adds a file with the bytes of several buffers one after another.
  mutating func add(_ path: String, _ parts: UnsafeRawBufferPointer...) throws {
    try writeFile(try stage(path), parts, shownAs: path)
  }

  /// Adds a text file.
  mutating func add(_ path: String, text: String) throws {
    try Array(text.utf8).withUnsafeBytes { try add(path, $0) }
  }

  /// Gives all files their names.
  consuming func commit() throws {
    while let entry = entries.last {
      guard rename(entry.staged, entry.final) == 0 else {
        throw writeFailure(entry.final)
      }
      entries.removeLast()
    }
  }
}
