import LLVMKit
import Planning

/// Emits a `StrassenKernel`: what is computed from a block's pixels, then the products of every
/// panel, and from their sums the four quarters of the results.
struct StrassenEmitter {
  let kernel: StrassenKernel
  let unit: VectorUnit

  private var product: ConvolutionKernel { kernel.product }
  private var vectors: Int { product.tile.vectors }

  /// A matrix of pixels: a quarter of the image, or one of those computed from it.
  private struct Pixels {
    var start: ElementPointer
    /// The product that reads it, for the steps of its memory.
    var product: ConvolutionKernel
  }

  /// What stays the same in a task.
  private struct Frame {
    var b11: Pixels
    var b21: Pixels
    var b22: Pixels
    /// T1 to T4.
    var transforms: [Pixels]
    var image: Value
    /// First pixel of the block.
    var first: Value
    /// Room for the sums of two quarters.
    var kept: [Value]
  }

  /// The channels of a panel, in the upper and the lower half.
  private struct Panel {
    var weights: Value
    /// Where each half's bias is: in registers it would take the place of sums.
    var biases: [ElementPointer]
    var halves: [ConvolutionEmitter.Panel]
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: kernel.operands.count, unit)
    m.withScratch(kernel.scratch!, at: arguments[arguments.count - 2]) { scratch in
      let kept = (0..<StrassenKernel.keptQuarters).map {
        m.offset(scratch, bytes: kernel.transformBytes + $0 * kernel.quarterBytes)
      }
      let (first, end) = m.run(task, of: kernel.blocksPerTask, total: kernel.blocks)
      m.loop(from: first, to: end) { block, _ in
        emitBlock(block, arguments, scratch: scratch, kept: kept, m)
        return []
      }
    }
    m.returnVoid()
  }

  private func emitBlock(
    _ ordinal: Value, _ arguments: [Value], scratch: Value, kept: [Value],
    _ m: borrowing IRModule
  ) {
    let (image, block) = m.split(ordinal, by: kernel.blocksPerImage)
    let first = m.multiply(block, m.int64(kernel.blockPixels))
    let source = m.offset(
      m.offset(.floats(arguments[0]), by: image, times: product.input.batch),
      by: first, times: product.input.column)
    func quarter(lower: Bool, right: Bool) -> Pixels {
      let element =
        (lower ? product.wholeBlocks * product.input.block : 0)
        + (right ? product.columns * product.input.column : 0)
      return Pixels(start: m.offset(source, by: element), product: product)
    }
    let transformed = kernel.transformedProduct
    let frame = Frame(
      b11: quarter(lower: false, right: false), b21: quarter(lower: true, right: false),
      b22: quarter(lower: true, right: true),
      transforms: (0..<StrassenKernel.transforms).map {
        Pixels(
          start: m.offset(.floats(scratch), by: $0 * kernel.transformStride), product: transformed)
      }, image: image, first: first, kept: kept)
    emitTransforms(frame, b12: quarter(lower: false, right: true), m)
    m.loop(from: m.int64(0), to: m.int64(product.panels)) { panel, _ in
      emitPanel(panel, arguments, frame, m)
      return []
    }
  }

  // MARK: Pixels

  /// T1 to T4 of all pixels of the block.
  private func emitTransforms(_ frame: Frame, b12: Pixels, _ m: borrowing IRModule) {
    let sources = [frame.b11, b12, frame.b21, frame.b22]
    m.loop(from: m.int64(0), to: m.int64(product.wholeBlocks)) { block, _ in
      func moved(_ pixels: Pixels) -> ElementPointer {
        m.offset(pixels.start, by: block, times: pixels.product.input.block)
      }
      let (from, to) = (sources.map(moved), frame.transforms.map(moved))
      func emitPixels(_ first: Value, count: Int) {
        for pixel in 0..<count {
          func place(_ start: ElementPointer, _ step: Int) -> ElementPointer {
            m.offset(m.offset(start, by: first, times: step), by: pixel * step)
          }
          let b = from.map { m.loadVector(place($0, product.input.column), unit) }
          for pointer in from {
            let next = m.wildOffset(
              m.wildOffset(pointer, by: first, times: product.input.column),
              by: pixel * product.input.column + product.input.block)
            m.prefetch(next.address, level: 1)
          }
          let t1 = m.floatSubtract(b[1], b[0])
          let t2 = m.floatSubtract(b[3], t1)
          let t3 = m.floatSubtract(b[3], b[1])
          let t4 = m.floatSubtract(t2, b[2])
          for (target, value) in zip(to, [t1, t2, t3, t4]) {
            m.storeVector(value, place(target, unit.lanes), unit)
          }
        }
      }
      let unrolled = unit.core.unrolledPixels
      let whole = product.columns / unrolled * unrolled
      m.loop(from: m.int64(0), to: m.int64(whole), step: unrolled) { pixel, _ in
        emitPixels(pixel, count: unrolled)
        return []
      }
      if whole < product.columns { emitPixels(m.int64(whole), count: product.columns - whole) }
      return []
    }
  }

  // MARK: Products

  private func emitPanel(
    _ index: Value, _ arguments: [Value], _ frame: Frame, _ m: borrowing IRModule
  ) {
    let first = m.multiply(index, m.int64(vectors))
    let scaled = ScaledResultEmitter(
      product.scaled, arguments[(product.residual == nil ? 3 : 4)...], unit: unit)
    let matrices = StrassenKernel.Weights.allCases.count
    let panelBytes = matrices * product.panelBytes(vectors: vectors)
    let firstVectors = [first, m.add(first, m.int64(product.outputBlocks))]
    let panel = Panel(
      weights: m.offset(arguments[1], bytes: m.multiply(index, m.int64(panelBytes))),
      biases: firstVectors.map {
        m.offset(.floats(arguments[2]), by: $0, times: unit.lanes)
      },
      halves: firstVectors.map { vector in
        ConvolutionEmitter.Panel(
          vectors: vectors, lastLanes: unit.lanes, input: .floats(arguments[0]),
          weights: arguments[1],
          bias: [],
          residual: product.residual.map {
            m.offset(.floats(arguments[3]), by: vector, times: $0.block)
          }, scaled: scaled?.moved(to: vector, m),
          output: m.offset(.floats(arguments.last!), by: vector, times: product.output.block))
      })
    emitProducts(panel, frame, m)
  }

  /// The products of a panel one after the other, each for all tiles: its weights are read once and
  /// stay in the first level. Sums that another product goes on with wait in the scratch.
  private func emitProducts(_ panel: Panel, _ frame: Frame, _ m: borrowing IRModule) {
    let matrixBytes = product.panelBytes(vectors: vectors)
    func multiply(
      _ weights: StrassenKernel.Weights, _ pixels: Pixels, addingTo start: Start,
      then: (TileSums, TilePosition) -> Void
    ) {
      let inner = InnerLoop(kernel: pixels.product, unit: unit, vectors: vectors)
      let zero = m.int64(0)
      m.forEachTile(in: product.segments, image: frame.image, row: zero, before: zero) { position in
        let sums = inner.emit(
          initial(start, position),
          input: m.offset(
            pixels.start, by: position.column, times: pixels.product.input.column),
          weights: m.offset(panel.weights, bytes: weights.rawValue * matrixBytes),
          blocks: m.int64(product.wholeBlocks), position: position,
          prefetch: .init(bytes: matrixBytes, tiles: product.segments.tileCount), m)
        then(sums, position)
      }
    }
    func place(_ quarter: Int, _ position: TilePosition) -> Value {
      m.offset(
        frame.kept[quarter], bytes: m.multiply(position.column, m.int64(vectors * unit.bytes)))
    }
    func initial(_ start: Start, _ position: TilePosition) -> TileSums {
      switch start {
      case .zero: m.zeroTile(columns: position.segment.columns, vectors: vectors, unit)
      case .kept(let quarter): kept(quarter, position)
      }
    }
    func kept(_ quarter: Int, _ position: TilePosition) -> TileSums {
      m.loadTile(
        columns: position.segment.columns, vectors: vectors, place(quarter, position), unit)
    }
    func keep(_ sums: TileSums, _ quarter: Int, _ position: TilePosition) {
      m.storeTile(sums, place(quarter, position), steps: (column: vectors, vector: 1), unit)
    }
    func total(_ a: TileSums, _ b: TileSums) -> TileSums {
      zip(a, b).map { zip($0, $1).map { m.floatAdd($0, $1) } }
    }
    func store(_ sums: TileSums, _ position: TilePosition, lower: Bool, right: Bool) {
      var place = position
      place.column = m.add(position.column, frame.first)
      if right { place.column = m.add(place.column, m.int64(product.columns)) }
      let bias = (0..<vectors).map {
        m.loadVector(m.offset(panel.biases[lower ? 1 : 0], by: $0 * unit.lanes), unit)
      }
      let biased = sums.map { zip($0, bias).map { m.floatAdd($0, $1) } }
      ConvolutionEmitter(kernel: product, unit: unit).store(
        biased, panel.halves[lower ? 1 : 0], place, m)
    }
    let (t1, t2, t3, t4) = (
      frame.transforms[0], frame.transforms[1], frame.transforms[2], frame.transforms[3]
    )
    multiply(.a11, frame.b11, addingTo: .zero) { keep($0, 0, $1) }
    multiply(.a12, frame.b21, addingTo: .kept(0)) { store($0, $1, lower: false, right: false) }
    multiply(.s2, t2, addingTo: .kept(0)) { keep($0, 0, $1) }
    multiply(.s3, t3, addingTo: .kept(0)) { keep($0, 1, $1) }
    multiply(.minusA22, t4, addingTo: .kept(1)) { store($0, $1, lower: true, right: false) }
    multiply(.s1, t1, addingTo: .zero) { sums, position in
      store(total(sums, kept(1, position)), position, lower: true, right: true)
      keep(total(sums, kept(0, position)), 0, position)
    }
    multiply(.s4, frame.b22, addingTo: .kept(0)) { store($0, $1, lower: false, right: true) }
  }

  /// What a product is added to: nothing, or the sums of a quarter that wait.
  private enum Start {
    case zero
    case kept(Int)
  }
}
