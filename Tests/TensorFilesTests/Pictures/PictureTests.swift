import Foundation
import GraphIR
import TensorFiles
import Testing

@Suite struct PictureTests {
  /// Largest and mean difference of levels.
  static func difference(_ picture: Picture, _ golden: Tensor) throws -> (Int, Double) {
    try #require(golden.shape == [picture.height, picture.width, 3])
    let differences = zip(picture.pixels, golden.wholeNumbers ?? []).map { abs(Int($0) - Int($1)) }
    return (
      differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(differences.count)
    )
  }

  /// `make_goldens.py` and `make_picture_kinds.py` hold Pillow's pixels of each.
  @Test(arguments: [
    "rgb.png", "grey.png", "palette.png", "rgba.png", "grey_alpha.png", "bits.png", "grey16.png",
    "bits2_interlaced.png", "bits4.png", "palette1_transparent.png", "palette4_interlaced.png",
    "grey_transparent.png", "grey16_interlaced.png", "grey_alpha16_interlaced.png", "rgb16.png",
    "rgb16_interlaced.png", "rgba16_gamma.png", "rgb_gamma.png", "palette_gamma.png",
    "rgb.jpg", "grey.jpg", "progressive.jpg", "cmyk.jpg", "ycck.jpg",
  ])
  func pixelsEqualPillows(_ name: String) throws {
    let picture = try Picture(path: "\(goldens)/\(name)")
    let golden = try readNumpy(path: "\(goldens)/npy_\(name).npy")
    let (largest, mean) = try Self.difference(picture, golden)
    // PNG is exact; versions of the JPEG decoder may round differently here and there.
    #expect(largest <= (name.hasSuffix("jpg") ? 2 : 0))
    #expect(mean < 0.2)
  }

  @Test func theFormatIsToldByTheBytes() throws {
    let jpeg = Array(try Data(contentsOf: URL(fileURLWithPath: "\(goldens)/rgb.jpg")))
    try withTemporaryFolder { folder in
      let path = "\(folder)/picture.png"
      try writeFileAtomically(path: path, bytes: jpeg)
      #expect(try Picture(path: path) == Picture(path: "\(goldens)/rgb.jpg"))
    }
  }

  @Test func otherFilesAreDiagnosed() throws {
    try expectDiagnostic([], ["the file is empty"]) { try Picture(path: $0) }
    try expectDiagnostic(Array("GIF89a".utf8), ["neither a PNG nor a JPEG"]) {
      try Picture(path: $0)
    }
    expectDiagnostic(["cannot open the file"]) { _ = try Picture(path: "\(goldens)/none.png") }
  }

  @Test(arguments: [
    "rgb.png", "rgba.png", "palette.png", "rgb16_interlaced.png", "rgb.jpg", "progressive.jpg",
    "cmyk.jpg",
  ])
  func truncationsAreDiagnosed(_ name: String) throws {
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: "\(goldens)/\(name)")))
    for count in stride(from: 1, to: whole.count - 20, by: max(1, whole.count / 40)) {
      try expectDiagnostic(Array(whole[..<count]), []) { try Picture(path: $0) }
    }
  }

  /// Changes of single bytes may give another picture or a diagnostic, but nothing worse.
  @Test(arguments: ["rgb.png", "rgb16_interlaced.png", "rgb.jpg"])
  func damageDoesNotTrap(_ name: String) throws {
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: "\(goldens)/\(name)")))
    try withTemporaryFolder { folder in
      for position in stride(from: 0, to: whole.count, by: max(1, whole.count / 150)) {
        var damaged = whole
        damaged[position] ^= UInt8(truncatingIfNeeded: position &* 37 | 1)
        let path = "\(folder)/\(position)"
        try writeFileAtomically(path: path, bytes: damaged)
        _ = try? Picture(path: path)
      }
    }
  }

  @Test(arguments: [
    (UInt32(60000), UInt32(60000), "too large"), (8000, 8000, "cannot hold"),
    (0x7fff_ffff, 0x7fff_ffff, "the PNG decoder refuses the picture"),
    (0, 5, "the PNG decoder refuses the picture"),
  ])
  func aHeaderThatLiesIsDiagnosed(_ width: UInt32, _ height: UInt32, _ message: String) throws {
    var chunk = Array("IHDR".utf8)
    for extent in [width, height] { chunk += withUnsafeBytes(of: extent.bigEndian, Array.init) }
    chunk += [8, 2, 0, 0, 0]
    let bytes: [UInt8] =
      [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13] + chunk
      + withUnsafeBytes(of: crc32(chunk).bigEndian, Array.init)
      + [0, 0, 0, 0] + Array("IDAT".utf8) + [0x35, 0xaf, 0x06, 0x1e]
    try expectDiagnostic(bytes, [message]) { try Picture(path: $0) }
  }

  private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in
        value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0)
      }
    }
  }
}
