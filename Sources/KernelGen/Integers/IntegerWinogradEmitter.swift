import LLVMKit
import Planning

/// Emits an `IntegerWinogradKernel`: for every block of tiles the transform into the task's scratch, then for every panel the products
/// and the pixels that they become.
struct IntegerWinogradEmitter {
  let kernel: IntegerWinogradKernel
  let unit: VectorUnit

  private var convolution: IntegerConvolutionKernel { kernel.convolution }
  private var transform: IntegerTransform { kernel.transform }

  /// What a task works on.
  private struct Task {
    var rows: TaskRows
    var scratch: Value
    var weights: Value
  }

  /// Tiles that are transformed together.
  private struct Block {
    /// Ordinal of the first among those of the task.
    var first: Value
    var count: Value
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: kernel.operands.count, unit)
    m.withScratch(kernel.scratch!, at: arguments[4]) { scratch in
      emitTask(task, arguments, scratch: scratch, m)
    }
    m.returnVoid()
  }

  private func emitTask(
    _ task: Value, _ arguments: [Value], scratch: Value, _ m: borrowing IRModule
  ) {
    let (rowTask, panelGroup) = m.split(task, by: convolution.panelGroups)
    let rows = PaddedRowsEmitter(kernel: convolution, unit: unit).rows(
      rowTask, inMultiplesOf: transform.outputs, of: arguments[0], scratch: scratch, m)
    let operands = IntegerPanels.Operands(arguments, rows, convolution, m)
    let frame = Task(rows: rows, scratch: scratch, weights: arguments[1])
    let panels = IntegerPanels(kernel: convolution, unit: unit)
    let height = m.subtract(rows.end, rows.first)
    let tiles = m.multiply(
      m.divide(m.add(height, m.int64(transform.outputs - 1)), m.int64(transform.outputs)),
      m.int64(kernel.tilesWide))
    let (first, end) = m.run(
      panelGroup, of: convolution.panelsPerTask, total: convolution.panels)
    m.loop(from: m.int64(0), to: tiles, step: kernel.blockTiles) { start, _ in
      let block = Block(
        first: start, count: m.minimum(m.subtract(tiles, start), m.int64(kernel.blockTiles)))
      m.loop(from: m.int64(0), to: block.count) { tile, _ in
        emitTransform(tile, of: block, frame, m)
        return []
      }
      m.loop(from: first, to: end) { index, _ in
        panels.emit(index, operands, m) { panel in
          emitProducts(block, panel, frame, m)
          m.loop(from: m.int64(0), to: block.count) { tile, _ in
            emitPixels(tile, of: block, panel, frame, m)
            return []
          }
        }
        return []
      }
      return []
    }
  }

  // MARK: Transform

  /// Bᵀ d B of all channels of a tile of a block, as i16.
  private func emitTransform(
    _ tile: Value, of block: Block, _ frame: Task, _ m: borrowing IRModule
  ) {
    let (row, column) = m.split(m.add(block.first, tile), by: kernel.tilesWide)
    let pixel = convolution.input.columnStride
    let place = m.add(
      m.multiply(row, m.int64(transform.outputs * convolution.pitch)),
      m.multiply(column, m.int64(transform.outputs * pixel)))
    let source = m.offset(frame.rows.input, bytes: place)
    let target = m.offset(
      m.offset(frame.scratch, bytes: kernel.transformedPlace),
      bytes: m.multiply(tile, m.int64(2 * kernel.channels)))
    func emit(channel: Value, lanes: Int) {
      let arithmetic = LaneArithmetic(.int16, lanes: lanes, unit)
      let map = LinearMap(matrix: transform.transform.inputMatrix, arithmetic: arithmetic)
      let source = m.offset(source, bytes: channel)
      let columns = (0..<transform.inputs).map { column in
        map.apply(
          (0..<transform.inputs).map { row in
            let place = m.offset(source, bytes: row * convolution.pitch + column * pixel)
            return m.zeroExtend(
              m.load(m.vector(m.byte, lanes), place, alignment: 1), arithmetic.type(m))
          }, m)
      }
      let target = m.offset(target, bytes: m.multiply(channel, m.int64(2)))
      for row in 0..<transform.inputs {
        for (column, value) in map.apply(columns.map { $0[row] }, m).enumerated() {
          let frequency = row * transform.inputs + column
          m.store(
            value, m.offset(target, bytes: frequency * kernel.transformedStride), alignment: 2)
        }
      }
    }
    // Pixels are whole numbers of the lanes of f32.
    let wide = 2 * unit.lanes
    let whole = kernel.channels / wide * wide
    m.loop(from: m.int64(0), to: m.int64(whole), step: wide) { channel, _ in
      emit(channel: channel, lanes: wide)
      return []
    }
    if whole < kernel.channels { emit(channel: m.int64(whole), lanes: unit.lanes) }
  }

  // MARK: Products

  /// The products of a panel with a block, of all frequencies. Those of what is beyond the last tile are not used.
  private func emitProducts(
    _ block: Block, _ panel: IntegerPanels.Panel, _ frame: Task, _ m: borrowing IRModule
  ) {
    let columns = convolution.tile.columns
    let tiles = m.offset(frame.scratch, bytes: kernel.transformedPlace)
    let products = m.offset(frame.scratch, bytes: kernel.productPlace)
    let panelWeights = m.offset(
      frame.weights,
      bytes: m.multiply(
        panel.index, m.int64(kernel.panelBytes(vectors: convolution.tile.vectors))))
    let weightStride = kernel.panelBytes(vectors: panel.vectors) / transform.frequencies
    m.loop(from: m.int64(0), to: m.int64(transform.frequencies)) { frequency, _ in
      func at(_ pointer: Value, _ stride: Int) -> Value {
        m.offset(pointer, bytes: m.multiply(frequency, m.int64(stride)))
      }
      let (source, target) = (
        at(tiles, kernel.transformedStride), at(products, kernel.productStride)
      )
      let weights = at(panelWeights, weightStride)
      let ahead = ahead(vectors: panel.vectors)
      m.loop(from: m.int64(0), to: block.count, step: columns) { tile, _ in
        let group = m.divide(tile, m.int64(columns))
        let next = m.add(
          m.int64(weightStride), m.multiply(group, m.int64(ahead.bytes * kernel.pairs)))
        let sums = sums(
          of: m.offset(source, bytes: m.multiply(tile, m.int64(2 * kernel.channels))),
          weights: weights, vectors: panel.vectors, ahead: m.wildOffset(weights, bytes: next),
          m)
        let place = m.offset(
          ElementPointer(target, .int32), by: tile, times: panel.vectors * unit.lanes)
        for (index, sum) in sums.enumerated() {
          m.storeStored(sum, m.offset(place, by: index * unit.lanes))
        }
        return []
      }
      return []
    }
  }

  /// How much of the weights of the next frequency the tiles of one of registers ask for with each pair of channels, in bytes, where weights
  /// do not stay in the second level.
  private func ahead(vectors: Int) -> (lines: Int, bytes: Int) {
    let line = unit.core.lineBytes
    let (all, groups) = (vectors * unit.bytes, kernel.blockTiles / convolution.tile.columns)
    guard kernel.weightBytes > unit.core.level2Bytes else { return (0, 0) }
    let lines = (pairsAtOnce * all + groups * line - 1) / (groups * line)
    return (lines, lines * line / pairsAtOnce)
  }

  /// Pairs of channels of a turn of the inner loop; they come in twos, since pixels are whole numbers of lanes of f32. Where a product and its
  /// sum are one instruction, LLVM would take apart the second of two on one sum.
  private var pairsAtOnce: Int { convolution.product == .fourSums ? 1 : 2 }

  /// The sums of products of some tiles at one frequency, `[tile][vector]`.
  ///
  /// - Parameter ahead: the weights to ask for meanwhile.
  private func sums(
    of source: Value, weights: Value, vectors: Int, ahead next: Value, _ m: borrowing IRModule
  ) -> [Value] {
    let ahead = ahead(vectors: vectors)
    let integers = m.vector(m.int32, unit.lanes)
    let arithmetic = IntegerProducts(product: convolution.product, unit: unit)
    let columns = convolution.tile.columns
    let zeros = [Value](repeating: m.zero(integers), count: columns * vectors)
    return m.loop(
      from: m.int64(0), to: m.int64(kernel.pairs), step: pairsAtOnce, carrying: zeros
    ) { pair, sums in
      var sums = sums
      for line in 0..<ahead.lines {
        let place = m.add(
          m.multiply(pair, m.int64(ahead.bytes)), m.int64(line * unit.core.lineBytes))
        m.prefetch(m.wildOffset(next, bytes: place), level: 1)
      }
      // Two words of 16 bits each.
      let lines = m.offset(
        ElementPointer(weights, .int32), by: pair, times: vectors * unit.lanes)
      let channels = m.offset(ElementPointer(source, .int32), by: pair)
      for step in 0..<pairsAtOnce {
        let weights = (0..<vectors).map {
          m.loadStored(
            m.offset(lines, by: (step * vectors + $0) * unit.lanes), lanes: unit.lanes)
        }
        for column in 0..<columns {
          let place = m.offset(channels, by: column * kernel.pairs + step)
          let two = m.broadcast(m.loadStored(place), lanes: unit.lanes)
          for (vector, weight) in weights.enumerated() {
            let index = column * vectors + vector
            sums[index] = arithmetic.addWords(two, weight, to: sums[index], m)
          }
        }
      }
      return sums
    }
  }

  // MARK: Pixels

  /// Aᵀ M A of a tile, scaled and rounded, where it is inside the image.
  private func emitPixels(
    _ tile: Value, of block: Block, _ panel: IntegerPanels.Panel, _ frame: Task,
    _ m: borrowing IRModule
  ) {
    let (tileRow, tileColumn) = m.split(m.add(block.first, tile), by: kernel.tilesWide)
    let side = m.int64(transform.outputs)
    let (row, column) = (m.multiply(tileRow, side), m.multiply(tileColumn, side))
    let kept = ElementPointer(m.offset(frame.scratch, bytes: kernel.sumPlace), .int32)
    emitSums(tile, panel, frame, to: kept, m)

    let view = convolution.output
    let start = m.offset(
      panel.output,
      bytes: m.add(
        m.bytes(row, times: view.rowStride, of: view.element),
        m.bytes(column, times: view.columnStride, of: view.element)))
    let rows = m.minimum(m.subtract(m.subtract(frame.rows.end, frame.rows.first), row), side)
    let columns = m.minimum(m.subtract(m.int64(view.width), column), side)
    let results = IntegerResultEmitter(kernel: convolution, unit: unit)
    let pixelLanes = panel.vectors * unit.lanes
    m.loop(from: m.int64(0), to: rows) { y, _ in
      let line = m.offset(kept, by: y, times: transform.outputs * pixelLanes)
      let target = m.offset(start, by: y, times: view.rowStride)
      func store(_ first: Value, count: Int) {
        let line = m.offset(line, by: first, times: pixelLanes)
        let target = m.offset(target, by: first, times: view.columnStride)
        let sums = (0..<count).map { pixel in
          (0..<panel.vectors).map { vector in
            m.loadStored(
              m.offset(line, by: pixel * pixelLanes + vector * unit.lanes), lanes: unit.lanes)
          }
        }
        results.store(
          sums, scale: panel.scale,
          at: (0..<count).map { m.offset(target, by: $0 * view.columnStride) }, m)
      }
      let whole = m.compare(.equal, columns, side)
      if view.width % transform.outputs == 0 {
        store(m.int64(0), count: transform.outputs)
      } else {
        m.either(whole) {
          store(m.int64(0), count: transform.outputs)
        } otherwise: {
          m.loop(from: m.int64(0), to: columns) { x, _ in
            store(x, count: 1)
            return []
          }
        }
      }
      return []
    }
  }

  /// The sums of all pixels of a tile, `[pixel][vector][lane]`.
  private func emitSums(
    _ tile: Value, _ panel: IntegerPanels.Panel, _ frame: Task, to kept: ElementPointer,
    _ m: borrowing IRModule
  ) {
    let arithmetic = LaneArithmetic(.int32, lanes: unit.lanes, unit)
    let products = m.offset(
      m.offset(frame.scratch, bytes: kernel.productPlace),
      bytes: m.multiply(tile, m.int64(panel.vectors * unit.bytes)))
    func combined(_ values: [Value]) -> [Value] {
      var values = values
      if transform.infinityFactor != 1 {
        values[values.count - 1] = arithmetic.multiply(
          values.last!, Double(transform.infinityFactor), m)
      }
      return transform.transform.pairedOutput(values, arithmetic, m)
    }
    let inverse = m.broadcast(m.int32(Int(transform.inverse)), lanes: unit.lanes)
    let shift = m.broadcast(m.int32(transform.shift), lanes: unit.lanes)
    for vector in 0..<panel.vectors {
      let columns = (0..<transform.inputs).map { column in
        combined(
          (0..<transform.inputs).map { row in
            let place = (row * transform.inputs + column) * kernel.productStride
            let sum = m.offset(products, bytes: place + vector * unit.bytes)
            return m.loadStored(ElementPointer(sum, .int32), lanes: unit.lanes)
          })
      }
      for row in 0..<transform.outputs {
        for (column, value) in combined(columns.map { $0[row] }).enumerated() {
          let scaled = transform.inverse == 1 ? value : m.wrappingMultiply(value, inverse)
          let sum = m.wrappingAdd(m.shiftRight(scaled, shift), panel.bias[vector])
          let pixel = row * transform.outputs + column
          m.storeStored(
            sum, m.offset(kept, by: (pixel * panel.vectors + vector) * unit.lanes))
        }
      }
    }
  }
}
