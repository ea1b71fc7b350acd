import Diagnostics

/// The entries of a zip archive whose contents are stored as they are (APPNOTE.TXT 6.3.10, with
/// zip64): what `torch.save` writes.
///
/// Nothing is extracted: an entry is a range of the file's bytes. Compressed entries are refused,
/// so that no archive can grow when it is read; so are entries that overlap, stand twice or have
/// names that lead out of a folder.
struct ZipArchive {
  private static let maximumEntries = 200_000

  /// The contents of each entry by name.
  private(set) var ranges: [String: Range<Int>] = [:]
  /// The names in the order of the archive's directory.
  private(set) var names: [String] = []

  private let path: String
  private let bytes: UnsafeRawBufferPointer

  /// Reads and checks the directory of an archive: afterwards every range lies in the file.
  init(_ file: MappedFile) throws {
    path = file.path
    bytes = file.bytes
    let directory = try findDirectory()
    guard directory.count <= Self.maximumEntries else {
      throw failure("an archive of \(directory.count) entries is too large")
    }
    var position = directory.range.lowerBound
    var occupied: [Range<Int>] = []
    for _ in 0..<directory.count {
      let entry = try readEntry(&position, end: directory.range.upperBound)
      let contents = try contents(of: entry, before: directory.range.lowerBound)
      occupied.append(entry.offset..<contents.upperBound)
      guard ranges.updateValue(contents, forKey: entry.name) == nil else {
        throw failure("the entry '\(entry.name)' stands twice")
      }
      names.append(entry.name)
    }
    occupied.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    for (one, next) in zip(occupied, occupied.dropFirst()) where next.lowerBound < one.upperBound {
      throw failure("entries of the archive overlap")
    }
  }

  // MARK: Directory

  private struct Entry {
    let name: String
    let size: Int
    /// Where the entry's own header is.
    let offset: Int
  }

  /// The end record is the last in the file, but for a comment; the zip64 one is found through a
  /// locator right before it.
  private func findDirectory() throws -> (range: Range<Int>, count: Int) {
    let earliest = max(0, bytes.count - 22 - 0xffff)
    var end = bytes.count - 22
    while end >= earliest,
      !isSignature(0x0605_4b50, at: end) || end + 22 + half(end + 20) != bytes.count
    {
      end -= 1
    }
    guard end >= earliest else {
      throw failure("the archive has no directory: the file is truncated")
    }
    var (count, size, start, limit) = (half(end + 10), word(end + 12), word(end + 16), end)
    if end >= 20, isSignature(0x0706_4b50, at: end - 20) {
      let record = try long(end - 12)
      guard record <= end - 20 - 56, isSignature(0x0606_4b50, at: record) else {
        throw failure("the archive's zip64 directory is not where it should be")
      }
      (count, size, start, limit) =
        (try long(record + 32), try long(record + 40), try long(record + 48), record)
    }
    guard start <= limit, size <= limit - start, count <= size / 46 else {
      throw failure("the archive's directory does not fit the file")
    }
    return (start..<start + size, count)
  }

  private func readEntry(_ position: inout Int, end: Int) throws -> Entry {
    let start = position
    guard end - start >= 46, isSignature(0x0201_4b50, at: start) else {
      throw failure("the archive's directory is damaged")
    }
    let (nameLength, extraLength) = (half(start + 28), half(start + 30))
    position += 46 + nameLength + extraLength + half(start + 32)
    guard position <= end else { throw failure("the archive's directory is damaged") }
    let name = try name(at: start + 46, count: nameLength)
    guard half(start + 8) & 1 == 0 else { throw failure("the entry '\(name)' is encrypted") }
    guard half(start + 10) == 0 else {
      throw failure(
        "the entry '\(name)' is compressed, as torch.save never writes it",
        hint: "load the file with torch.load and save it again, or unpack it and zip it with -0")
    }
    // Size, size in the file, offset. What needs more than 32 bits stands in an extra field, in
    // this order.
    var numbers = [word(start + 24), word(start + 20), word(start + 42)]
    var extra = zip64Field(at: start + 46 + nameLength, count: extraLength)
    for index in numbers.indices where numbers[index] == 0xffff_ffff && extra.count >= 8 {
      numbers[index] = try long(extra.lowerBound)
      extra = extra.dropFirst(8)
    }
    guard numbers[0] == numbers[1] else {
      throw failure("the entry '\(name)' has \(numbers[1]) bytes for contents of \(numbers[0])")
    }
    return Entry(name: name, size: numbers[0], offset: numbers[2])
  }

  /// The bytes of the extra field 1; empty where there is none.
  private func zip64Field(at start: Int, count: Int) -> Range<Int> {
    var position = start
    while position + 4 <= start + count {
      let (kind, length) = (half(position), half(position + 2))
      guard position + 4 + length <= start + count else { break }
      if kind == 1 { return position + 4..<position + 4 + length }
      position += 4 + length
    }
    return start..<start
  }

  /// The bytes behind the entry's own header, which must say the same of it as the directory.
  private func contents(of entry: Entry, before limit: Int) throws -> Range<Int> {
    let start = entry.offset
    guard start <= limit, limit - start >= 30, isSignature(0x0403_4b50, at: start) else {
      throw failure("the entry '\(entry.name)' is not where the directory says")
    }
    let nameLength = half(start + 26)
    let data = start + 30 + nameLength + half(start + 28)
    guard data <= limit, entry.size <= limit - data else {
      throw failure("the file is truncated: the entry '\(entry.name)' passes the archive's end")
    }
    guard half(start + 8) == 0, try name(at: start + 30, count: nameLength) == entry.name else {
      throw failure("the entry '\(entry.name)' is another one than the directory says")
    }
    return data..<data + entry.size
  }

  private func name(at start: Int, count: Int) throws -> String {
    let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    guard let name = String(validating: raw, as: UTF8.self), !name.isEmpty,
      name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0 != "\\" && $0.value != 127 }),
      !name.hasPrefix("/"), !name.split(separator: "/").contains("..")
    else { throw failure("an entry of the archive has a name that is no path inside it") }
    return name
  }

  // MARK: Numbers

  /// Offsets of the fields below lie in the file: callers check the record they are in.
  private func half(_ offset: Int) -> Int {
    Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }

  private func word(_ offset: Int) -> Int {
    Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }

  private func long(_ offset: Int) throws -> Int {
    let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    guard let value = Int(exactly: value) else {
      throw failure("a number in the archive's directory is too large")
    }
    return value
  }

  private func isSignature(_ signature: Int, at offset: Int) -> Bool {
    offset <= bytes.count - 4 && word(offset) == signature
  }

  private func failure(_ message: String, hint: String? = nil) -> DiagnosticError {
    DiagnosticError(message, at: .subject(path), hint: hint)
  }
}
