import LLVMKit
import Planning

/// Emits a `ResizeKernel`: for every pixel, the rows of each of its columns are combined, then the
/// columns.
struct ResizeEmitter {
  let kernel: ResizeKernel
  let unit: VectorUnit

  /// A table of places, in bytes, and one of weights.
  private struct Tables {
    var places: Value
    var weights: ElementPointer
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let rows = tables("\(name)_rows", kernel.rows, step: kernel.input.rowStride, m)
    let columns = tables("\(name)_columns", kernel.columns, step: kernel.input.columnStride, m)
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let (image, first, end) = m.rows(
      ofTask: task, rowsPerTask: kernel.rowsPerTask, height: kernel.output.height)
    let blocks = (kernel.input.channels + unit.lanes - 1) / unit.lanes
    m.loop(from: m.int64(0), to: m.int64(blocks)) { block, _ in
      let input = m.blockPointer(arguments[0], kernel.input, image: image, block: block)
      let output = m.blockPointer(arguments[1], kernel.output, image: image, block: block)
      m.loop(from: first, to: end) { row, _ in
        let target = m.offset(output, by: row, times: kernel.output.rowStride)
        let taps =
          kernel.isUnrolled ? entries(rows, kernel.rows, at: row, m) : (places: [], weights: [])
        let lines = taps.places.map { m.offset(input, bytes: $0) }
        m.loop(from: m.int64(0), to: m.int64(kernel.output.width)) { column, _ in
          let pixel =
            kernel.isUnrolled
            ? value(lines, taps.weights, entries(columns, kernel.columns, at: column, m), m)
            : loopedValue(input, rows, at: row, columns, at: column, m)
          m.storeVector(
            pixel, m.offset(target, by: column, times: kernel.output.columnStride), unit)
          return []
        }
        return []
      }
      return []
    }
    m.returnVoid()
  }

  /// A pixel whose window loops go through.
  private func loopedValue(
    _ input: ElementPointer, _ rows: Tables, at row: Value, _ columns: Tables, at column: Value,
    _ m: borrowing IRModule
  ) -> Value {
    loopedSum(columns, kernel.columns, at: column, m) { place in
      loopedSum(rows, kernel.rows, at: row, m) { line in
        m.loadVector(m.offset(m.offset(input, bytes: line), bytes: place), unit)
      }
    }
  }

  /// The weighted sum of what is at the places of one row or column, one after the other.
  private func loopedSum(
    _ tables: Tables, _ axis: ResizeKernel.Axis, at index: Value, _ m: borrowing IRModule,
    _ element: (Value) -> Value
  ) -> Value {
    let first = m.multiply(index, m.int64(axis.width))
    func place(_ entry: Value) -> Value {
      m.load(m.int64, m.offset(tables.places, bytes: m.multiply(entry, m.int64(8))), alignment: 8)
    }
    guard !axis.isCopy else { return element(place(first)) }
    let zero = m.zero(m.vectorType(unit))
    return m.loop(from: m.int64(0), to: m.int64(axis.width), carrying: [zero]) { tap, sum in
      let entry = m.add(first, tap)
      let weight = m.loadBroadcast(
        m.offset(tables.weights, by: entry), unit)
      return [m.multiplyAdd(element(place(entry)), weight, sum[0], unit)]
    }[0]
  }

  private func tables(
    _ name: String, _ axis: ResizeKernel.Axis, step: Int, _ m: borrowing IRModule
  ) -> Tables {
    Tables(
      places: m.privateTable(
        "\(name)_places", bytesOf: axis.indices.map { $0 * step }, kernel.input.element),
      weights: ElementPointer(
        m.privateTable("\(name)_weights", floats: axis.isCopy ? [] : axis.weights), .float32))
  }

  /// The places and weights, none where all are 1, of one row or column.
  private func entries(
    _ tables: Tables, _ axis: ResizeKernel.Axis, at index: Value, _ m: borrowing IRModule
  ) -> (places: [Value], weights: [Value]) {
    let first = m.multiply(index, m.int64(axis.width))
    let places = (0..<axis.width).map { entry in
      let offset = m.multiply(m.add(first, m.int64(entry)), m.int64(8))
      return m.load(m.int64, m.offset(tables.places, bytes: offset), alignment: 8)
    }
    guard !axis.isCopy else { return (places, []) }
    let weights = (0..<axis.width).map { entry in
      m.loadBroadcast(
        m.offset(tables.weights, by: m.add(first, m.int64(entry))), unit)
    }
    return (places, weights)
  }

  private func value(
    _ lines: [ElementPointer], _ rowWeights: [Value],
    _ columns: (places: [Value], weights: [Value]),
    _ m: borrowing IRModule
  ) -> Value {
    let combined = columns.places.map { place in
      sum(lines.map { m.loadVector(m.offset($0, bytes: place), unit) }, rowWeights, m)
    }
    return sum(combined, columns.weights, m)
  }

  private func sum(
    _ values: [Value], _ weights: [Value], _ m: borrowing IRModule
  ) -> Value {
    guard let first = weights.first else { return values[0] }
    return zip(values, weights).dropFirst().reduce(m.floatMultiply(values[0], first)) {
      m.multiplyAdd($1.0, $1.1, $0, unit)
    }
  }
}
