import CResinRuntime

/// The header page of a file of weights: see docs/library.md.
enum WeightsFile {
  /// The 64-bit checksum by which a library knows its weights.
  static func checksum(of weights: AlignedMemory) -> UInt64 {
    resin_weights_checksum(weights.bytes.baseAddress, weights.bytes.count)
  }

  /// Bytes before the weights.
  static var headerBytes: Int { Int(RESIN_WEIGHTS_HEADER_BYTES) }

  /// The page before the weights.
  static func header(model: String, weightsBytes: Int, checksum: UInt64) -> [UInt8] {
    let size = headerBytes
    var page = Array("RESINWTS".utf8)
    page += littleEndian(UInt32(RESIN_WEIGHTS_FORMAT_VERSION))
    page += littleEndian(UInt32(size))
    page += littleEndian(UInt64(weightsBytes))
    page += littleEndian(checksum)
    page += Array(model.utf8)
    precondition(page.count < size, "the model's name fills the header page")
    return page + [UInt8](repeating: 0, count: size - page.count)
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
