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
    var pixels: Value
    var weights: Value
  }

  /// Steps that are added so many at once: how many times, where the channels of each are, and its weights.
  private struct Steps {
    var atOnce: Int
    var count: Value
    /// As i32.
    var places: ElementPointer
    /// As i32 of four bytes or two words each.
    var weights: ElementPointer
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(
      name, arguments: kernel.operands.count, unit)
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
    let rows = PaddedRowsEmitter(kernel: kernel, unit: unit)
      .rows(rowTask, of: arguments[0], scratch: scratch, m)
    let operands = IntegerPanels.Operands(arguments, rows, kernel, m)
    let frame = Task(
      input: rows.input,
      pixels: m.multiply(m.subtract(rows.end, rows.first), m.int64(kernel.output.width)),
      weights: arguments[1])
    let panels = IntegerPanels(kernel: kernel, unit: unit)
    let (first, end) = m.run(panelGroup, of: kernel.panelsPerTask, total: kernel.panels)
    m.loop(from: first, to: end) { index, _ in
      panels.emit(index, operands, m) { emitPanel($0, frame, m) }
      return []
    }
  }

  private func emitPanel(_ panel: IntegerPanels.Panel, _ frame: Task, _ m: borrowing IRModule) {
    let steps = steps(of: panel.index, vectors: panel.vectors, frame.weights, m)
    // The last tile begins where it ends with the task: pixels that two tiles have get the same values twice.
    let columns = kernel.tile.columns
    let tiles = m.divide(m.add(frame.pixels, m.int64(columns - 1)), m.int64(columns))
    let lastStart = m.subtract(frame.pixels, m.int64(columns))
    m.loop(from: m.int64(0), to: tiles) { tile, _ in
      emitTile(m.minimum(m.multiply(tile, m.int64(columns)), lastStart), steps, panel, frame, m)
      return []
    }
  }

  /// The steps of a panel: see `IntegerWeights`.
  private func steps(
    of panel: Value, vectors: Int, _ weights: Value, _ m: borrowing IRModule
  ) -> [Steps] {
    let header = ElementPointer(
      m.offset(weights, bytes: m.multiply(panel, m.int64(IntegerWeights.headerBytes))), .int32)
    func number(_ index: Int) -> Value {
      m.signExtend(m.loadStored(m.offset(header, by: index)))
    }
    let start = ElementPointer(m.offset(weights, bytes: number(0)), .int32)
    var (before, lists) = (m.int64(0), [(atOnce: Int, count: Value, first: Value)]())
    for (index, atOnce) in kernel.stepsAtOnce.enumerated() {
      let count = number(1 + index)
      lists.append((atOnce, count, before))
      before = m.add(before, m.multiply(count, m.int64(atOnce)))
    }
    let alignment = IntegerWeights.placesAlignment
    let places = m.add(m.bytes(before, of: start.element), m.int64(alignment - 1))
    let lines = m.offset(start, bytes: m.and(places, m.int64(-alignment)))
    let line = kernel.product.linesPerStep * vectors * unit.lanes
    return lists.map { list in
      Steps(
        atOnce: list.atOnce, count: list.count,
        places: m.offset(start, by: list.first),
        weights: m.offset(lines, by: list.first, times: line))
    }
  }

  // MARK: Tiles

  private func emitTile(
    _ first: Value, _ steps: [Steps], _ panel: IntegerPanels.Panel, _ frame: Task,
    _ m: borrowing IRModule
  ) {
    let pixels = (0..<kernel.tile.columns).map { pixel -> Value in
      m.offset(frame.input, bytes: inputBytes(m.add(first, m.int64(pixel)), m))
    }
    var sums = pixels.map { _ in panel.bias }
    for list in steps { sums = add(list, pixels, to: sums, m) }
    let output = m.offset(panel.output, by: first, times: kernel.output.columnStride)
    let results = IntegerResultEmitter(kernel: kernel, unit: unit)
    let addresses = pixels.indices.map {
      m.offset(output, by: $0 * kernel.output.columnStride)
    }
    results.store(sums, scale: panel.scale, at: addresses, m)
  }

  /// Adds the products of steps to the sums `[pixel][vector]`.
  private func add(
    _ steps: Steps, _ pixels: [Value], to sums: [[Value]], _ m: borrowing IRModule
  ) -> [[Value]] {
    let products = IntegerProducts(product: kernel.product, unit: unit)
    let vectors = sums[0].indices
    let line = vectors.count * unit.lanes
    let lineCount = kernel.product.linesPerStep
    let added = m.loop(
      from: m.int64(0), to: steps.count, carrying: sums.flatMap(\.self)
    ) { turn, sums in
      let first = m.multiply(turn, m.int64(steps.atOnce))
      let at = m.offset(steps.places, by: first)
      let lines = m.offset(steps.weights, by: first, times: lineCount * line)
      let places = (0..<steps.atOnce).map { m.signExtend(m.loadStored(m.offset(at, by: $0))) }
      // One line after the other, but for steps that are added at once: so few registers hold weights.
      return (0..<lineCount).reduce(sums) { sums, number in
        let weights = vectors.map { vector in
          (0..<steps.atOnce).map {
            let place = ($0 * lineCount + number) * line + vector * unit.lanes
            return m.loadStored(m.offset(lines, by: place), lanes: unit.lanes)
          }
        }
        return pixels.indices.flatMap { pixel in
          let channels = channels(of: pixels[pixel], at: places, line: number, m)
          return vectors.map {
            products.add(channels, weights[$0], to: sums[pixel * vectors.count + $0], m)
          }
        }
      }
    }
    return pixels.indices.map {
      Array(added[$0 * vectors.count..<($0 + 1) * vectors.count])
    }
  }

  /// Four channels of a pixel, or two where they are of 16 bits, in every lane, for each of the places.
  private func channels(
    of pixel: Value, at places: [Value], line: Int, _ m: borrowing IRModule
  ) -> [Value] {
    func place(_ index: Int) -> ElementPointer {
      m.offset(ElementPointer(m.offset(pixel, bytes: places[index]), .int32), by: line)
    }
    guard kernel.joinsNeighbours else {
      return places.indices.map { m.broadcast(m.loadStored(place($0)), lanes: unit.lanes) }
    }
    // The second place is right behind the first.
    let loaded =
      places.count == 2
      ? m.loadStored(place(0), lanes: 2)
      : m.insert(m.loadStored(place(0)), into: m.poison(m.vector(m.int32, 2)), lane: 0)
    let taken = IntegerProducts(product: kernel.product, unit: unit).taken(loaded, m)
    return places.indices.map {
      m.shuffle(taken, [Int](repeating: $0, count: unit.lanes))
    }
  }

  /// Where what a pixel of the task is made from begins.
  private func inputBytes(_ pixel: Value, _ m: borrowing IRModule) -> Value {
    let step = kernel.pixelBytes * kernel.readStride.width
    if kernel.isDense { return m.multiply(pixel, m.int64(step)) }
    let (row, column) = m.split(pixel, by: kernel.output.width)
    return m.add(
      m.multiply(row, m.int64(kernel.readStride.height * kernel.pitch)),
      m.multiply(column, m.int64(step)))
  }
}
