import GraphIR
import LLVMKit
import Planning

/// Emits an `AlignRegionsKernel`: a task goes through the cells of a region, and for each through the
/// blocks of channels and the samples.
struct AlignRegionsEmitter {
  let kernel: AlignRegionsKernel
  let unit: VectorUnit

  private var attributes: RegionAlignment { kernel.attributes }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 4, unit)
    let edges = (0..<4).map { edge(m.offset(.floats(arguments[1]), by: task, times: 4), $0, m) }
    let rows = axis(
      edges[1], edges[3], cells: kernel.output.height, extent: kernel.input.height, m)
    let columns = axis(
      edges[0], edges[2], cells: kernel.output.width, extent: kernel.input.width, m)
    let image = m.index(
      at: m.offset(.floats(arguments[2]), by: task), axis: kernel.input.batch)
    let samples = m.floatMultiply(rows.count, columns.count)
    let isSeveral = m.compare(.orderedGreater, samples, m.float(1))
    let divisor = m.select(isSeveral, samples, m.float(1))
    m.loop(from: m.int64(0), to: m.int64(kernel.output.height)) { row, _ in
      let y = cell(rows, row, m)
      m.loop(from: m.int64(0), to: m.int64(kernel.output.width)) { column, _ in
        let x = cell(columns, column, m)
        m.loop(from: m.int64(0), to: m.int64(kernel.input.blockCount(lanes: unit.lanes))) {
          block, _ in
          let input = m.blockPointer(arguments[0], kernel.input, image: image, block: block)
          let output = m.blockPointer(arguments[3], kernel.output, image: task, block: block)
          let view = kernel.output
          let place = m.add(
            m.bytes(row, times: view.rowStride, of: view.element),
            m.bytes(column, times: view.columnStride, of: view.element))
          let result = value(input, rows, y, columns, x, divisor, m)
          m.storeVector(result, m.offset(output, bytes: place), unit)
          return []
        }
        return []
      }
      return []
    }
    m.returnVoid()
  }

  /// A region along one axis.
  private struct Axis {
    var start: Value
    var cell: Value
    /// Samples per cell, as a float.
    var count: Value
    /// The same as an integer.
    var whole: Value
    var extent: Int
  }

  /// A cell along one axis: where it starts, and the samples that may lie in the image.
  private struct Cell {
    var start: Value
    var first: Value
    var end: Value
  }

  /// A position along one axis: the two pixels around it, how much they count, and whether it lies in
  /// the image.
  private struct Taps {
    var low: Value
    var high: Value
    var lowWeight: Value
    var highWeight: Value
    var isInside: Value
  }

  private func edge(_ region: ElementPointer, _ index: Int, _ m: borrowing IRModule) -> Value {
    let number = m.load(m.offset(region, by: index))
    let scaled = m.floatMultiply(number, m.float(attributes.scale))
    return m.floatSubtract(scaled, m.float(attributes.hasCentres ? 0.5 : 0))
  }

  private func axis(
    _ start: Value, _ end: Value, cells: Int, extent: Int, _ m: borrowing IRModule
  ) -> Axis {
    var length = m.floatSubtract(end, start)
    if !attributes.hasCentres { length = larger(length, m.float(1), m) }
    let cell = m.floatDivide(length, m.float(Float(cells)))
    var count = m.float(Float(attributes.samples))
    if attributes.samples == 0 {
      count = larger(m.intrinsic("llvm.ceil", overload: [m.float], [cell]), m.float(0), m)
    }
    return Axis(
      start: start, cell: cell, count: count, whole: whole(count, m), extent: extent)
  }

  private func cell(_ axis: Axis, _ index: Value, _ m: borrowing IRModule) -> Cell {
    let start = m.floatAdd(
      axis.start, m.floatMultiply(m.integerToFloat(index, m.float), axis.cell))
    guard attributes.samples == 0 else {
      return Cell(start: start, first: m.int64(0), end: axis.whole)
    }
    let step = m.floatDivide(axis.cell, axis.count)
    func bound(_ position: Float, _ rounding: String, _ margin: Float) -> Value {
      let steps = m.floatDivide(m.floatSubtract(m.float(position), start), step)
      let rounded = m.intrinsic(rounding, overload: [m.float], [steps])
      return m.minimum(whole(m.floatAdd(rounded, m.float(margin)), m), axis.whole)
    }
    let first = bound(-1, "llvm.floor", -2)
    let end = bound(Float(axis.extent), "llvm.ceil", 2)
    return Cell(start: start, first: first, end: m.maximum(first, end))
  }

  /// A float from 0 to 2³¹ without its fraction; 0 for others below, and for NaN.
  private func whole(_ value: Value, _ m: borrowing IRModule) -> Value {
    let limited = m.select(
      m.compare(.orderedLess, value, m.float(0x1p31)), value, m.float(0x1p31))
    let isAbove = m.compare(.orderedGreater, value, m.float(0))
    let safe = m.select(isAbove, limited, m.float(0))
    return m.intrinsic("llvm.fptosi.sat", overload: [m.int64, m.float], [safe])
  }

  /// The first of two numbers where it is not below the second; NaN stays.
  private func larger(_ a: Value, _ b: Value, _ m: borrowing IRModule) -> Value {
    m.select(m.compare(.orderedLess, a, b), b, a)
  }

  private func taps(
    _ axis: Axis, _ cell: Cell, _ sample: Value, _ m: borrowing IRModule
  ) -> Taps {
    let middle = m.floatAdd(m.integerToFloat(sample, m.float), m.float(0.5))
    let position = m.floatAdd(
      cell.start, m.floatDivide(m.floatMultiply(middle, axis.cell), axis.count))
    let isInside = m.and(
      m.compare(.orderedGreaterOrEqual, position, m.float(-1)),
      m.compare(.orderedLessOrEqual, position, m.float(Float(axis.extent))))
    let zero = m.float(0)
    let safe = m.select(
      m.and(isInside, m.compare(.orderedGreater, position, zero)), position, zero)
    let below = m.intrinsic("llvm.fptosi.sat", overload: [m.int64, m.float], [safe])
    let last = m.int64(axis.extent - 1)
    let isBetween = m.compare(.less, below, last)
    let part = m.floatSubtract(safe, m.integerToFloat(below, m.float))
    let low = m.minimum(below, last)
    return Taps(
      low: low, high: m.minimum(m.add(below, m.int64(1)), last),
      lowWeight: m.select(isBetween, m.floatSubtract(m.float(1), part), m.float(1)),
      highWeight: m.select(isBetween, part, zero), isInside: isInside)
  }

  /// A vector of channels of a cell.
  private func value(
    _ input: ElementPointer, _ rows: Axis, _ y: Cell, _ columns: Axis, _ x: Cell, _ divisor: Value,
    _ m: borrowing IRModule
  ) -> Value {
    let zero = m.zero(m.vectorType(unit))
    var initial = zero
    if attributes.takesMaximum {
      // What is left out lies outside, and counts as 0.
      let visited = m.multiply(m.subtract(y.end, y.first), m.subtract(x.end, x.first))
      let isWhole = m.and(
        m.compare(.equal, visited, m.multiply(rows.whole, columns.whole)),
        m.compare(.notEqual, visited, m.int64(0)))
      let least = m.splat(m.float(-.infinity), lanes: unit.lanes)
      initial = m.select(isWhole, least, zero)
    }
    let sum = m.loop(from: y.first, to: y.end, carrying: [initial]) { line, outer in
      let vertical = taps(rows, y, line, m)
      return m.loop(from: x.first, to: x.end, carrying: outer) { sample, inner in
        let horizontal = taps(columns, x, sample, m)
        let pixels = weighed(input, vertical, horizontal, m)
        let isInside = m.and(vertical.isInside, horizontal.isInside)
        let combined: Value
        if attributes.takesMaximum {
          let best = pixels.dropFirst().reduce(pixels[0]) { m.apply(.maximum, $0, $1) }
          combined = m.apply(.maximum, inner[0], m.select(isInside, best, zero))
        } else {
          let value = pixels.dropFirst().reduce(pixels[0]) { m.floatAdd($0, $1) }
          combined = m.floatAdd(inner[0], m.select(isInside, value, zero))
        }
        return [combined]
      }
    }[0]
    guard !attributes.takesMaximum else { return sum }
    return m.floatDivide(sum, m.broadcast(divisor, lanes: unit.lanes))
  }

  /// The four pixels around a sample, times their weights.
  private func weighed(
    _ input: ElementPointer, _ y: Taps, _ x: Taps, _ m: borrowing IRModule
  ) -> [Value] {
    [(y.low, y.lowWeight), (y.high, y.highWeight)].flatMap { line, weight in
      let pointer = m.offset(input, by: line, times: kernel.input.rowStride)
      return [(x.low, x.lowWeight), (x.high, x.highWeight)].map { column, share in
        let pixel = m.loadVector(
          m.offset(pointer, by: column, times: kernel.input.columnStride), unit)
        let product = m.floatMultiply(weight, share)
        return m.floatMultiply(m.broadcast(product, lanes: unit.lanes), pixel)
      }
    }
  }
}
