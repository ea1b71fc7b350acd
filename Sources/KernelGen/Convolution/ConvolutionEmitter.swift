import LLVMKit
import Planning

/// Emits a `ConvolutionKernel`: panels of output channels over rows of register tiles.
struct ConvolutionEmitter {
  let kernel: ConvolutionKernel
  let unit: VectorUnit

  /// The pointers that a step gives, and the bounds of the task.
  struct Frame {
    var input: ElementPointer
    var weights: Value
    var bias: ElementPointer
    var residual: ElementPointer?
    var scaled: ScaledResultEmitter?
    var output: ElementPointer
    var firstRow: Value
    var endRow: Value
    /// Partial sums of the task, where weights come in chunks.
    var scratch: Value?
  }

  /// One panel: pointers moved to its channels.
  struct Panel {
    var vectors: Int
    /// Lanes of its last vector that exist in the output.
    var lastLanes: Int
    var input: ElementPointer
    var weights: Value
    var bias: [Value]
    var residual: ElementPointer?
    var scaled: ScaledResultEmitter?
    var output: ElementPointer
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(
      name, arguments: kernel.operands.count, unit)
    if let scratch = kernel.scratch {
      m.withScratch(scratch, at: arguments[arguments.count - 2]) {
        emitTask(task, arguments, scratch: $0, m)
      }
    } else {
      emitTask(task, arguments, scratch: nil, m)
    }
    m.returnVoid()
  }

  private func emitTask(
    _ task: Value, _ arguments: [Value], scratch: Value?, _ m: borrowing IRModule
  ) {
    let (rowGroup, panelGroup) = m.split(task, by: kernel.panelGroups)
    let (firstRow, endRow) = m.run(rowGroup, of: kernel.rowsPerTask, total: kernel.rows)
    let frame = Frame(
      input: .floats(arguments[0]), weights: arguments[1], bias: .floats(arguments[2]),
      residual: kernel.residual == nil ? nil : .floats(arguments[3]),
      scaled: ScaledResultEmitter(
        kernel.scaled, arguments[(kernel.residual == nil ? 3 : 4)...], unit: unit),
      output: .floats(arguments.last!), firstRow: firstRow, endRow: endRow, scratch: scratch)
    let (firstPanel, endPanel) = m.run(
      panelGroup, of: kernel.panelsPerTask, total: kernel.panels)
    m.loop(from: firstPanel, to: endPanel) { panel, _ in
      emitPanels(panel, frame, m)
      return []
    }
  }

  /// The last panel has code of its own where it is narrower, or ends in a partial vector of
  /// memory.
  private func emitPanels(_ panel: Value, _ frame: Frame, _ m: borrowing IRModule) {
    let partial = kernel.padsOutput ? 0 : kernel.outputChannels % unit.lanes
    guard kernel.lastVectors != kernel.tile.vectors || partial > 0 else {
      emitPanel(panel, vectors: kernel.tile.vectors, lastLanes: unit.lanes, frame, m)
      return
    }
    let lastLanes = partial > 0 ? partial : unit.lanes
    if kernel.panels == 1 {
      emitPanel(panel, vectors: kernel.lastVectors, lastLanes: lastLanes, frame, m)
      return
    }
    m.either(m.compare(.equal, panel, m.int64(kernel.panels - 1))) {
      emitPanel(panel, vectors: kernel.lastVectors, lastLanes: lastLanes, frame, m)
    } otherwise: {
      emitPanel(panel, vectors: kernel.tile.vectors, lastLanes: unit.lanes, frame, m)
    }
  }

  private func emitPanel(
    _ index: Value, vectors: Int, lastLanes: Int, _ frame: Frame, _ m: borrowing IRModule
  ) {
    let first = m.multiply(index, m.int64(kernel.tile.vectors))
    let bias = m.offset(frame.bias, by: first, times: unit.lanes)
    var input = m.offset(frame.input, by: kernel.origin)
    switch kernel.form {
    case .dense(0, _): break
    case .dense(let panelsPerGroup, let blocks):
      let group = m.divide(index, m.int64(panelsPerGroup))
      input = m.offset(input, by: group, times: blocks * kernel.input.block)
    case .lanes:
      input = m.offset(input, by: index, times: kernel.input.block)
    }
    let panelBytes = kernel.panelBytes(vectors: kernel.tile.vectors)
    let panel = Panel(
      vectors: vectors, lastLanes: lastLanes, input: input,
      weights: m.offset(frame.weights, bytes: m.multiply(index, m.int64(panelBytes))),
      bias: (0..<vectors).map { m.loadVector(m.offset(bias, by: $0 * unit.lanes), unit) },
      residual: frame.residual.map {
        m.offset($0, by: first, times: kernel.residual!.block)
      }, scaled: frame.scaled?.moved(to: first, m),
      output: m.offset(frame.output, by: first, times: kernel.output.block))
    if let chunkBlocks = kernel.chunkBlocks, let scratch = frame.scratch {
      emitChunks(of: chunkBlocks, panel, frame, scratch, m)
    } else {
      emitWhole(panel, frame, m)
    }
  }

  // MARK: Tiles

  /// Emits `body` for every tile of a task.
  private func forEachTile(
    _ frame: Frame, _ m: borrowing IRModule, _ body: (TilePosition) -> Void
  ) {
    m.loop(from: m.int64(0), to: m.int64(kernel.batch)) { image, _ in
      m.loop(from: frame.firstRow, to: frame.endRow) { row, _ in
        let rowsBefore = m.add(
          m.multiply(image, m.int64(kernel.rowsPerTask)), m.subtract(row, frame.firstRow))
        m.forEachTile(
          in: kernel.segments, image: image, row: row,
          before: m.multiply(rowsBefore, m.int64(kernel.segments.tileCount)), body)
        return []
      }
      return []
    }
  }

  /// All input channels at once: bias, sum, epilogue, store.
  private func emitWhole(_ panel: Panel, _ frame: Frame, _ m: borrowing IRModule) {
    let bytes = kernel.panelBytes(vectors: panel.vectors)
    forEachTile(frame, m) { position in
      let start = TileSums(repeating: panel.bias, count: position.segment.columns)
      askForOutput(panel, position, m)
      let inner = InnerLoop(kernel: kernel, unit: unit, vectors: panel.vectors)
      let sums = inner.emit(
        start, input: inputPointer(panel.input, position, m), weights: panel.weights,
        blocks: m.int64(kernel.wholeBlocks), position: position,
        prefetch: .init(bytes: bytes, tiles: tilesPerTask), m)
      store(sums, panel, position, m)
    }
  }

  /// Asks for the lines that a tile further on will write: where sums are short, waiting for them
  /// would cost as much as the sums.
  private func askForOutput(_ panel: Panel, _ position: TilePosition, _ m: borrowing IRModule) {
    guard kernel.weightsPerVector <= unit.core.shortSum, kernel.output.column == unit.lanes else {
      return
    }
    let output = m.pixelAddress(panel.output, kernel.output, position.pixel)
    let ahead = unit.core.outputTilesAhead * position.segment.columns
    for vector in 0..<panel.vectors {
      for column in 0..<position.segment.columns {
        let element =
          vector * kernel.output.block + (column + ahead) * kernel.output.column
        m.prefetch(m.wildOffset(output, by: element).address, level: 1)
      }
    }
  }

  private var tilesPerTask: Int {
    kernel.batch * min(kernel.rowsPerTask, kernel.rows) * kernel.segments.tileCount
  }

  /// A chunk of the weights is used on all pixels before the next is read: partial sums wait in the
  /// scratch.
  private func emitChunks(
    of chunkBlocks: Int, _ panel: Panel, _ frame: Frame, _ scratch: Value, _ m: borrowing IRModule
  ) {
    let taps = kernel.kernel.height * kernel.kernel.width
    let blockBytes = taps * unit.lanes * panel.vectors * kernel.weightVectorBytes
    let chunks = (kernel.wholeBlocks + chunkBlocks - 1) / chunkBlocks
    func partialSums(_ position: TilePosition) -> Value {
      let rows = m.add(
        m.multiply(position.image, m.int64(kernel.rowsPerTask)),
        m.subtract(position.row, frame.firstRow))
      let pixel = m.add(m.multiply(rows, m.int64(kernel.columns)), position.column)
      return m.offset(scratch, bytes: m.multiply(pixel, m.int64(panel.vectors * unit.bytes)))
    }
    func kept(_ position: TilePosition) -> TileSums {
      m.loadTile(
        columns: position.segment.columns, vectors: panel.vectors, partialSums(position), unit)
    }
    func keep(_ sums: TileSums, _ position: TilePosition) {
      m.storeTile(sums, partialSums(position), steps: (column: panel.vectors, vector: 1), unit)
    }
    forEachTile(frame, m) { position in
      keep(TileSums(repeating: panel.bias, count: position.segment.columns), position)
    }
    m.loop(from: m.int64(0), to: m.int64(chunks)) { chunk, _ in
      let firstBlock = m.multiply(chunk, m.int64(chunkBlocks))
      let blocks = m.minimum(
        m.subtract(m.int64(kernel.wholeBlocks), firstBlock), m.int64(chunkBlocks))
      let weights = m.offset(panel.weights, bytes: m.multiply(firstBlock, m.int64(blockBytes)))
      let input = m.offset(panel.input, by: firstBlock, times: kernel.input.block)
      forEachTile(frame, m) { position in
        let inner = InnerLoop(kernel: kernel, unit: unit, vectors: panel.vectors)
        let sums = inner.emit(
          kept(position), input: inputPointer(input, position, m), weights: weights,
          blocks: blocks, position: position,
          prefetch: .init(bytes: chunkBlocks * blockBytes, tiles: tilesPerTask), m)
        keep(sums, position)
      }
      return []
    }
    forEachTile(frame, m) { position in store(kept(position), panel, position, m) }
  }

  // MARK: Addresses and epilogue

  private func inputPointer(
    _ base: ElementPointer, _ position: TilePosition, _ m: borrowing IRModule
  ) -> ElementPointer {
    m.pixelAddress(base, kernel.input, position.pixel)
  }

  /// Residual, activation, store.
  func store(
    _ sums: TileSums, _ panel: Panel, _ position: TilePosition, _ m: borrowing IRModule
  ) {
    let output = m.pixelAddress(panel.output, kernel.output, position.pixel)
    let residual = panel.residual.map { m.pixelAddress($0, kernel.residual!, position.pixel) }
    let second = panel.scaled.map { m.pixelAddress($0.output, $0.result.output, position.pixel) }
    for vector in 0..<panel.vectors {
      let numbers = panel.scaled?.load(vector: vector, m)
      let lanes = vector == panel.vectors - 1 ? panel.lastLanes : unit.lanes
      for column in sums.indices {
        var value = sums[column][vector]
        if let residual, let steps = kernel.residual {
          let offset = vector * steps.block + column * steps.column
          let addend = m.loadVector(m.offset(residual, by: offset), lanes: lanes, unit)
          value = m.floatAdd(value, addend)
        }
        if let then = kernel.then { value = m.apply(then, value, unit) }
        let offset = vector * kernel.output.block + column * kernel.output.column
        let target = m.offset(output, by: offset)
        m.storeVector(value, target, lanes: lanes, unit)
        if let scaled = panel.scaled, let second, let numbers {
          let steps = scaled.result.output
          let offset = vector * steps.block + column * steps.column
          scaled.store(value, numbers, m.offset(second, by: offset), m)
        }
      }
    }
  }
}
