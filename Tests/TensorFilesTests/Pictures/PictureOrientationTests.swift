import Foundation
import GraphIR
import TensorFiles
import Testing

@Suite struct PictureOrientationTests {
  private static func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(goldens)/\(name)")))
  }

  private static func number(_ value: Int, _ count: Int, _ isBigEndian: Bool) -> [UInt8] {
    let digits = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isBigEndian ? digits.reversed() : digits
  }

  /// EXIF whose first directory has the maker's name, the orientation and nothing else.
  private static func exif(_ orientation: Int, bigEndian: Bool, type: Int = 3) -> [UInt8] {
    func two(_ value: Int) -> [UInt8] { number(value, 2, bigEndian) }
    func four(_ value: Int) -> [UInt8] { number(value, 4, bigEndian) }
    let value = type == 3 ? two(orientation) + [0, 0] : four(orientation)
    return Array((bigEndian ? "MM" : "II").utf8) + two(42) + four(8) + two(2)
      + two(0x010f) + two(2) + four(2) + [65, 0, 0, 0]
      + two(0x0112) + two(type) + four(1) + value + four(0)
  }

  /// A JPEG with a segment after its first one.
  private static func jpeg(_ contents: [UInt8], mark: String = "Exif\0\0") throws -> [UInt8] {
    let file = try read("orientation.jpg")
    let first = 2 + 2 + Int(file[4]) << 8 + Int(file[5])
    let segment = Array(mark.utf8) + contents
    return Array(file[..<first]) + [0xff, 0xff, 0xe1] + number(segment.count + 2, 2, true) + segment
      + file[first...]
  }

  /// A PNG with a chunk before its last one, where it has 12 bytes.
  private static func png(_ contents: [UInt8], damaged: Bool = false) throws -> [UInt8] {
    let file = try read("orientation.png")
    let chunk = Array("eXIf".utf8) + contents
    let sum = ~chunk.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in
        value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0)
      }
    }
    return Array(file.dropLast(12)) + number(contents.count, 4, true) + chunk
      + number(Int(sum) ^ (damaged ? 1 : 0), 4, true) + file.suffix(12)
  }

  private static func pixels(_ bytes: [UInt8], applyingOrientation: Bool = true) throws -> Picture {
    var picture: Picture?
    try withTemporaryFolder { folder in
      try writeFileAtomically(path: "\(folder)/picture", bytes: bytes)
      picture = try Picture(path: "\(folder)/picture", applyingOrientation: applyingOrientation)
    }
    return try #require(picture)
  }

  /// The picture with its pixels where Pillow puts them.
  private static func turned(_ picture: Picture, _ orientation: Int) throws -> Picture {
    let order = try readNumpy(path: "\(goldens)/npy_orientations.npy").elements(UInt8.self)
    let (width, height) = orientation < 5 ? (5, 3) : (3, 5)
    let pixels = order[(orientation - 1) * 15..<orientation * 15].flatMap {
      picture.pixels[Int($0) * 3..<Int($0) * 3 + 3]
    }
    return Picture(width: width, height: height, pixels: pixels)
  }

  @Test(arguments: 1...8, [false, true])
  func picturesAreTurnedAsPillowTurnsThem(_ orientation: Int, _ bigEndian: Bool) throws {
    for type in [3, 4] {
      let exif = Self.exif(orientation, bigEndian: bigEndian, type: type)
      for (file, name) in [
        (try Self.jpeg(exif), "orientation.jpg"), (try Self.png(exif), "orientation.png"),
        (try Self.png(Array("Exif\0\0".utf8) + exif), "orientation.png"),
      ] {
        let stored = try Picture(path: "\(goldens)/\(name)")
        #expect(try Self.pixels(file) == Self.turned(stored, orientation))
        #expect(try Self.pixels(file, applyingOrientation: false) == stored)
      }
    }
  }

  /// Each leaves the picture as it is stored.
  @Test func damagedExifIsPassedOver() throws {
    let good = Self.exif(6, bigEndian: false)
    var bad = (0..<good.count - 6).map { Array(good[..<$0]) }
    for orientation in [0, 9, 255, 65535] { bad.append(Self.exif(orientation, bigEndian: true)) }
    for (offset, bytes) in [
      (0, [0x4d] as [UInt8]), (2, [43]), (4, [255, 255, 255, 255]), (4, [255, 255, 255, 127]),
      (4, [UInt8(good.count - 1)]), (8, [0, 0]), (24, [2]), (26, [2]), (26, [0, 0, 0, 0]),
    ] {
      var changed = good
      changed.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      bad.append(changed)
    }
    let jpeg = try Picture(path: "\(goldens)/orientation.jpg")
    let png = try Picture(path: "\(goldens)/orientation.png")
    for exif in bad {
      #expect(try Self.pixels(Self.jpeg(exif)) == jpeg, "\(exif)")
      #expect(try Self.pixels(Self.png(exif)) == png, "\(exif)")
    }
    // More entries than there are, of which the second is the one.
    var many = good
    many[8] = 255
    #expect(try Self.pixels(Self.jpeg(many)) == Self.turned(jpeg, 6))
    #expect(try Self.pixels(Self.jpeg(good, mark: "http://ns.adobe.com/xap/1.0/\0")) == jpeg)
    #expect(try Self.pixels(Self.png(good, damaged: true)) == png)
  }
}
