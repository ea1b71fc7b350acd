import Diagnostics
import Glibc
import Planning
import TensorFiles

/// The headers of an ELF file, as far as it takes to know that the system's loader will not read
/// past its end: the loader maps what the headers promise and dies of a bus error where the file is
/// shorter.
package enum SharedObjectFile {
  /// Throws unless the file is a whole shared library for this machine's architecture.
  package static func check(_ path: String) throws {
    let place = Diagnostic.Place.subject(path)
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      throw DiagnosticError("cannot open: \(systemMessage(errno))", at: place)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw DiagnosticError("no regular file", at: place)
    }
    FileUses.note(status, as: .input)
    let size = UInt64(status.st_size)
    guard let header = read(file, at: 0, count: 64), header.prefix(4) == [0x7f, 0x45, 0x4c, 0x46]
    else { throw DiagnosticError("no shared library", at: place) }
    let isELF64 = header[4] == 2 && header[5] == 1
    let host = Architecture.host
    let machine = UInt16(integer(header, 18, 2))
    let isLibrary = isELF64 && integer(header, 16, 2) == 3
    if isLibrary, let other = Architecture.allCases.first(where: { $0.elfMachine == machine }),
      other != host
    {
      throw DiagnosticError(
        "a library for \(other.rawValue), which this machine cannot run", at: place,
        hint: "compile the model with --target \(Platform.host.rawValue) to run it here")
    }
    guard isLibrary, machine == host.elfMachine else {
      throw DiagnosticError("no shared library for \(host.rawValue)", at: place)
    }
    guard isWhole(file, size: size, header) else {
      throw DiagnosticError("the library is not whole: part of the file is missing", at: place)
    }
  }

  /// Whether the program headers, all that they map, and the section headers at the end lie within
  /// the file.
  private static func isWhole(_ file: Int32, size: UInt64, _ header: [UInt8]) -> Bool {
    let tableOffset = integer(header, 32, 8)
    let count = Int(integer(header, 56, 2))
    let sections = integer(header, 40, 8).addingReportingOverflow(
      integer(header, 58, 2) * integer(header, 60, 2))
    guard integer(header, 54, 2) == 56, count > 0, tableOffset < size, !sections.overflow,
      sections.partialValue <= size,
      let table = read(file, at: tableOffset, count: count * 56)
    else { return false }
    return (0..<count).allSatisfy { index in
      let end = integer(table, index * 56 + 8, 8)
        .addingReportingOverflow(integer(table, index * 56 + 32, 8))
      return !end.overflow && end.partialValue <= size
    }
  }

  /// Exactly `count` bytes of a file, or nil.
  private static func read(_ file: Int32, at offset: UInt64, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let offset = off_t(exactly: offset), pread(file, &bytes, count, offset) == count else {
      return nil
    }
    return bytes
  }

  /// A little-endian integer of a few bytes.
  private static func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
