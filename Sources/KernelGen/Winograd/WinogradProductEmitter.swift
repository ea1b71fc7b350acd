import LLVMKit
import Planning

/// Emits a `WinogradProductKernel`: for a panel of output channels and a block of tiles, the
/// products of all frequencies into the task's scratch, then from there back to pixels.
struct WinogradProductEmitter {
  let kernel: WinogradProductKernel
  let unit: VectorUnit

  private var geometry: WinogradGeometry { kernel.geometry }
  private var product: ConvolutionKernel { kernel.product }

  /// What stays the same in a task.
  struct Frame {
    var weights: Value
    var bias: ElementPointer
    var residual: ElementPointer?
    var scaled: ScaledResultEmitter?
    var output: ElementPointer
    var products: Value
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: kernel.operands.count, unit)
    m.withScratch(kernel.scratch!, at: arguments[arguments.count - 2]) { products in
      let (panel, group) = m.split(task, by: kernel.blockGroups)
      let (first, end) = m.run(group, of: kernel.blocksPerTask, total: geometry.blocks)
      let frame = frame(panel: panel, arguments, products: products, m)
      m.loop(from: first, to: end) { block, _ in
        let image = m.offset(.floats(arguments[0]), by: block, times: geometry.blockStride)
        let firstTile = m.multiply(block, m.int64(geometry.outputTiles))
        forBlock(block, m) {
          emitBlock(tiles: $0, image: image, frame, m) { pixelPlace(m.add(firstTile, $0), m) }
        }
        return []
      }
    }
    m.returnVoid()
  }

  /// The pointers of the step moved to a panel: weights, bias, then what `operands` lists, the
  /// output last.
  func frame(
    panel: Value, _ arguments: [Value], products: Value, _ m: borrowing IRModule
  ) -> Frame {
    let panelBytes = kernel.panelBytes(vectors: product.tile.vectors)
    let firstVector = m.multiply(panel, m.int64(product.tile.vectors))
    return Frame(
      weights: m.offset(arguments[1], bytes: m.multiply(panel, m.int64(panelBytes))),
      bias: m.offset(.floats(arguments[2]), by: firstVector, times: unit.lanes),
      residual: kernel.residual.map {
        m.offset(.floats(arguments[3]), by: firstVector, times: $0.block)
      },
      scaled: ScaledResultEmitter(
        kernel.scaled, arguments[(kernel.residual == nil ? 3 : 4)...], unit: unit
      )?.moved(to: firstVector, m),
      output: m.offset(.floats(arguments.last!), by: firstVector, times: kernel.output.block),
      products: products)
  }

  /// Emits `body` for the number of tiles that a block has: the last may have fewer.
  func forBlock(_ block: Value, _ m: borrowing IRModule, _ body: (Int) -> Void) {
    let rest = geometry.tiles % geometry.outputTiles
    if rest == 0 {
      body(geometry.outputTiles)
    } else if geometry.blocks == 1 {
      body(rest)
    } else {
      m.either(m.compare(.equal, block, m.int64(geometry.blocks - 1))) {
        body(rest)
      } otherwise: {
        body(geometry.outputTiles)
      }
    }
  }

  /// Products and pixels of a panel for a block, whose transformed tiles start at `image`.
  ///
  /// - Parameter place: where the first pixel of a tile of the block goes.
  func emitBlock(
    tiles: Int, image: ElementPointer, _ frame: Frame, _ m: borrowing IRModule,
    place: (Value) -> PixelPlace
  ) {
    emitProducts(image, tiles: tiles, frame, m)
    m.loop(from: m.int64(0), to: m.int64(tiles)) { tile, _ in
      emitPixels(tile, at: place(tile), frame, m)
      return []
    }
  }

  // MARK: Products

  private func emitProducts(
    _ image: ElementPointer, tiles: Int, _ frame: Frame, _ m: borrowing IRModule
  ) {
    let vectors = product.tile.vectors
    let segments = ConvolutionKernel.pointwiseSegments(
      columns: tiles, tileColumns: product.tile.columns)
    var before = 0
    for run in geometry.runs {
      let product = kernel.product(channels: run.channels)
      let panelBytes = product.panelBytes(vectors: vectors)
      let inner = InnerLoop(kernel: product, unit: unit, vectors: vectors)
      let runWeights = m.offset(frame.weights, bytes: before)
      m.loop(from: m.int64(0), to: m.int64(run.count)) { index, _ in
        let (row, column) = m.split(index, by: run.columns)
        let frequency = m.add(
          m.add(m.multiply(row, m.int64(geometry.transform.inputs)), column), m.int64(run.first))
        let input = m.offset(image, by: frequency, times: geometry.frequencyStride)
        let weights = m.offset(runWeights, bytes: m.multiply(index, m.int64(panelBytes)))
        let target = m.offset(
          frame.products, bytes: m.multiply(frequency, m.int64(kernel.frequencyBytes)))
        let zero = m.int64(0)
        m.forEachTile(in: segments, image: zero, row: zero, before: zero) { position in
          let moved = m.bytes(position.column, times: geometry.lanes, of: .float32)
          let sums = inner.emit(
            m.zeroTile(columns: position.segment.columns, vectors: vectors, unit),
            input: m.offset(input, bytes: moved), weights: weights,
            blocks: m.int64(product.wholeBlocks), position: position,
            prefetch: .init(bytes: panelBytes, tiles: segments.tileCount), m)
          m.storeTile(
            sums, m.offset(target, bytes: moved),
            steps: (column: 1, vector: geometry.blockTiles), unit)
        }
        return []
      }
      before += run.count * panelBytes
    }
  }

  /// Image, row and column of a tile, where images have so many rows of tiles.
  func place(
    of ordinal: Value, rows: Int, _ m: borrowing IRModule
  ) -> (image: Value, row: Value, column: Value) {
    let (image, within) = m.split(ordinal, by: rows * geometry.tilesWide)
    let (row, column) = m.split(within, by: geometry.tilesWide)
    return (image, row, column)
  }

  // MARK: Back to pixels

  /// The first pixel of a tile.
  func pixelPlace(_ ordinal: Value, _ m: borrowing IRModule) -> PixelPlace {
    let (image, row, column) = place(of: ordinal, rows: geometry.tilesHigh, m)
    return PixelPlace(
      image: image, row: m.multiply(row, m.int64(geometry.rowOutputs)),
      column: m.multiply(column, m.int64(geometry.transform.outputs)))
  }

  private func emitPixels(
    _ tile: Value, at place: PixelPlace, _ frame: Frame, _ m: borrowing IRModule
  ) {
    let products = m.offset(frame.products, bytes: m.multiply(tile, m.int64(unit.bytes)))
    func emit(_ vector: Value) {
      let start = m.multiply(vector, m.int64(geometry.blockTiles * unit.bytes))
      let pixels = pixels(m.settled(m.offset(products, bytes: start), unit), m)
      store(pixels, of: vector, at: place, frame, m)
    }
    if unit.keepsCodeShort {
      m.loop(from: m.int64(0), to: m.int64(product.tile.vectors)) { vector, _ in
        emit(vector)
        return []
      }
    } else {
      for vector in 0..<product.tile.vectors { emit(m.int64(vector)) }
    }
  }

  /// Stores the pixels of one vector of channels, `[row][column]`, with all that is done to them first.
  private func store(
    _ pixels: [[Value]], of vector: Value, at place: PixelPlace, _ frame: Frame,
    _ m: borrowing IRModule
  ) {
    let (row, column) = (place.row, place.column)
    let bias = m.loadVector(
      m.offset(frame.bias, by: vector, times: unit.lanes), unit)
    func base(_ pointer: ElementPointer, _ steps: ConvolutionKernel.Steps) -> ElementPointer {
      let start = m.bytes(vector, times: steps.block, of: pointer.element)
      return m.settled(m.offset(m.pixelAddress(pointer, steps, place), bytes: start), unit)
    }
    let output = base(frame.output, kernel.output)
    let residual = frame.residual.map { base($0, kernel.residual!) }
    let second = frame.scaled.map { base($0.output, $0.result.output) }
    let numbers = frame.scaled?.moved(to: vector, m).load(vector: 0, m)
    for (y, line) in pixels.enumerated() {
      inside(m.add(row, m.int64(y)), geometry.height, by: geometry.rowOutputs, m) {
        for (x, pixel) in line.enumerated() {
          inside(m.add(column, m.int64(x)), geometry.width, by: geometry.transform.outputs, m) {
            var value = m.floatAdd(pixel, bias)
            if let residual, let steps = kernel.residual {
              let offset = y * steps.row + x * steps.column
              value = m.floatAdd(value, m.loadVector(m.offset(residual, by: offset), unit))
            }
            if let then = kernel.then { value = m.apply(then, value, unit) }
            let offset = y * kernel.output.row + x * kernel.output.column
            m.storeVector(value, m.offset(output, by: offset), unit)
            if let scaled = frame.scaled, let second, let numbers {
              let steps = scaled.result.output
              let offset = y * steps.row + x * steps.column
              scaled.store(value, numbers, m.offset(second, by: offset), m)
            }
          }
        }
      }
    }
  }

  /// Aᵀ m A for one vector of channels, `[row][column]`.
  private func pixels(_ products: Value, _ m: borrowing IRModule) -> [[Value]] {
    let transform = geometry.transform
    let arithmetic = LaneArithmetic(unit)
    let columns = (0..<transform.inputs).map { column in
      let values = (0..<geometry.rowInputs).map { row in
        m.load(
          m.vectorType(unit),
          m.offset(
            products, bytes: (row * transform.inputs + column) * kernel.frequencyBytes),
          alignment: unit.bytes)
      }
      guard !geometry.rowsOnly else { return values }
      let results = transform.pairedOutput(values, arithmetic, m)
      // Otherwise LLVM begins all columns of a large tile, and keeps them on the stack.
      return geometry.frequencies > 36 ? m.inOrder(results, unit) : results
    }
    return (0..<geometry.rowOutputs).map { row in
      transform.pairedOutput(columns.map { $0[row] }, arithmetic, m)
    }
  }

  /// Emits `body` where an index is inside its extent: always, if tiles divide the extent.
  private func inside(
    _ index: Value, _ extent: Int, by tile: Int, _ m: borrowing IRModule, _ body: () -> Void
  ) {
    guard extent % tile != 0 else { return body() }
    m.when(m.compare(.less, index, m.int64(extent)), body)
  }
}
