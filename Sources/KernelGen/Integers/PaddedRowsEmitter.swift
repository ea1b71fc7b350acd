import LLVMKit
import Planning

/// Rows of an image that a task computes.
struct TaskRows {
  var image: Value
  var first: Value
  /// Behind the last.
  var end: Value
  /// The top left of what the first pixel is made from, `kernel.pitch` bytes from row to row.
  var input: Value
}

/// Emits the copy of a task's rows with their padding, so that tiles need not know of borders, and of 16 bits where products are.
struct PaddedRowsEmitter {
  let kernel: IntegerConvolutionKernel
  let unit: VectorUnit

  /// The rows of a group of rows of an image, copied to the scratch if need be.
  ///
  /// - Parameters:
  ///   - side: rows are copied for a multiple of so many rows of the result.
  ///   - images: the first image.
  func rows(
    _ task: Value, inMultiplesOf side: Int = 1, of images: Value, scratch: Value?,
    _ m: borrowing IRModule
  ) -> TaskRows {
    let (image, group) = m.split(task, by: kernel.rowGroups)
    let (first, end) = m.run(group, of: kernel.rowsPerTask, total: kernel.output.height)
    let input = m.offset(images, bytes: m.multiply(image, m.int64(kernel.input.batchStride)))
    guard kernel.copiesRows, let scratch else {
      let row = m.multiply(first, m.int64(kernel.stride.height * kernel.pitch))
      return TaskRows(image: image, first: first, end: end, input: m.offset(input, bytes: row))
    }
    let groups = m.divide(m.add(m.subtract(end, first), m.int64(side - 1)), m.int64(side))
    let copied = m.multiply(groups, m.int64(side))
    if kernel.copiesPixelsOfWindows {
      emitPixelsOfWindows(from: input, to: scratch, firstRow: first, rows: copied, m)
    } else {
      emitRows(from: input, to: scratch, firstRow: first, rows: copied, m)
    }
    return TaskRows(image: image, first: first, end: end, input: scratch)
  }

  /// Copies whole rows.
  ///
  /// - Parameters:
  ///   - image: the first pixel of the image.
  ///   - target: where the rows go, `kernel.pitch` bytes each.
  ///   - firstRow: the first row of the result that the task computes.
  ///   - rows: how many of them.
  private func emitRows(
    from image: Value, to target: Value, firstRow: Value, rows: Value, _ m: borrowing IRModule
  ) {
    let count = m.add(
      m.multiply(m.subtract(rows, m.int64(1)), m.int64(kernel.stride.height)),
      m.int64(kernel.window.height))
    let top = m.subtract(
      m.multiply(firstRow, m.int64(kernel.stride.height)), m.int64(kernel.padding.top))
    let (left, right) = (kernel.padding.left, kernel.padding.right)
    m.loop(from: m.int64(0), to: count) { row, _ in
      let line = m.offset(target, bytes: m.multiply(row, m.int64(kernel.pitch)))
      let source = m.add(top, row)
      let isInside = m.and(
        m.compare(.greaterOrEqual, source, m.int64(0)),
        m.compare(.less, source, m.int64(kernel.input.height)))
      m.either(isInside) {
        let from = m.offset(image, bytes: m.multiply(source, m.int64(kernel.input.rowStride)))
        fill(line, pixels: left, m)
        let middle = m.offset(line, bytes: left * kernel.pixelBytes)
        copy(from, to: middle, pixels: kernel.input.width, m)
        fill(m.offset(middle, bytes: kernel.input.width * kernel.pixelBytes), pixels: right, m)
      } otherwise: {
        fill(line, pixels: left + kernel.input.width + right, m)
      }
      return []
    }
  }

  /// Copies the pixels that windows of one pixel are on, side by side. Parameters as those of `emitRows`.
  private func emitPixelsOfWindows(
    from image: Value, to target: Value, firstRow: Value, rows: Value, _ m: borrowing IRModule
  ) {
    let rowStep = kernel.stride.height * kernel.input.rowStride
    let columnStep = kernel.stride.width * kernel.input.columnStride
    m.loop(from: m.int64(0), to: rows) { row, _ in
      let line = m.offset(target, bytes: m.multiply(row, m.int64(kernel.pitch)))
      let from = m.offset(image, bytes: m.multiply(m.add(firstRow, row), m.int64(rowStep)))
      m.loop(from: m.int64(0), to: m.int64(kernel.output.width)) { column, _ in
        copy(
          m.offset(from, bytes: m.multiply(column, m.int64(columnStep))),
          to: m.offset(line, bytes: m.multiply(column, m.int64(kernel.pixelBytes))), pixels: 1, m)
        return []
      }
      return []
    }
  }

  /// Copies pixels that lie side by side, widened to 16 bits if the copy is.
  private func copy(
    _ source: Value, to target: Value, pixels: Int, _ m: borrowing IRModule
  ) {
    forEachPart(ofPixels: pixels, m) { place, lanes in
      let bytes = m.load(
        m.vector(m.byte, lanes), m.offset(source, bytes: place), alignment: 1)
      let numbers = kernel.widensRows ? m.zeroExtend(bytes, m.vector(m.int16, lanes)) : bytes
      m.store(numbers, m.offset(target, bytes: copied(place, m)), alignment: 1)
    }
  }

  /// Fills pixels with what padding is.
  private func fill(_ target: Value, pixels: Int, _ m: borrowing IRModule) {
    let zero = m.truncate(m.int32(kernel.inputZero), kernel.widensRows ? m.int16 : m.byte)
    forEachPart(ofPixels: pixels, m) { place, lanes in
      let zeros = m.broadcast(zero, lanes: lanes)
      m.store(zeros, m.offset(target, bytes: copied(place, m)), alignment: 1)
    }
  }

  /// The place in the copy of what is so many bytes from the start of the source.
  private func copied(_ place: Value, _ m: borrowing IRModule) -> Value {
    kernel.widensRows ? m.multiply(place, m.int64(2)) : place
  }

  /// Emits `body` for as many numbers as a vector of the copy has, then for what is left, as many as a vector of f32 has: pixels are whole
  /// numbers of these.
  private func forEachPart(
    ofPixels pixels: Int, _ m: borrowing IRModule, _ body: (Value, _ lanes: Int) -> Void
  ) {
    let count = pixels * kernel.input.columnStride
    let lanes = kernel.widensRows ? unit.bytes / 2 : unit.bytes
    let whole = count / lanes * lanes
    if whole > 0 {
      m.loop(from: m.int64(0), to: m.int64(whole), step: lanes) { place, _ in
        body(place, lanes)
        return []
      }
    }
    for place in stride(from: whole, to: count, by: unit.lanes) { body(m.int64(place), unit.lanes) }
  }
}
