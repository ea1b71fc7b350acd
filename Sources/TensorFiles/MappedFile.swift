import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of a file, mapped read-only: pages are read when they are first touched, so that
/// opening a file of any size takes no time and memory.
public final class MappedFile: Sendable {
  /// The path as the user wrote it, for messages.
  public let path: String
  /// The contents; valid as long as this object lives.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// Maps the file at a path.
  ///
  /// - Parameter use: what `FileUses` is told of the file.
  /// - Throws: `DiagnosticError` where there is no such file, it may not be read, or it is not a
  ///   regular file.
  public init(path: String, as use: FileUses.Use = .input) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw MappedFile.failure("cannot open the file", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw MappedFile.failure("cannot read the file's size", path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw DiagnosticError(
        isFolder ? "is a folder, not a file" : "is not a regular file", at: .subject(path))
    }
    FileUses.note(status, as: use)
    guard status.st_size > 0 else {
      // An empty mapping is an error to the system but not to us: readers say what an empty file
      // lacks.
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let size = Int(status.st_size)
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw MappedFile.failure("cannot map the file", path) }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }

  private static func failure(_ what: String, _ path: String) -> DiagnosticError {
    DiagnosticError("\(what): \(systemErrorText())", at: .subject(path))
  }
}

/// The system's words for the last failed call.
func systemErrorText() -> String { String(cString: strerror(errno)) }
