/// How a camera was held: what EXIF's tag 0x0112 says of where the first row and the first column of
/// a stored picture are (CIPA DC-008, 4.6.4).
enum PictureOrientation: Int {
  case asStored = 1
  case mirrored, halfTurned, upsideDown
  /// Rows of these are stored as columns.
  case transposed, turnedRight, transverse, turnedLeft
}

extension Picture {
  /// The stored picture as it is to be seen.
  func turned(_ orientation: PictureOrientation) -> Picture {
    guard orientation != .asStored else { return self }
    let last = width * height - 1
    // In pixels of the stored picture: the first pixel, and the steps to the next in a row and to
    // the next row.
    let (start, column, row) =
      switch orientation {
      case .asStored: (0, 1, width)
      case .mirrored: (width - 1, -1, width)
      case .halfTurned: (last, -1, -width)
      case .upsideDown: (last - width + 1, 1, -width)
      case .transposed: (0, width, 1)
      case .turnedRight: (last - width + 1, -width, 1)
      case .transverse: (last, -width, -1)
      case .turnedLeft: (width - 1, width, -1)
      }
    let isSideways = orientation.rawValue >= PictureOrientation.transposed.rawValue
    let (newWidth, newHeight) = isSideways ? (height, width) : (width, height)
    let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        var index = 0
        for y in 0..<newHeight {
          for x in 0..<newWidth {
            let from = 3 * (start + x * column + y * row)
            for channel in 0..<3 { target[index + channel] = source[from + channel] }
            index += 3
          }
        }
      }
      count = pixels.count
    }
    return Picture(width: newWidth, height: newHeight, pixels: result)
  }
}

/// Finds the tag in a file. Whatever is damaged on the way there counts as no tag.
extension PictureOrientation {
  private static let exifMark = Array("Exif\0\0".utf8)

  /// Looks through the segments of a JPEG before its pixels for the one that holds EXIF.
  init?(jpeg bytes: UnsafeRawBufferPointer) {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xff {
      let marker = bytes[position + 1]
      // Fill bytes, and markers that stand alone.
      if marker == 0xff {
        position += 1
        continue
      }
      if marker == 0x01 || (0xd0...0xd8).contains(marker) {
        position += 2
        continue
      }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      // The pixels begin, or the end is there.
      guard marker != 0xda, marker != 0xd9, length >= 2, end <= bytes.count else { return nil }
      let contents = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<end])
      if marker == 0xe1, contents.starts(with: Self.exifMark) {
        self.init(exif: contents.dropFirst(Self.exifMark.count))
        return
      }
      position = end
    }
    return nil
  }

  /// Looks through the chunks of a PNG for `eXIf`.
  init?(png bytes: UnsafeRawBufferPointer) {
    var position = 8
    while position + 12 <= bytes.count {
      let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
      guard length <= bytes.count - position - 12 else { return nil }
      let chunk = bytes[position + 4..<position + 8 + length]
      if chunk.starts(with: Array("eXIf".utf8)) {
        let sum = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[chunk.endIndex + $1]) }
        guard crc32(UnsafeRawBufferPointer(rebasing: chunk)) == sum else { return nil }
        let contents = chunk.dropFirst(4)
        let isMarked = contents.starts(with: Self.exifMark)
        self.init(exif: contents.dropFirst(isMarked ? Self.exifMark.count : 0))
        return
      }
      position = chunk.endIndex + 4
    }
    return nil
  }

  /// Reads EXIF: a TIFF file whose first directory has the tag.
  private init?(exif slice: Slice<UnsafeRawBufferPointer>) {
    let bytes = UnsafeRawBufferPointer(rebasing: slice)
    let isBigEndian = bytes.starts(with: Array("MM\0*".utf8))
    guard bytes.count >= 8, isBigEndian || bytes.starts(with: Array("II*\0".utf8)) else {
      return nil
    }
    /// A number of two or four bytes that lie in the block.
    func number(_ offset: Int, _ count: Int) -> Int {
      let digits = bytes[offset..<offset + count]
      return isBigEndian
        ? digits.reduce(0) { $0 << 8 | Int($1) } : digits.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let directory = number(4, 4)
    guard directory <= bytes.count - 2 else { return nil }
    let entries = min(number(directory, 2), (bytes.count - directory - 2) / 12)
    for entry in 0..<entries {
      let start = directory + 2 + 12 * entry
      guard number(start, 2) == 0x0112 else { continue }
      // One number of 16 bits, or of 32 as some programs write it.
      let type = number(start + 2, 2)
      guard type == 3 || type == 4, number(start + 4, 4) == 1 else { return nil }
      self.init(rawValue: number(start + 8, type == 3 ? 2 : 4))
      return
    }
    return nil
  }
}
