import GraphIR
import TensorFiles

/// PNG and JPEG, and preprocessing of what is a small picture.
let pictureTarget = FuzzTarget("picture") { bytes in
  var repaired = Array(bytes)
  repairChecksums(&repaired)
  repaired.withUnsafeBytes { bytes in
    reading { try InputFile.shared.with(bytes) { try readPicture($0, seed: bytes.count) } }
  }
}

/// - Parameter seed: as good as random; sizes come from it.
private func readPicture(_ path: String, seed: Int) throws {
  let picture = try Picture(path: path)
  guard picture.width * picture.height <= 1 << 12 else { return }
  let crop = Pair(1 + seed % 7, 1 + seed % 13)
  let orders: [ImagePreprocessing.Channels] = [.rgb, .bgr, .gray]
  let channels = orders[seed % 3]
  let count = channels == .gray ? 1 : 3
  let least = min(crop.height, crop.width)
  let isCropped = seed % 5 != 0
  let clause = ImagePreprocessing(
    channels: channels,
    resize: seed % 2 == 0 ? .shorterSide(isCropped ? least + seed % 40 : least) : nil,
    interpolation: ImagePreprocessing.Interpolation.allCases[seed / 7 % 3],
    crop: isCropped ? crop : nil, mean: Array(repeating: 0.5, count: count),
    deviation: Array(repeating: 0.25, count: count))
  let shape = [1, count, crop.height, crop.width]
  let input = try preprocess(picture, as: clause, for: TensorType(shape))
  precondition(input.shape == shape, "a tensor of another shape")
}

/// Gives the chunks of a PNG file the checksums that its decoder asks for: a changed byte would
/// otherwise end every decoding at once.
private func repairChecksums(_ bytes: inout [UInt8]) {
  guard bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) else { return }
  var start = 8
  while start + 12 <= bytes.count {
    let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start - 12 else { return }
    let end = start + 8 + length
    let sum = checksum(bytes[start + 4..<end])
    for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
    start = end + 4
  }
}

/// CRC-32 as PNG has it.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var sum: UInt32 = 0xffff_ffff
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? 0xedb8_8320 ^ (sum >> 1) : sum >> 1 }
  }
  return ~sum
}
