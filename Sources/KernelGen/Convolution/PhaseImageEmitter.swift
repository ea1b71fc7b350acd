import LLVMKit
import Planning

/// Emits rows of a `PhaseImage`: a vector of pixels at a time where all their elements lie inside the
/// image, one by one at the borders.
struct PhaseImageEmitter {
  let image: PhaseImage
  let unit: VectorUnit

  /// An element that every pixel of a row has: an image row with its channel, and a column of the
  /// phase.
  private struct Element {
    var line: Int
    var column: Int
  }

  private var stride: Int { image.phases.stride }
  private var channels: Int { image.source.channels }
  private var view: ImageView { image.band.view }

  /// The elements of a pixel in the order of its channels.
  private var elements: [Element] {
    (0..<image.phases.count).flatMap { phase in
      (0..<channels).map {
        Element(line: phase / stride * channels + $0, column: phase % stride)
      }
    }
  }

  /// What rows outside of the image are read from.
  func zeroRow(_ name: String, _ m: borrowing IRModule) -> ElementPointer {
    .floats(
      m.privateTable(
        "\(name)_phase_zeros", [Int](repeating: 0, count: (image.source.width + 1) / 2)))
  }

  /// Emits rows of the phases from `row` on.
  ///
  /// - Parameters:
  ///   - source: the image.
  ///   - target: where the first of them goes in the band.
  func emit(
    from row: Value, count: Int, source: ElementPointer, zeros: ElementPointer,
    target: ElementPointer, _ m: borrowing IRModule
  ) {
    m.loop(from: m.int64(0), to: m.int64(count)) { index, _ in
      let lines = lines(m.add(row, index), source, zeros, m)
      emitRow(lines, m.offset(target, by: index, times: view.rowStride), m)
      return []
    }
  }

  /// The image rows that a row reads, of every channel; zeros where they are outside.
  private func lines(
    _ row: Value, _ source: ElementPointer, _ zeros: ElementPointer, _ m: borrowing IRModule
  ) -> [ElementPointer] {
    let top = m.subtract(m.multiply(row, m.int64(stride)), m.int64(image.top))
    return (0..<stride).flatMap { phase in
      let line = m.add(top, m.int64(phase))
      let inside = m.and(
        m.compare(.greaterOrEqual, line, m.int64(0)),
        m.compare(.less, line, m.int64(image.source.height)))
      let start = m.wildOffset(source, by: line, times: image.source.rowStride)
      return (0..<channels).map { channel in
        m.select(
          inside, m.wildOffset(start, by: channel * image.source.channelStride),
          zeros)
      }
    }
  }

  private func emitRow(
    _ lines: [ElementPointer], _ target: ElementPointer, _ m: borrowing IRModule
  ) {
    let inside = image.insideColumns
    guard inside.count >= unit.lanes else {
      for column in 0..<view.width { emitPixel(column, lines, target, m) }
      return
    }
    for column in 0..<inside.lowerBound { emitPixel(column, lines, target, m) }
    m.loop(from: m.int64(0), to: m.int64(inside.count / unit.lanes)) { group, _ in
      let column = m.add(m.multiply(group, m.int64(unit.lanes)), m.int64(inside.lowerBound))
      emitPixels(column, lines, target, m)
      return []
    }
    // The last group overlaps the one before it.
    if inside.count % unit.lanes != 0 {
      emitPixels(m.int64(inside.upperBound - unit.lanes), lines, target, m)
    }
    for column in inside.upperBound..<view.width { emitPixel(column, lines, target, m) }
  }

  /// One pixel anywhere.
  private func emitPixel(
    _ column: Int, _ lines: [ElementPointer], _ target: ElementPointer, _ m: borrowing IRModule
  ) {
    for (block, start) in Swift.stride(from: 0, to: elements.count, by: unit.lanes).enumerated() {
      var vector = m.zero(m.vectorType(unit))
      for (lane, element) in elements[start...].prefix(unit.lanes).enumerated() {
        let x = column * stride + element.column - image.left
        guard (0..<image.source.width).contains(x) else { continue }
        let value = m.load(m.offset(lines[element.line], by: x))
        vector = m.insert(value, into: vector, lane: lane)
      }
      m.store(
        vector,
        m.offset(
          target, by: (block * view.blockStride + column * view.columnStride)))
    }
  }

  /// As many pixels as a vector has lanes, all of whose elements lie inside the image.
  private func emitPixels(
    _ column: Value, _ lines: [ElementPointer], _ target: ElementPointer, _ m: borrowing IRModule
  ) {
    let x = m.subtract(m.multiply(column, m.int64(stride)), m.int64(image.left))
    let starts = lines.map { m.wildOffset($0, by: x) }
    let pixels = m.offset(target, by: column, times: view.columnStride)
    for (number, start) in Swift.stride(from: 0, to: elements.count, by: unit.lanes).enumerated() {
      // Of this block alone: those of all together would not fit into registers.
      let block = elements[start...].prefix(unit.lanes)
      var parts: [Int: [Value]] = [:]
      for line in block.map(\.line) where parts[line] == nil {
        parts[line] = (0..<stride).map {
          m.loadVector(m.offset(starts[line], by: $0 * unit.lanes), unit)
        }
      }
      let rows = block.map { spread(parts[$0.line]!, phase: $0.column, m) }
      let zeros = [Value](
        repeating: m.zero(m.vectorType(unit)), count: unit.lanes - rows.count)
      for (pixel, vector) in m.transpose(rows + zeros, unit).enumerated() {
        m.store(
          vector,
          m.offset(
            pixels,
            by: (number * view.blockStride + pixel * view.columnStride)))
      }
    }
  }

  /// Of consecutive elements those of a phase of the row: every `stride`-th.
  private func spread(_ parts: [Value], phase: Int, _ m: borrowing IRModule) -> Value {
    // Lane l is element l · stride + phase; every part brings its own.
    let places = (0..<unit.lanes).map { $0 * stride + phase }
    var result = parts[0]
    for (part, vector) in parts.enumerated() {
      result = m.shuffle(
        result, vector,
        places.enumerated().map { lane, place in
          if place / unit.lanes == part { return unit.lanes + place % unit.lanes }
          return part == 0 ? place % unit.lanes : lane
        })
    }
    return result
  }
}

extension IRModule {
  /// The transpose of a square matrix of `lanes` vectors, by exchanging blocks of halving size.
  func transpose(_ rows: [Value], _ unit: VectorUnit) -> [Value] {
    var rows = rows
    var size = unit.lanes / 2
    while size > 0 {
      let low = (0..<unit.lanes).map { $0 & size == 0 ? $0 : unit.lanes + $0 - size }
      let high = (0..<unit.lanes).map { $0 & size == 0 ? $0 + size : unit.lanes + $0 }
      for row in rows.indices where row & size == 0 {
        let (upper, lower) = (rows[row], rows[row + size])
        rows[row] = shuffle(upper, lower, low)
        rows[row + size] = shuffle(upper, lower, high)
      }
      size /= 2
    }
    return rows
  }
}
