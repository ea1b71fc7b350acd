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

/// Emits the copy of a task's rows with their padding, so that tiles need not know of borders.
struct PaddedRowsEmitter {
  let kernel: IntegerConvolutionKernel
  let unit: VectorUnit

  /// The rows of a group of rows of an image, copied to the scratch where they have padding.
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
    emit(
      from: input, to: scratch, firstRow: first,
      endRow: m.add(first, m.multiply(groups, m.int64(side))), m)
    return TaskRows(image: image, first: first, end: end, input: scratch)
  }

  /// - Parameters:
  ///   - image: the first pixel of the image.
  ///   - target: where the rows go, `kernel.pitch` bytes each.
  ///   - firstRow: the first row of the result that the task computes, and the one behind its last.
  private func emit(
    from image: Value, to target: Value, firstRow: Value, endRow: Value, _ m: borrowing IRModule
  ) {
    let rows = m.add(
      m.multiply(
        m.subtract(m.subtract(endRow, firstRow), m.int64(1)), m.int64(kernel.stride.height)),
      m.int64(kernel.window.height))
    let top = m.subtract(
      m.multiply(firstRow, m.int64(kernel.stride.height)), m.int64(kernel.padding.top))
    let pixel = kernel.input.columnStride
    let (left, width) = (kernel.padding.left * pixel, kernel.input.width * pixel)
    let zeros = m.broadcast(
      m.truncate(m.int32(kernel.inputZero), m.byte), lanes: unit.bytes)
    let narrow = m.broadcast(
      m.truncate(m.int32(kernel.inputZero), m.byte), lanes: unit.lanes)
    m.loop(from: m.int64(0), to: rows) { row, _ in
      let line = m.offset(target, bytes: m.multiply(row, m.int64(kernel.pitch)))
      let source = m.add(top, row)
      let isInside = m.and(
        m.compare(.greaterOrEqual, source, m.int64(0)),
        m.compare(.less, source, m.int64(kernel.input.height)))
      m.either(isInside) {
        let from = m.offset(image, bytes: m.multiply(source, m.int64(kernel.input.rowStride)))
        forEachPart(of: left, m) {
          m.store($1 ? zeros : narrow, m.offset(line, bytes: $0), alignment: 1)
        }
        let middle = m.offset(line, bytes: left)
        forEachPart(of: width, m) { place, isWide in
          let type = m.vector(m.byte, isWide ? unit.bytes : unit.lanes)
          m.store(
            m.load(type, m.offset(from, bytes: place), alignment: 1),
            m.offset(middle, bytes: place),
            alignment: 1)
        }
        let right = m.offset(middle, bytes: width)
        forEachPart(of: kernel.padding.right * pixel, m) {
          m.store($1 ? zeros : narrow, m.offset(right, bytes: $0), alignment: 1)
        }
      } otherwise: {
        forEachPart(of: kernel.pitch, m) {
          m.store($1 ? zeros : narrow, m.offset(line, bytes: $0), alignment: 1)
        }
      }
      return []
    }
  }

  /// Emits `body` for all vectors of so many bytes, then for what is left, a lane of f32 a byte: pixels are whole numbers of these.
  private func forEachPart(
    of bytes: Int, _ m: borrowing IRModule, _ body: (Value, Bool) -> Void
  ) {
    let whole = bytes / unit.bytes * unit.bytes
    if whole > 0 {
      m.loop(from: m.int64(0), to: m.int64(whole), step: unit.bytes) { place, _ in
        body(place, true)
        return []
      }
    }
    for place in stride(from: whole, to: bytes, by: unit.lanes) { body(m.int64(place), false) }
  }
}
