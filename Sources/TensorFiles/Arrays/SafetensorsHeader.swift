import Diagnostics
import GraphIR

/// The header of a safetensors file: eight bytes of length, then JSON from names to types, shapes
/// and byte ranges.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let stored: StoredType
    let shape: [Int]
    /// Bytes after the header.
    let range: Range<Int>
  }

  /// In the order of the header.
  var entries: [Entry] = []
  /// Free text of the writer, in the order of the header.
  var metadata: [(key: String, value: String)] = []
  /// The offset in the file of the first byte after the header.
  var dataStart = 0

  /// The limit of the format's reference implementation.
  static let maximumLength = 100_000_000

  static let types: [(name: String, type: StoredType)] = [
    ("F32", .float32), ("F16", .float16), ("BF16", .bfloat16), ("F64", .float64),
    ("I64", .int64), ("I32", .int32), ("I16", .int16), ("I8", .int8),
    ("U64", .uint64), ("U32", .uint32), ("U16", .uint16), ("U8", .uint8), ("BOOL", .bool),
  ]

  /// Reads and checks the header of a whole file: afterwards every range lies in the file and fits
  /// its shape.
  init(_ file: MappedFile) throws {
    let bytes = file.bytes
    let place = Diagnostic.Place.subject("\(file.path): header")
    guard bytes.count >= 8 else {
      throw DiagnosticError(
        bytes.isEmpty
          ? "the file is empty"
          : "the file of \(quantity(bytes.count, "byte")) is too short for a safetensors file",
        at: place)
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.maximumLength else {
      throw DiagnosticError(
        "a header of \(length) bytes is more than the format allows", at: place,
        hint: "is this a safetensors file?")
    }
    guard Int(length) <= bytes.count - 8 else {
      throw DiagnosticError(
        "the file is truncated: its header has \(length) bytes but only \(bytes.count - 8) follow",
        at: place)
    }
    dataStart = 8 + Int(length)
    try parse(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]), file)
    try checkRanges(file, dataCount: bytes.count - dataStart)
  }

  // MARK: Text

  private mutating func parse(_ text: UnsafeRawBufferPointer, _ file: MappedFile) throws {
    var scanner = JSONScanner(text)
    var names: Set<String> = []
    var problem: DiagnosticError?
    do throws(JSONScanner.Failure) {
      try scanner.list("{", "}") { scanner throws(JSONScanner.Failure) in
        let key = try scanner.string()
        guard names.insert(key).inserted else {
          throw scanner.failure("the key '\(key)' stands twice")
        }
        try scanner.expect(":")
        if key == "__metadata__" {
          try parseMetadata(&scanner)
        } else {
          try parseEntry(key, &scanner, file, &problem)
        }
      }
      if scanner.peek() != nil { throw scanner.failure("text after the header's end") }
    } catch {
      throw DiagnosticError(
        "byte \(error.offset): \(error.message)", at: .subject("\(file.path): header"))
    }
    if let problem { throw problem }
  }

  private mutating func parseMetadata(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    var found: [(String, String)] = []
    try scanner.list("{", "}") { scanner throws(JSONScanner.Failure) in
      let key = try scanner.string()
      try scanner.expect(":")
      found.append((key, try scanner.string()))
    }
    metadata = found
  }

  private mutating func parseEntry(
    _ name: String, _ scanner: inout JSONScanner, _ file: MappedFile,
    _ problem: inout DiagnosticError?
  ) throws(JSONScanner.Failure) {
    var (type, shape, offsets): (String?, [Int]?, [Int]?)
    try scanner.list("{", "}") { scanner throws(JSONScanner.Failure) in
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "dtype" where type == nil: type = try scanner.string()
      case "shape" where shape == nil: shape = try Self.numbers(&scanner)
      case "data_offsets" where offsets == nil: offsets = try Self.numbers(&scanner)
      default:
        throw scanner.failure("the key '\(key)' of tensor '\(name)' is unknown or twice there")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw scanner.failure("tensor '\(name)' needs a dtype, a shape and two data_offsets")
    }
    do {
      entries.append(try Self.entry(name, type, shape, offsets, file))
    } catch {
      problem = problem ?? error
    }
  }

  private static func numbers(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [Int] {
    var numbers: [Int] = []
    try scanner.list("[", "]") { scanner throws(JSONScanner.Failure) in
      numbers.append(try scanner.wholeNumber())
    }
    return numbers
  }

  // MARK: Meaning

  private static func entry(
    _ name: String, _ type: String, _ shape: [Int], _ offsets: [Int], _ file: MappedFile
  ) throws(DiagnosticError) -> Entry {
    let place = Diagnostic.Place.subject("\(file.path): tensor '\(name)'")
    guard let stored = types.first(where: { $0.name == type })?.type else {
      throw DiagnosticError(
        "has the element type '\(type)', which is not supported", at: place,
        hint: "convert it to one of " + types.map(\.name).joined(separator: ", "))
    }
    guard let count = checkedCount(of: shape) else {
      throw DiagnosticError("has the shape \(shape), which is too large", at: place)
    }
    guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == count * stored.byteCount else {
      throw DiagnosticError(
        "has \(count * stored.byteCount) bytes by its shape \(shape) and type \(type), but data_offsets \(offsets)",
        at: place)
    }
    return Entry(name: name, stored: stored, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// The format demands that the ranges cover the data without gaps, so that nothing can hide
  /// between them.
  private func checkRanges(_ file: MappedFile, dataCount: Int) throws {
    let ordered = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in ordered {
      let place = Diagnostic.Place.subject("\(file.path): tensor '\(entry.name)'")
      guard entry.range.upperBound <= dataCount else {
        throw DiagnosticError(
          "the file is truncated: the tensor's bytes \(entry.range) pass the \(dataCount) that are there",
          at: place)
      }
      guard entry.range.lowerBound == end else {
        let what =
          entry.range.lowerBound < end ? "overlaps the tensor" : "leaves a gap after the one"
        throw DiagnosticError("\(what) before it in the file", at: place)
      }
      end = entry.range.upperBound
    }
    guard end == dataCount else {
      throw DiagnosticError(
        "the file goes on for \(quantity(dataCount - end, "byte")) after the last tensor",
        at: .subject(file.path))
    }
  }
}
