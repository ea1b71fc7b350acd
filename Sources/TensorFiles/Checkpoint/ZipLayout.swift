/// Where the entries of a zip archive lie whose contents are stored as they are, each aligned to 64
/// bytes as `torch.save` aligns them, and the archive's directory.
struct ZipLayout {
  /// An entry: its header, behind which its contents follow.
  struct Entry {
    let name: String
    let header: [UInt8]
  }

  private(set) var entries: [Entry] = []
  private var records: [UInt8] = []
  private var dataEnd = 0

  /// Adds an entry behind the others.
  mutating func add(_ name: String, _ contents: UnsafeRawBufferPointer) {
    let checksum = crc32(contents)
    let size = UInt32(truncatingIfNeeded: contents.count)
    let path = Array(name.utf8)
    let unaligned = dataEnd + 30 + path.count + 4
    let padding = (64 - unaligned % 64) % 64
    // Version 2.0, names in UTF-8, no compression, no date.
    let common: [UInt8] =
      littleEndian(20 as UInt16) + littleEndian(0x0800 as UInt16) + littleEndian(0 as UInt16)
      + littleEndian(0 as UInt16) + littleEndian(0x21 as UInt16) + littleEndian(checksum)
      + littleEndian(size) + littleEndian(size) + littleEndian(UInt16(path.count))
    let extra =
      littleEndian(0x4246 as UInt16) + littleEndian(UInt16(padding))
      + [UInt8](repeating: 0, count: padding)
    let header =
      littleEndian(0x0403_4b50 as UInt32) + common + littleEndian(UInt16(extra.count)) + path
      + extra
    records +=
      littleEndian(0x0201_4b50 as UInt32) + littleEndian(20 as UInt16) + common
      + [UInt8](repeating: 0, count: 12) + littleEndian(UInt32(truncatingIfNeeded: dataEnd)) + path
    entries.append(Entry(name: name, header: header))
    dataEnd += header.count + contents.count
  }

  mutating func add(_ name: String, _ contents: [UInt8]) {
    contents.withUnsafeBytes { add(name, $0) }
  }

  /// What follows the last entry.
  var directory: [UInt8] {
    let count = littleEndian(UInt16(truncatingIfNeeded: entries.count))
    return records + littleEndian(0x0605_4b50 as UInt32) + littleEndian(0 as UInt32) + count + count
      + littleEndian(UInt32(records.count)) + littleEndian(UInt32(truncatingIfNeeded: dataEnd))
      + littleEndian(0 as UInt16)
  }

  /// The size of the archive.
  var byteCount: Int { dataEnd + records.count + 22 }
}

/// The bytes of an integer, the least significant first.
func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian, Array.init)
}

/// The checksum of zip archives and PNG: CRC-32 with the reflected polynomial 0xedb88320.
func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  crcTable.withUnsafeBufferPointer { table in
    var sum: UInt32 = 0xffff_ffff
    for byte in bytes { sum = table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8) }
    return ~sum
  }
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { value, _ in
    value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1
  }
}
