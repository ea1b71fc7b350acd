import LLVMKit
import Planning

/// Emits a `WinogradBlocksKernel`: for every block of tiles, the transform into the task's scratch,
/// then the products and pixels of all panels.
struct WinogradBlocksEmitter {
  let kernel: WinogradBlocksKernel
  let unit: VectorUnit

  private var geometry: WinogradGeometry { kernel.geometry }
  private var inputs: WinogradInputEmitter { .init(kernel: kernel.input, unit: unit) }
  private var products: WinogradProductEmitter { .init(kernel: kernel.product, unit: unit) }

  /// What stays the same in a task.
  private struct Frame {
    /// The image, or the band of its phases, is the first operand of the products; their result, or
    /// the band that is pooled, the last.
    var operands: [Value]
    var products: Value
    var scratch: ElementPointer
    var zeros: ElementPointer
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let zeros = inputs.zeroRow(name, m)
    let phases = kernel.phaseImage.map { PhaseImageEmitter(image: $0, unit: unit) }
    let phaseZeros = phases?.zeroRow(name, m)
    let (arguments, task) = m.beginKernel(
      name, arguments: kernel.operands.count, unit)
    m.withScratch(kernel.scratch!, at: arguments[arguments.count - 2]) { scratch in
      let frame = Frame(
        operands: arguments,
        products: m.offset(
          scratch, bytes: kernel.transformBytes + kernel.phaseBytes + kernel.poolBytes),
        scratch: .floats(scratch), zeros: zeros)
      if let rows = kernel.tileRows {
        let (image, group) = m.split(task, by: rows.groups)
        let (first, end) = m.run(group, of: rows.perTask, total: geometry.tilesHigh)
        emitTileRows(image: image, first: first, end: end, phases, phaseZeros, frame, m)
      } else {
        emitBlocks(task, frame, m)
      }
    }
    m.returnVoid()
  }

  private func emitBlocks(_ task: Value, _ frame: Frame, _ m: borrowing IRModule) {
    let (blocks, panelGroup) = m.split(task, by: kernel.panelGroups)
    let panels = m.run(
      panelGroup, of: kernel.panelsPerTask, total: kernel.product.product.panels)
    let (first, end) = m.run(blocks, of: kernel.product.blocksPerTask, total: geometry.blocks)
    m.loop(from: first, to: end) { block, _ in
      let firstTile = m.multiply(block, m.int64(geometry.blockTiles))
      let count = m.minimum(
        m.subtract(m.int64(geometry.storedTiles), firstTile), m.int64(geometry.blockTiles))
      emitTransforms(count: count, frame, m) { tile in
        let (image, row, column) = products.place(
          of: m.add(firstTile, tile), rows: geometry.storedRows, m)
        let source = m.offset(
          .floats(frame.operands[0]), by: image, times: kernel.input.input.batchStride)
        return (source, row, column)
      }
      let firstOutput = m.multiply(block, m.int64(geometry.outputTiles))
      products.forBlock(block, m) { tiles in
        emitPanels(panels, tiles: tiles, frame, m) {
          products.pixelPlace(m.add(firstOutput, $0), m)
        }
      }
      return []
    }
  }

  /// Transforms tiles into the scratch.
  ///
  /// - Parameter place: the image of a tile, with the tile's row and column.
  private func emitTransforms(
    count: Value, _ frame: Frame, _ m: borrowing IRModule,
    place: (Value) -> (source: ElementPointer, row: Value, column: Value)
  ) {
    m.loop(from: m.int64(0), to: count) { tile, _ in
      let (source, row, column) = place(tile)
      inputs.emitWholeTile(
        row: row, column: column, source: source, zeros: frame.zeros,
        target: m.offset(frame.scratch, by: tile, times: geometry.lanes), m)
      return []
    }
  }

  /// Products and pixels of panels for the tiles in the scratch.
  private func emitPanels(
    _ panels: (first: Value, end: Value), tiles: Int, _ frame: Frame, _ m: borrowing IRModule,
    place: (Value) -> PixelPlace
  ) {
    m.loop(from: panels.first, to: panels.end) { panel, _ in
      let panel = products.frame(panel: panel, frame.operands, products: frame.products, m)
      products.emitBlock(tiles: tiles, image: frame.scratch, panel, m, place: place)
      return []
    }
  }

  // MARK: Row of tiles by row of tiles

  /// Where a row of tiles reads and writes.
  private struct TileRowPlace {
    /// The image, or the band of its phases.
    var source: ElementPointer
    /// The row of tiles in it.
    var row: Value
    /// Image and row of the pixels: those of the result, or of the band that is pooled.
    var image: Value
    var firstPixelRow: Value
  }

  private func emitTileRows(
    image: Value, first: Value, end: Value, _ phases: PhaseImageEmitter?,
    _ phaseZeros: ElementPointer?,
    _ frame: Frame, _ m: borrowing IRModule
  ) {
    var frame = frame
    let output = frame.operands.last!
    let source = m.offset(
      .floats(frame.operands[0]), by: image, times: kernel.image.batchStride)
    let phaseBand = m.offset(frame.scratch.address, bytes: kernel.transformBytes)
    let poolBand = m.offset(phaseBand, bytes: kernel.phaseBytes)
    let phasePixels = ElementPointer.floats(phaseBand)
    var start = first
    if let pool = kernel.pool {
      frame.operands[frame.operands.count - 1] = poolBand
      if pool.band.rowsAbove > 0 {
        // Above the image is nothing; above the rows of another task is what it computes too.
        fillRowsAbove(pool.band, poolBand, m)
        start = m.maximum(m.subtract(first, m.int64(1)), m.int64(0))
      }
    }
    if let phases, let phaseZeros {
      phases.emit(
        from: m.multiply(start, m.int64(geometry.rowOutputs)), count: phases.image.band.rowsAbove,
        source: source, zeros: phaseZeros, target: phasePixels, m)
    }
    m.loop(from: start, to: end) { tileRow, _ in
      let row = m.multiply(tileRow, m.int64(geometry.rowOutputs))
      var place = TileRowPlace(source: source, row: tileRow, image: image, firstPixelRow: row)
      if let phases, let phaseZeros {
        let band = phases.image.band
        phases.emit(
          from: m.add(row, m.int64(band.rowsAbove)), count: band.rows, source: source,
          zeros: phaseZeros,
          target: m.offset(phasePixels, by: band.rowsAbove * band.view.rowStride), m)
        (place.source, place.row) = (phasePixels, m.int64(0))
      }
      if let pool = kernel.pool {
        (place.image, place.firstPixelRow) = (m.int64(0), m.int64(pool.band.rowsAbove))
      }
      emitTileRow(place, frame, m)
      if let phases { keepLastRows(phases.image.band, phaseBand, m) }
      if let pool = kernel.pool {
        m.when(m.compare(.greaterOrEqual, tileRow, first)) {
          emitPool(pool, poolBand, image: image, tileRow: tileRow, output: output, m)
        }
        keepLastRows(pool.band, poolBand, m)
      }
      return []
    }
  }

  /// The result of a row of tiles, block by block.
  private func emitTileRow(_ place: TileRowPlace, _ frame: Frame, _ m: borrowing IRModule) {
    let blockTiles = geometry.blockTiles
    func emitBlock(firstTile: Value, tiles: Int) {
      emitTransforms(count: m.int64(tiles), frame, m) { tile in
        (place.source, place.row, m.add(firstTile, tile))
      }
      let panels = (first: m.int64(0), end: m.int64(kernel.product.product.panels))
      emitPanels(panels, tiles: tiles, frame, m) { tile in
        .init(
          image: place.image, row: place.firstPixelRow,
          column: m.multiply(
            m.add(firstTile, tile), m.int64(geometry.transform.outputs)))
      }
    }
    let whole = geometry.tilesWide / blockTiles
    m.loop(from: m.int64(0), to: m.int64(whole)) { block, _ in
      emitBlock(firstTile: m.multiply(block, m.int64(blockTiles)), tiles: blockTiles)
      return []
    }
    let rest = geometry.tilesWide - whole * blockTiles
    if rest > 0 { emitBlock(firstTile: m.int64(whole * blockTiles), tiles: rest) }
  }

  private func emitPool(
    _ pool: BandPool, _ band: Value, image: Value, tileRow: Value, output: Value,
    _ m: borrowing IRModule
  ) {
    let view = pool.kernel.output
    let row = m.multiply(tileRow, m.int64(view.height))
    let place = m.add(
      m.bytes(image, times: view.batchStride, of: view.element),
      m.bytes(row, times: view.rowStride, of: view.element))
    PoolEmitter(kernel: pool.kernel, unit: unit).emitBand(
      input: ElementPointer(band, pool.kernel.input.element),
      output: m.offset(ElementPointer(output, view.element), bytes: place), m)
  }

  private func fillRowsAbove(_ band: RowBand, _ pointer: Value, _ m: borrowing IRModule) {
    let lowest = m.splat(m.float(-.infinity), lanes: unit.lanes)
    forEachPixelAbove(band, m) {
      m.store(lowest, m.offset(pointer, bytes: $0), alignment: unit.bytes)
    }
  }

  /// Moves the last rows of a band to where the next row of tiles finds them above itself.
  private func keepLastRows(_ band: RowBand, _ pointer: Value, _ m: borrowing IRModule) {
    forEachPixelAbove(band, m) { place in
      let pixel = m.offset(pointer, bytes: place)
      let below = m.offset(.floats(pixel), by: band.rows * band.view.rowStride)
      m.store(m.loadVector(below, unit), pixel, alignment: unit.bytes)
    }
  }

  /// Emits `body` for the offset of every vector of the rows above, in bytes, from the top down.
  private func forEachPixelAbove(
    _ band: RowBand, _ m: borrowing IRModule, _ body: (Value) -> Void
  ) {
    let view = band.view
    m.loop(from: m.int64(0), to: m.int64(view.blockCount(lanes: unit.lanes))) { block, _ in
      m.loop(from: m.int64(0), to: m.int64(band.rowsAbove * view.width)) { pixel, _ in
        body(
          m.add(
            m.bytes(block, times: view.blockStride, of: view.element),
            m.bytes(pixel, times: view.columnStride, of: view.element)))
        return []
      }
      return []
    }
  }
}
