import LLVMKit
import Planning

/// Emits an `IntegerConvolutionKernel`: panels of output channels over tiles of pixels.
struct IntegerConvolutionEmitter {
  let kernel: IntegerConvolutionKernel
  let unit: VectorUnit

  /// What a task works on.
  private struct Task {
    /// The top left of what its first pixel is made from.
    var input: Value
    var output: Value
    var pixels: Value
    var weights: Value
    var bias: Value
    var scale: Value
  }

  /// Steps: how many, where the channels of each are, and its weights.
  private struct Steps {
    var count: Value
    var offsets: Value
    var weights: Value
    /// The vectors that they are for.
    var vectors: Range<Int>
  }

  /// A panel: its steps and its numbers.
  private struct Panel {
    var vectors: Int
    var steps: [Steps]
    var bias: [Value]
    var scale: [Value]
    var output: Value
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(
      name, arguments: kernel.scratch == nil ? 5 : 6, unit)
    if let scratch = kernel.scratch {
      m.withScratch(scratch, at: arguments[4]) { emitTask(task, arguments, scratch: $0, m) }
    } else {
      emitTask(task, arguments, scratch: nil, m)
    }
    m.returnVoid()
  }

  private func emitTask(
    _ task: Value, _ arguments: [Value], scratch: Value?, _ m: borrowing IRModule
  ) {
    let (rowTask, panelGroup) = m.split(task, by: kernel.panelGroups)
    let (image, rowGroup) = m.split(rowTask, by: kernel.rowGroups)
    let (firstRow, endRow) = m.run(rowGroup, of: kernel.rowsPerTask, total: kernel.output.height)
    var input = m.offset(
      arguments[0], bytes: m.multiply(image, m.int64(kernel.input.batchStride)))
    if let scratch {
      PaddedRowsEmitter(kernel: kernel, unit: unit)
        .emit(from: input, to: scratch, firstRow: firstRow, endRow: endRow, m)
      input = scratch
    } else {
      let row = m.multiply(firstRow, m.int64(kernel.stride.height * kernel.pitch))
      input = m.offset(input, bytes: row)
    }
    let element = kernel.output.element.byteCount
    let place = m.add(
      m.multiply(image, m.int64(element * kernel.output.batchStride)),
      m.multiply(firstRow, m.int64(element * kernel.output.rowStride)))
    let frame = Task(
      input: input, output: m.offset(arguments.last!, bytes: place),
      pixels: m.multiply(m.subtract(endRow, firstRow), m.int64(kernel.output.width)),
      weights: arguments[1], bias: arguments[2], scale: arguments[3])
    let (first, end) = m.run(panelGroup, of: kernel.panelsPerTask, total: kernel.panels)
    m.loop(from: first, to: end) { panel, _ in
      emitPanels(panel, frame, m)
      return []
    }
  }

  /// The last panel has code of its own where it is narrower.
  private func emitPanels(_ panel: Value, _ frame: Task, _ m: borrowing IRModule) {
    let (vectors, last) = (kernel.tile.vectors, kernel.lastVectors)
    guard last != vectors, kernel.panels > 1 else {
      return emitPanel(panel, vectors: last, frame, m)
    }
    m.either(m.compare(.equal, panel, m.int64(kernel.panels - 1))) {
      emitPanel(panel, vectors: last, frame, m)
    } otherwise: {
      emitPanel(panel, vectors: vectors, frame, m)
    }
  }

  private func emitPanel(
    _ index: Value, vectors: Int, _ frame: Task, _ m: borrowing IRModule
  ) {
    let first = m.multiply(index, m.int64(kernel.tile.vectors))
    let ahead = m.multiply(first, m.int64(unit.bytes))
    func numbersOf(_ pointer: Value, _ type: IRType) -> [Value] {
      (0..<vectors).map {
        m.load(
          type, m.offset(m.offset(pointer, bytes: ahead), bytes: $0 * unit.bytes), alignment: 4)
      }
    }
    let element = kernel.output.element.byteCount
    let panel = Panel(
      vectors: vectors, steps: steps(of: index, vectors: vectors, frame.weights, m),
      bias: numbersOf(frame.bias, m.vector(m.int32, unit.lanes)),
      scale: numbersOf(frame.scale, m.vectorType(unit)),
      output: m.offset(
        frame.output, bytes: m.multiply(first, m.int64(element * kernel.output.blockStride))))
    // The last tile begins where it ends with the task: pixels that two tiles have get the same values twice.
    let columns = kernel.tile.columns
    let tiles = m.divide(m.add(frame.pixels, m.int64(columns - 1)), m.int64(columns))
    let lastStart = m.subtract(frame.pixels, m.int64(columns))
    m.loop(from: m.int64(0), to: tiles) { tile, _ in
      emitTile(m.minimum(m.multiply(tile, m.int64(columns)), lastStart), panel, frame, m)
      return []
    }
  }

  /// The lists of steps of a panel: see `IntegerWeights`.
  private func steps(
    of panel: Value, vectors: Int, _ weights: Value, _ m: borrowing IRModule
  ) -> [Steps] {
    let header = m.offset(
      weights, bytes: m.multiply(panel, m.int64(IntegerWeights.headerBytes)))
    func number(_ index: Int) -> Value {
      m.signExtend(m.load(m.int32, m.offset(header, bytes: 4 * index), alignment: 4))
    }
    func wholeLines(_ bytes: Value) -> Value {
      m.and(m.add(bytes, m.int64(63)), m.int64(-64))
    }
    var start = m.offset(weights, bytes: number(0))
    var lists = [0..<vectors]
    if kernel.product.needsSmallPairs { lists += (0..<vectors).map { $0..<$0 + 1 } }
    return lists.enumerated().map { index, vectors in
      let count = number(index + 1)
      let lines = m.offset(start, bytes: wholeLines(m.multiply(count, m.int64(4))))
      let list = Steps(count: count, offsets: start, weights: lines, vectors: vectors)
      start = m.offset(
        lines, bytes: wholeLines(m.multiply(count, m.int64(vectors.count * unit.bytes))))
      return list
    }
  }

  // MARK: Tiles

  private func emitTile(
    _ first: Value, _ panel: Panel, _ frame: Task, _ m: borrowing IRModule
  ) {
    let pixels = (0..<kernel.tile.columns).map { pixel -> Value in
      m.offset(frame.input, bytes: inputBytes(m.add(first, m.int64(pixel)), m))
    }
    var sums = pixels.map { _ in panel.bias }
    for list in panel.steps { sums = add(list, pixels, to: sums, m) }
    let element = kernel.output.element.byteCount
    let output = m.offset(
      panel.output, bytes: m.multiply(first, m.int64(element * kernel.output.columnStride)))
    let results = IntegerResultEmitter(kernel: kernel, unit: unit)
    let addresses = pixels.indices.map {
      m.offset(output, bytes: $0 * element * kernel.output.columnStride)
    }
    results.store(sums, scale: panel.scale, at: addresses, m)
  }

  /// Adds the products of steps to the sums `[pixel][vector]`.
  private func add(
    _ list: Steps, _ pixels: [Value], to sums: [[Value]], _ m: borrowing IRModule
  ) -> [[Value]] {
    let products = IntegerProducts(product: kernel.product, unit: unit)
    let integers = m.vector(m.int32, unit.lanes)
    let vectors = list.vectors
    let added = m.loop(
      from: m.int64(0), to: list.count, carrying: sums.flatMap { $0[vectors] }
    ) { step, sums in
      let place = m.signExtend(
        m.load(m.int32, m.offset(list.offsets, bytes: m.multiply(step, m.int64(4))), alignment: 4))
      let line = m.offset(
        list.weights, bytes: m.multiply(step, m.int64(vectors.count * unit.bytes)))
      let weights = vectors.indices.map {
        m.load(
          integers, m.offset(line, bytes: ($0 - vectors.lowerBound) * unit.bytes), alignment: 4)
      }
      return pixels.indices.flatMap { pixel in
        let four = m.broadcast(
          m.load(m.int32, m.offset(pixels[pixel], bytes: place), alignment: 4), lanes: unit.lanes)
        return weights.indices.map { vector in
          products.add(four, weights[vector], to: sums[pixel * vectors.count + vector], m)
        }
      }
    }
    return sums.indices.map { pixel in
      var own = sums[pixel]
      own.replaceSubrange(
        vectors, with: added[pixel * vectors.count..<(pixel + 1) * vectors.count])
      return own
    }
  }

  /// Where what a pixel of the task is made from begins.
  private func inputBytes(_ pixel: Value, _ m: borrowing IRModule) -> Value {
    let step = kernel.input.columnStride * kernel.stride.width
    if kernel.isDense { return m.multiply(pixel, m.int64(step)) }
    let (row, column) = m.split(pixel, by: kernel.output.width)
    return m.add(
      m.multiply(row, m.int64(kernel.stride.height * kernel.pitch)),
      m.multiply(column, m.int64(step)))
  }
}
