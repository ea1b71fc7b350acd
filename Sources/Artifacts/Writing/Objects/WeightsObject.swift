import TensorFiles

/// Weights as a relocatable ELF file with one hidden symbol in a read-only section of their own.
///
/// An assembler would do the same, after it has read and written hundreds of megabytes once more.
struct WeightsObject {
  /// The symbol at the first byte.
  let symbol: String
  /// The number of the architecture in ELF files.
  let elfMachine: UInt16
  let bytes: UnsafeRawBufferPointer
  /// Of the first byte, a power of two from 64.
  let alignment: Int

  private static let sectionNames = [
    "", LibrarySize.weightsSection, ".symtab", ".strtab", ".shstrtab", ".note.GNU-stack",
  ]

  /// Writes the file: header, weights, symbols, names, section headers.
  func write(to sink: borrowing FileSink) throws {
    // A symbol needs a byte to stand for.
    let zero = [UInt8](repeating: 0, count: bytes.isEmpty ? 1 : 0)
    let weights = alignment..<(alignment + max(1, bytes.count))
    let padding = [UInt8](repeating: 0, count: (8 - weights.upperBound % 8) % 8)
    let symbols = weights.upperBound + padding.count
    let (symbolTable, symbolNames) = (symbolTable(size: weights.count), [0] + symbol.utf8 + [0])
    let (sectionNames, nameOffsets) = Self.names
    let names = symbols + symbolTable.count
    let end = names + symbolNames.count + sectionNames.count
    let tail = [UInt8](repeating: 0, count: (8 - end % 8) % 8)

    var headers = ElfBytes()
    headers.section()
    headers.section(
      name: nameOffsets[1], type: .bits, flags: .allocated, offset: weights.lowerBound,
      size: weights.count, alignment: alignment)
    // Symbols are named in section 3, and the first that is not local is number 1.
    headers.section(
      name: nameOffsets[2], type: .symbols, offset: symbols, size: symbolTable.count, link: 3,
      information: 1, alignment: 8, entry: 24)
    headers.section(
      name: nameOffsets[3], type: .strings, offset: names, size: symbolNames.count, alignment: 1)
    headers.section(
      name: nameOffsets[4], type: .strings, offset: names + symbolNames.count,
      size: sectionNames.count, alignment: 1)
    // Its presence says that the code needs no executable stack.
    headers.section(name: nameOffsets[5], type: .bits, offset: end, size: 0, alignment: 1)

    var header = ElfBytes.header(
      of: elfMachine, sections: Self.sectionNames.count, at: end + tail.count, names: 4)
    header += [UInt8](repeating: 0, count: alignment - header.count)
    try sink.write(header)
    try sink.write(bytes)
    try sink.write(
      zero + padding + symbolTable + symbolNames + sectionNames + tail + headers.bytes)
  }

  /// The empty symbol, then that of the weights: global, hidden, an object in section 1.
  private func symbolTable(size: Int) -> [UInt8] {
    var table = ElfBytes()
    table.append([UInt8](repeating: 0, count: 24))
    table.append(UInt32(1))
    table.append([0x11, 2])
    table.append(UInt16(1))
    table.append(UInt64(0))
    table.append(UInt64(size))
    return table.bytes
  }

  /// The names of the sections, each ended by a zero, and where each begins.
  private static var names: (bytes: [UInt8], offsets: [Int]) {
    var bytes: [UInt8] = []
    let offsets = sectionNames.map { name in
      defer { bytes += Array(name.utf8) + [0] }
      return bytes.count
    }
    return (bytes, offsets)
  }
}

/// Little-endian structures of the ELF-64 object file format (System V ABI, chapter 4).
private struct ElfBytes {
  enum SectionType: UInt32 {
    case none = 0
    case bits = 1
    case symbols = 2
    case strings = 3
  }

  enum Flags: UInt64 {
    case none = 0
    case allocated = 2
  }

  var bytes: [UInt8] = []

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// Appends a section header.
  mutating func section(
    name: Int = 0, type: SectionType = .none, flags: Flags = .none, offset: Int = 0,
    size: Int = 0, link: UInt32 = 0, information: UInt32 = 0, alignment: Int = 0, entry: Int = 0
  ) {
    append(UInt32(name))
    append(type.rawValue)
    append(flags.rawValue)
    append(UInt64(0))
    append(UInt64(offset))
    append(UInt64(size))
    append(link)
    append(information)
    append(UInt64(alignment))
    append(UInt64(entry))
  }

  /// The header of a relocatable file: 64 bytes.
  static func header(of machine: UInt16, sections: Int, at offset: Int, names: Int) -> [UInt8] {
    var header = ElfBytes()
    header.append([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9))
    for value in [UInt16(1), machine] { header.append(value) }
    header.append(UInt32(1))
    for value in [UInt64(0), 0, UInt64(offset)] { header.append(value) }
    header.append(UInt32(0))
    for value in [64, 0, 0, 64, UInt16(sections), UInt16(names)] { header.append(value) }
    return header.bytes
  }
}
