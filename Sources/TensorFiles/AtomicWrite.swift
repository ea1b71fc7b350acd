import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that is being written by `writeFileAtomically(path:mode:as:_:)`.
public struct FileSink: ~Copyable {
  fileprivate let path: String
  fileprivate let descriptor: Int32

  /// Appends bytes.
  ///
  /// - Throws: `DiagnosticError` where the system refuses, as on a full disk.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      #if canImport(Darwin)
        let count = Darwin.write(descriptor, part.baseAddress, part.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, part.baseAddress, part.count)
      #else
        let count = Glibc.write(descriptor, part.baseAddress, part.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw writeFailure("cannot write the file", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Appends bytes; see `write(_:)` of a buffer.
  public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}

/// Output files that appear whole and together, or not at all: written aside in their folders,
/// named at the end.
///
/// A set that goes away without `commit()` leaves nothing behind.
public final class StagedFiles {
  private var entries: [(aside: String, path: String)] = []
  /// Those that were made for the files, outer ones first.
  private var folders: [String] = []
  private let use: FileUses.Use

  /// Creates an empty set of files.
  ///
  /// - Parameter use: what the files are; caches may take the place of what was read from them.
  public init(as use: FileUses.Use = .output) { self.use = use }

  deinit {
    guard !entries.isEmpty || !folders.isEmpty else { return }
    UnfinishedFiles.change { unfinished in
      for entry in entries {
        unlink(entry.aside)
        unfinished.removeAll { $0 == entry.aside }
      }
      for folder in folders.reversed() {
        rmdir(folder)
        unfinished.removeAll { $0 == folder }
      }
    }
  }

  /// Makes a folder for files, and those around it; where the files come to nothing, they go again.
  ///
  /// - Throws: `DiagnosticError` where it is something else or cannot be made.
  public func makeFolder(_ path: String) throws {
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      folder += part
      try UnfinishedFiles.change { unfinished in
        var status = stat()
        if stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        guard mkdir(folder, 0o777) == 0 else { throw cannotMakeFolder(path, systemErrorText()) }
        // Inner ones first, for an interrupted process to remove them in this order.
        unfinished.insert(folder, at: 0)
        folders.append(folder)
      }
      folder += "/"
    }
  }

  /// Reserves a place for a file, for a tool to write it.
  ///
  /// - Parameters:
  ///   - path: what the file is to be called in the end; its folder must exist.
  ///   - mode: the permissions of a new file, less the process's mask.
  /// - Returns: the path to write to, where an empty file is.
  /// - Throws: `DiagnosticError` where the file cannot be written, or `FileUses` knows it.
  public func stage(_ path: String, mode: UInt32 = 0o666) throws -> String {
    close(try open(path, mode: mode))
    return entries[entries.count - 1].aside
  }

  /// Adds a file; see `writeFileAtomically(path:mode:as:_:)`.
  // Swift 6.3 crashes when it inlines a call that passes a noncopyable value to a closure of the
  // caller's caller.
  @inline(never)
  public func write(
    _ path: String, mode: UInt32 = 0o666, _ body: (borrowing FileSink) throws -> Void
  ) throws {
    let descriptor = try open(path, mode: mode)
    defer { close(descriptor) }
    try body(FileSink(path: path, descriptor: descriptor))
  }

  /// Gives all files their names; whoever interrupts the process does so before or after that.
  ///
  /// - Throws: `DiagnosticError` where the system refuses; files that are named already stay.
  public func commit() throws {
    try UnfinishedFiles.change { unfinished in
      while let entry = entries.last {
        guard rename(entry.aside, entry.path) == 0 else {
          throw writeFailure("cannot name the written file", entry.path)
        }
        var status = stat()
        if stat(entry.path, &status) == 0 { FileUses.note(status, as: use) }
        unfinished.removeAll { $0 == entry.aside }
        entries.removeLast()
      }
      unfinished.removeAll(where: folders.contains)
      folders = []
    }
  }

  private func open(_ path: String, mode: UInt32) throws -> Int32 {
    try checkPlace(path, as: use)
    // The process number keeps two writers of the same path apart; O_EXCL keeps us off other
    // people's files.
    let aside = "\(path).\(getpid()).tmp"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let descriptor = try UnfinishedFiles.change { unfinished in
      #if canImport(Darwin)
        let descriptor = Darwin.open(aside, flags, mode_t(mode))
      #elseif canImport(Musl)
        let descriptor = Musl.open(aside, flags, mode_t(mode))
      #else
        let descriptor = Glibc.open(aside, flags, mode_t(mode))
      #endif
      guard descriptor >= 0 else {
        // Other spellings of a path have the same file aside.
        if errno == EEXIST, isOurs(aside) { throw FileUses.sameOutput(path) }
        throw writeFailure("cannot write the file", path)
      }
      unfinished.append(aside)
      return descriptor
    }
    entries.append((aside, path))
    return descriptor
  }

  /// Whether a file is one of those written aside.
  private func isOurs(_ aside: String) -> Bool {
    var (one, other) = (stat(), stat())
    guard stat(aside, &one) == 0 else { return false }
    return entries.contains {
      stat($0.aside, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
  }
}

/// Writes a file so that a reader sees either the old contents or all of the new: into a file aside
/// in the same folder, which then takes the name. A failure leaves what was there.
///
/// - Parameters:
///   - path: where to write; its folder must exist.
///   - mode: the permissions of a new file, less the process's mask.
///   - use: see `StagedFiles.init(as:)`.
///   - body: writes the contents piece by piece, so that a large blob need not be copied behind its
///     header.
/// - Throws: `DiagnosticError` where the file cannot be written, or what `body` throws.
public func writeFileAtomically(
  path: String, mode: UInt32 = 0o666, as use: FileUses.Use = .output,
  _ body: (borrowing FileSink) throws -> Void
) throws {
  let files = StagedFiles(as: use)
  try files.write(path, mode: mode, body)
  try files.commit()
}

/// Writes a file of given bytes; see `writeFileAtomically(path:mode:as:_:)`.
public func writeFileAtomically(
  path: String, mode: UInt32 = 0o666, as use: FileUses.Use = .output, bytes: [UInt8]
) throws {
  try writeFileAtomically(path: path, mode: mode, as: use) { try $0.write(bytes) }
}

/// Throws where a command could not write its outputs, or they would take the place of what it reads
/// or of each other: to be asked before anything is computed. What is there when they are written
/// counts all the same.
public func checkOutputs(_ paths: [String]) throws {
  var known: Set<String> = []
  for path in paths {
    guard known.insert(path).inserted else { throw FileUses.sameOutput(path) }
    try checkPlace(path, as: .output)
    guard access(folder(of: path), W_OK) == 0 else {
      throw writeFailure("cannot write the file", path)
    }
  }
}

/// The same for files of a folder, which need not be there.
public func checkOutputs(_ names: [String], inFolder folder: String) throws {
  var status = stat()
  let isThere = stat(folder, &status) == 0
  guard !isThere || status.st_mode & S_IFMT == S_IFDIR else {
    throw cannotMakeFolder(folder, "it is a file")
  }
  var known: Set<String> = []
  for name in names where !known.insert(name).inserted {
    throw FileUses.sameOutput("\(folder)/\(name)")
  }
  if isThere { try checkOutputs(names.map { "\(folder)/\($0)" }) }
}

private func cannotMakeFolder(_ path: String, _ why: String) -> DiagnosticError {
  DiagnosticError("cannot make the folder: \(why)", at: .subject(path))
}

/// Throws where a file of this name cannot be written, or would take the place of something that
/// it must not.
private func checkPlace(_ path: String, as use: FileUses.Use) throws {
  guard !path.isEmpty else { throw DiagnosticError("cannot write: the name of the file is empty") }
  guard path != "-" else {
    throw DiagnosticError(
      "cannot write to standard output", at: .subject(path),
      hint: "give the path of a file, which then appears whole")
  }
  var status = stat()
  guard stat(path, &status) == 0 else { return }
  // A rename would replace a device, or the link /dev/stdout, or fail late on a folder.
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw DiagnosticError("cannot write here: it is a folder", at: .subject(path))
  }
  guard status.st_mode & S_IFMT == S_IFREG, !leadsToOpenFile(path) else {
    throw DiagnosticError(
      "cannot write here: it is not a regular file", at: .subject(path),
      hint: "give the path of a file, which then appears whole")
  }
  try FileUses.check(status, path, as: use)
}

/// Whether the name stands for something that this process has open, as /dev/stdout and
/// /proc/self/fd/1 do.
private func leadsToOpenFile(_ path: String) -> Bool {
  guard let resolved = realpath(folder(of: path), nil) else { return false }
  defer { free(resolved) }
  let name = String(cString: resolved)
  return name == "/dev" || name == "/proc" || name.hasPrefix("/proc/")
}

/// The folder that a file lies in.
private func folder(of path: String) -> String {
  let end = path.lastIndex(of: "/")
  return end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}

private func writeFailure(_ what: String, _ path: String) -> DiagnosticError {
  let hint: String? =
    switch errno {
    case ENOSPC: "free some space on this disk, or write to another with -o"
    case EDQUOT: "your quota on this disk is used up: write to another with -o"
    case EFBIG: "a limit on the size of files is in force: see ulimit -f"
    case EACCES, EPERM, EROFS: "write to a folder that you may write to with -o"
    case ENOENT: "make the folder first"
    default: nil
    }
  return DiagnosticError("\(what): \(systemErrorText())", at: .subject(path), hint: hint)
}
