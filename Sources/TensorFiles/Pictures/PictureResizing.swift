/// Resizing as Pillow's `Image.resize(size, BILINEAR)` does it (src/libImaging/Resample.c): a pass
/// over rows, then one over columns, with a triangle filter that widens when it shrinks, weights of
/// 22 fractional bits, 8 bits in between. Equal to the bit where Pillow takes the passes in this
/// order; from version 13 it takes the columns first for some sizes, which moves levels by one here
/// and there.
extension Picture {
  /// The picture at another size.
  ///
  /// - Precondition: both extents are at least 1.
  func resized(width newWidth: Int, height newHeight: Int) -> Picture {
    var result = self
    if newWidth != width {
      let filter = TriangleFilter(from: width, to: newWidth)
      result = Picture(
        width: newWidth, height: height, pixels: filter.appliedToRows(result.pixels))
    }
    if newHeight != height {
      let filter = TriangleFilter(from: height, to: newHeight)
      result = Picture(
        width: newWidth, height: newHeight,
        pixels: filter.appliedToColumns(result.pixels, rowCount: 3 * newWidth))
    }
    return result
  }

  /// The part of `newHeight` rows from `top` and `newWidth` columns from `left`.
  ///
  /// - Precondition: it lies in the picture.
  func cropped(left: Int, top: Int, width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(left >= 0 && top >= 0 && left + newWidth <= width && top + newHeight <= height)
    var part: [UInt8] = []
    part.reserveCapacity(newWidth * newHeight * 3)
    for row in top..<top + newHeight {
      let start = (row * width + left) * 3
      part += pixels[start..<start + newWidth * 3]
    }
    return Picture(width: newWidth, height: newHeight, pixels: part)
  }
}

/// The weights that give each of `to` positions from the ones near it among `from`.
private struct TriangleFilter {
  private static let precision = 22

  private let from: Int
  private let to: Int
  /// First source position and number of them, per position.
  private var spans: [(start: Int, count: Int)] = []
  /// `stride` fixed-point weights per position.
  private var weights: [Int32]
  private let stride: Int

  init(from: Int, to: Int) {
    (self.from, self.to) = (from, to)
    let scale = Double(from) / Double(to)
    let support = max(scale, 1)
    stride = Int(support.rounded(.up)) * 2 + 1
    weights = [Int32](repeating: 0, count: stride * to)
    for position in 0..<to {
      let centre = (Double(position) + 0.5) * scale
      let start = max(0, Int(centre - support + 0.5))
      let count = min(from, Int(centre + support + 0.5)) - start
      let exact = (0..<count).map { offset in
        max(0, 1 - abs((Double(start + offset) - centre + 0.5) * (1 / support)))
      }
      let sum = exact.reduce(0, +)
      for (offset, weight) in exact.enumerated() {
        let normalised = sum == 0 ? weight : weight / sum
        weights[position * stride + offset] = Int32(0.5 + normalised * Double(1 << Self.precision))
      }
      spans.append((start, count))
    }
  }

  /// Rows of `from` pixels to rows of `to` pixels.
  func appliedToRows(_ pixels: [UInt8]) -> [UInt8] {
    let rows = pixels.count / (3 * from)
    return filled(rows * to * 3, from: pixels) { source, result in
      for row in 0..<rows {
        for position in 0..<to {
          let (start, count) = spans[position]
          for channel in 0..<3 {
            result[(row * to + position) * 3 + channel] = weightedSum(
              source, first: (row * from + start) * 3 + channel, step: 3, count, position)
          }
        }
      }
    }
  }

  /// `from` rows to `to` rows of `rowCount` values.
  func appliedToColumns(_ pixels: [UInt8], rowCount: Int) -> [UInt8] {
    filled(to * rowCount, from: pixels) { source, result in
      for position in 0..<to {
        let (start, count) = spans[position]
        for column in 0..<rowCount {
          result[position * rowCount + column] = weightedSum(
            source, first: start * rowCount + column, step: rowCount, count, position)
        }
      }
    }
  }

  @inline(__always)
  private func weightedSum(
    _ source: UnsafeBufferPointer<UInt8>, first: Int, step: Int, _ count: Int, _ position: Int
  ) -> UInt8 {
    weights.withUnsafeBufferPointer { weights in
      var sum: Int32 = 1 << (Self.precision - 1)
      for offset in 0..<count {
        sum &+= Int32(source[first + offset * step]) &* weights[position * stride + offset]
      }
      return UInt8(clamping: sum >> Self.precision)
    }
  }

  private func filled(
    _ total: Int, from pixels: [UInt8],
    _ body: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: total) { result, count in
      pixels.withUnsafeBufferPointer { body($0, result) }
      count = total
    }
  }
}
