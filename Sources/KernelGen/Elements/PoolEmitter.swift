import GraphIR
import LLVMKit
import Planning

/// Emits a `PoolKernel`: one vector of channels, tiles of pixels, taps outside the image left out.
struct PoolEmitter {
  let kernel: PoolKernel
  let unit: VectorUnit

  /// What a block of channels of an image is read from and written to.
  private struct Frame {
    var input: ElementPointer
    var output: ElementPointer
    var scaled: ScaledResultEmitter?
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: kernel.operands.count, unit)
    let scaled = ScaledResultEmitter(kernel.scaled, arguments[1...], unit: unit)
    let (image, first, end) = m.rows(
      ofTask: task, rowsPerTask: kernel.rowsPerTask, height: kernel.output.height)
    m.loop(from: m.int64(0), to: m.int64(kernel.input.blockCount(lanes: unit.lanes))) { block, _ in
      let input = m.blockPointer(arguments[0], kernel.input, image: image, block: block)
      let frame = Frame(
        input: input,
        output: m.blockPointer(arguments.last!, kernel.output, image: image, block: block),
        scaled: scaled?.moved(toImage: image, m).moved(to: block, m))
      m.loop(from: first, to: end) { row, _ in
        emitRow(row, frame, m)
        return []
      }
      return []
    }
    m.returnVoid()
  }

  /// Emits all rows of one image, the first of which are at the pointers.
  func emitBand(input: ElementPointer, output: ElementPointer, _ m: borrowing IRModule) {
    m.loop(from: m.int64(0), to: m.int64(kernel.input.blockCount(lanes: unit.lanes))) { block, _ in
      let frame = Frame(
        input: m.offset(input, by: block, times: kernel.input.blockStride),
        output: m.offset(output, by: block, times: kernel.output.blockStride))
      m.loop(from: m.int64(0), to: m.int64(kernel.output.height)) { row, _ in
        emitRow(row, frame, m)
        return []
      }
      return []
    }
  }

  private func emitRow(_ row: Value, _ frame: Frame, _ m: borrowing IRModule) {
    for segment in kernel.segments {
      m.loop(from: m.int64(0), to: m.int64(segment.count)) { tile, _ in
        let column = m.add(m.multiply(tile, m.int64(segment.columns)), m.int64(segment.start))
        emitTile(segment, row: row, column: column, frame, m)
        return []
      }
    }
  }

  private func emitTile(
    _ segment: ConvolutionKernel.Segment, row: Value, column: Value, _ frame: Frame,
    _ m: borrowing IRModule
  ) {
    let pooling = kernel.pooling
    let (first, end) = rowRange(row, height: kernel.input.height, m)
    let top = m.subtract(
      m.multiply(row, m.int64(pooling.stride.height)), m.int64(pooling.padding.top))
    let left = m.subtract(
      m.multiply(column, m.int64(pooling.stride.width)), m.int64(pooling.padding.left))
    let initial: Float = kernel.function == .maximum ? -.infinity : 0
    let start = [Value](
      repeating: m.splat(m.float(initial), lanes: unit.lanes), count: segment.columns)
    let results = m.loop(from: first, to: end, carrying: start) { tap, values in
      let line = m.add(top, m.multiply(tap, m.int64(pooling.dilation.height)))
      let elements = m.add(
        m.multiply(line, m.int64(kernel.input.rowStride)),
        m.multiply(left, m.int64(kernel.input.columnStride)))
      let pixels = m.offset(frame.input, by: elements)
      return values.enumerated().map { pixel, value in
        let pixels = unit.loadsAgain ? m.anotherName(of: pixels) : pixels
        let taps = (0..<pooling.kernel.width).filter { segment.valid[$0].contains(pixel) }
        let read = taps.map { tapColumn in
          let step = pixel * pooling.stride.width + tapColumn * pooling.dilation.width
          return m.loadVector(m.offset(pixels, by: step * kernel.input.columnStride), unit)
        }
        return kernel.function == .maximum
          ? maximum([value] + read, m) : read.reduce(value) { m.floatAdd($0, $1) }
      }
    }
    let numbers = frame.scaled?.load(vector: 0, m)
    for (pixel, result) in results.enumerated() {
      func target(
        _ base: ElementPointer, rowStride: Int, columnStride: Int
      ) -> ElementPointer {
        let column = m.add(column, m.int64(pixel))
        let elements = m.add(
          m.multiply(row, m.int64(rowStride)), m.multiply(column, m.int64(columnStride)))
        return m.offset(base, by: elements)
      }
      var value = result
      if case .average(let countsPadding) = kernel.function {
        value = m.floatDivide(
          value,
          divisor(segment, pixel, row: row, inside: m.subtract(end, first), countsPadding, m))
      }
      let output = kernel.output
      m.storeVector(
        value,
        target(
          frame.output, rowStride: output.rowStride, columnStride: output.columnStride), unit)
      if let scaled = frame.scaled, let numbers {
        let steps = scaled.result.output
        scaled.store(
          value, numbers,
          target(scaled.output, rowStride: steps.row, columnStride: steps.column), m)
      }
    }
  }

  /// The largest value, NaN where one is: what is not a number is looked for in two values at once,
  /// and the maximum, which loses it, taken without regard to it.
  private func maximum(_ values: [Value], _ m: borrowing IRModule) -> Value {
    guard values.count > 1 else { return values[0] }
    let isMissing = stride(from: 0, to: values.count, by: 2).map {
      m.compare(.unordered, values[$0], values[min($0 + 1, values.count - 1)])
    }
    let largest = values.dropFirst().reduce(values[0]) {
      m.select(m.compare(.orderedGreater, $0, $1), $0, $1)
    }
    return m.select(
      isMissing.dropFirst().reduce(isMissing[0]) { m.or($0, $1) },
      m.splat(m.float(.nan), lanes: unit.lanes), largest)
  }

  /// The number of elements that an average is taken over.
  private func divisor(
    _ segment: ConvolutionKernel.Segment, _ pixel: Int, row: Value, inside: Value,
    _ countsPadding: Bool, _ m: borrowing IRModule
  ) -> Value {
    let pooling = kernel.pooling
    var rows = inside
    var columns = segment.valid.count { $0.contains(pixel) }
    if countsPadding {
      // Ceil mode lets a window pass even the padding; what is beyond counts nowhere.
      let padded = kernel.input.height + pooling.padding.bottom
      rows = rowRange(row, height: padded, m).end
      let start = (segment.start + pixel) * pooling.stride.width - pooling.padding.left
      let limit = kernel.input.width + pooling.padding.right
      columns = (0..<pooling.kernel.width).count { start + $0 * pooling.dilation.width < limit }
    }
    // Dilated taps may all miss the image: then the sum is 0, and so is the average.
    let elements = m.maximum(m.multiply(rows, m.int64(columns)), m.int64(1))
    let count = m.integerToFloat(elements, m.float)
    return m.broadcast(count, lanes: unit.lanes)
  }

  /// The kernel rows whose input row lies in `0..<height`.
  private func rowRange(
    _ row: Value, height: Int, _ m: borrowing IRModule
  ) -> (first: Value, end: Value) {
    let window = ConvolutionKernel.RowWindow(
      stride: kernel.pooling.stride.height, padding: kernel.pooling.padding.top,
      dilation: kernel.pooling.dilation.height, height: height)
    return window.taps(of: row, count: kernel.pooling.kernel.height, m)
  }
}

/// Emits a `GlobalAverageKernel`: four running sums per vector of channels, joined in a fixed
/// order.
struct GlobalAverageEmitter {
  let kernel: GlobalAverageKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let task = m.beginBlockKernel(name, reading: kernel.input, unit)
    let pixels = kernel.input.height * kernel.input.width
    let whole = pixels / 4 * 4
    let zero = m.zero(m.vectorType(unit))
    func add(_ sum: Value, pixel: Value, _ offset: Int) -> Value {
      let address = m.offset(
        m.offset(task.input, by: pixel, times: unit.lanes), by: offset * unit.lanes)
      return m.floatAdd(sum, m.loadVector(address, unit))
    }
    var sums = m.loop(
      from: m.int64(0), to: m.int64(whole), step: 4, carrying: [zero, zero, zero, zero]
    ) { pixel, sums in sums.enumerated().map { add($1, pixel: pixel, $0) } }
    for rest in 0..<(pixels - whole) { sums[rest] = add(sums[rest], pixel: m.int64(whole), rest) }
    let total = m.floatAdd(m.floatAdd(sums[0], sums[1]), m.floatAdd(sums[2], sums[3]))
    let mean = m.floatDivide(total, m.splat(m.float(Float(pixels)), lanes: unit.lanes))
    let place = m.add(
      m.multiply(task.image, m.int64(kernel.outputBatchStride)),
      m.multiply(task.block, m.int64(unit.lanes)))
    let output = m.offset(.floats(task.result), by: place)
    if kernel.padsOutput {
      m.storeVector(mean, output, lanes: unit.lanes, unit)
    } else {
      m.withChannels(ofBlock: task.block, of: kernel.input, unit) { channels in
        m.storeVector(mean, output, lanes: channels, unit)
      }
    }
    m.returnVoid()
  }
}
