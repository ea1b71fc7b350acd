/// A pickle that is put together by hand.
struct Pickle {
  private(set) var bytes: [UInt8]

  init(protocol version: UInt8 = 2) { bytes = [0x80, version] }

  /// Adds instructions by their letters, and operands as they are.
  func op(_ letters: String, _ operand: [UInt8] = []) -> Pickle {
    var result = self
    result.bytes += Array(letters.utf8) + operand
    return result
  }

  func raw(_ more: [UInt8]) -> Pickle {
    var result = self
    result.bytes += more
    return result
  }

  func text(_ value: String) -> Pickle {
    op("X", little(UInt32(value.utf8.count)) + Array(value.utf8))
  }

  /// An integer of 64 bits.
  func integer(_ value: Int) -> Pickle { raw([0x8a, 8] + little(value)) }

  func integers(_ values: [Int]) -> Pickle {
    values.reduce(op("(")) { $0.integer($1) }.op("t")
  }

  func global(_ module: String, _ name: String) -> Pickle { op("c\(module)\n\(name)\n") }

  func storage(_ key: String, count: Int, type: String = "FloatStorage") -> Pickle {
    op("(").text("storage").global("torch", type).text(key).text("cpu").integer(count).op("tQ")
  }

  /// A tensor of a storage `0`.
  func tensor(
    key: String = "0", count: Int, offset: Int = 0, shape: [Int], strides: [Int]? = nil,
    type: String = "FloatStorage"
  ) -> Pickle {
    global("torch._utils", "_rebuild_tensor_v2").op("(").storage(key, count: count, type: type)
      .integer(offset).integers(shape).integers(strides ?? shape.map { _ in 1 })
      .raw([0x89]).global("collections", "OrderedDict").op(")RtR")
  }

  /// A dictionary of one value.
  static func dictionary(_ name: String = "a", _ value: (Pickle) -> Pickle) -> Pickle {
    value(Pickle().op("}").text(name)).op("s.")
  }
}

func little(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian, Array.init)
}

/// An entry of an archive, and what may be wrong with it.
struct ZipEntry {
  var name: String
  var data: [UInt8]
  var method: UInt16 = 0
  var flags: UInt16 = 0
  /// The size that the directory gives.
  var claimedSize: Int?
  var claimedOffset: Int?
  /// The name in the entry's own header.
  var localName: String?
}

/// A zip archive, with its numbers in zip64 records where `large`.
func zip(_ entries: [ZipEntry], large: Bool = false) -> [UInt8] {
  var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
  for entry in entries {
    let offset = entry.claimedOffset ?? bytes.count
    let local = Array((entry.localName ?? entry.name).utf8)
    let size = entry.claimedSize ?? entry.data.count
    bytes += little(0x0403_4b50 as UInt32) + little(20 as UInt16) + little(entry.flags)
    bytes += little(entry.method) + [UInt8](repeating: 0, count: 8)
    bytes += little(UInt32(entry.data.count)) + little(UInt32(entry.data.count))
    bytes += little(UInt16(local.count)) + [0, 0] + local + entry.data
    let extra =
      large
      ? little(1 as UInt16) + little(24 as UInt16) + little(size) + little(size) + little(offset)
      : []
    directory += little(0x0201_4b50 as UInt32) + little(20 as UInt32) + little(entry.flags)
    directory += little(entry.method) + [UInt8](repeating: 0, count: 8)
    directory += number(size, large) + number(size, large) + little(UInt16(entry.name.utf8.count))
    directory += little(UInt16(extra.count)) + [UInt8](repeating: 0, count: 10)
    directory += number(offset, large) + Array(entry.name.utf8) + extra
  }
  let start = bytes.count
  bytes += directory
  if large {
    let record = bytes.count
    bytes += little(0x0606_4b50 as UInt32) + little(44) + [UInt8](repeating: 0, count: 12)
    bytes += little(entries.count) + little(entries.count) + little(directory.count) + little(start)
    bytes += little(0x0706_4b50 as UInt32) + little(0 as UInt32) + little(record)
    bytes += little(1 as UInt32)
  }
  bytes += little(0x0605_4b50 as UInt32) + little(0 as UInt32)
  bytes += little(UInt16(entries.count)) + little(UInt16(entries.count))
  return bytes + number(directory.count, large) + number(start, large) + [0, 0]
}

private func number(_ value: Int, _ large: Bool) -> [UInt8] {
  little(large ? UInt32.max : UInt32(value))
}

/// A checkpoint in the zip format with one storage `0` of so many zeros.
func checkpoint(_ pickle: Pickle, zeros: Int = 0, more: [ZipEntry] = []) -> [UInt8] {
  zip(
    [
      ZipEntry(name: "archive/data.pkl", data: pickle.bytes),
      ZipEntry(name: "archive/data/0", data: [UInt8](repeating: 0, count: zeros)),
    ] + more)
}

/// A checkpoint in the legacy format: its pickles, the keys and what follows them.
func legacyCheckpoint(_ pickle: Pickle, keys: [String] = [], storages: [UInt8] = []) -> [UInt8] {
  let magic: [UInt8] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  let list = keys.reduce(Pickle().op("](")) { $0.text($1) }.op("e.")
  return Pickle().raw(magic).op(".").bytes + Pickle().op("M", [0xe9, 0x03]).op(".").bytes
    + Pickle().op("}.").bytes + pickle.bytes + list.bytes + storages
}
