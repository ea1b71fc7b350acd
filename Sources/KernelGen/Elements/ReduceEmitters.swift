import GraphIR
import LLVMKit
import Planning

/// Emits a `ReduceKernel`. Where the axis is innermost its elements are lanes, elsewhere the inner
/// elements are.
struct ReduceEmitter {
  let kernel: ReduceKernel
  let unit: VectorUnit

  /// How elements combine, and what combines with nothing.
  private enum Combine {
    case sum, product, maximum, minimum

    var initial: Float {
      switch self {
      case .sum: 0
      case .product: 1
      case .maximum: -.infinity
      case .minimum: .infinity
      }
    }
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let slice = kernel.axis * kernel.inner
    let keepsAxis = kernel.function == .softmax
    let input = m.offset(.floats(arguments[0]), by: task, times: slice)
    let output = m.offset(
      .floats(arguments[1]), by: task, times: keepsAxis ? slice : kernel.inner)
    if kernel.inner == 1 {
      emitRow(input, output, m)
    } else {
      m.forEachVector(kernel.inner, unit) { start, lanes in
        emitColumns(
          m.offset(input, by: start), m.offset(output, by: start),
          lanes, m)
      }
    }
    m.returnVoid()
  }

  // MARK: Elements

  private func load(
    _ pointer: ElementPointer, _ lanes: Int, else value: Float, _ m: borrowing IRModule
  ) -> Value {
    let loaded = m.loadVector(pointer, lanes: lanes, unit)
    guard lanes < unit.lanes else { return loaded }
    let mask = m.constantVector((0..<unit.lanes).map { m.bit($0 < lanes) })
    return m.select(mask, loaded, m.splat(m.float(value), lanes: unit.lanes))
  }

  private func combine(_ how: Combine, _ a: Value, _ b: Value, _ m: borrowing IRModule) -> Value {
    switch how {
    case .sum: m.floatAdd(a, b)
    case .product: m.floatMultiply(a, b)
    case .maximum: m.apply(.maximum, a, b)
    case .minimum: m.apply(.minimum, a, b)
    }
  }

  private func combine(of function: ReduceFunction) -> Combine {
    switch function {
    case .mean, .sum: .sum
    case .product: .product
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }

  // MARK: The axis in lanes

  private func emitRow(
    _ input: ElementPointer, _ output: ElementPointer, _ m: borrowing IRModule
  ) {
    switch kernel.function {
    case .reduce(let function):
      var result = reduceRow(combine(of: function), m) { load(at(input, $0, m), $1, else: $2, m) }
      if function == .mean { result = m.floatDivide(result, m.float(Float(kernel.axis))) }
      m.store(result, output)
    case .softmax:
      let most = reduceRow(.maximum, m) { load(at(input, $0, m), $1, else: $2, m) }
      let limit = m.broadcast(most, lanes: unit.lanes)
      // The exponentials wait in the output until their sum is known.
      m.forEachVector(kernel.axis, unit) { start, lanes in
        let x = load(at(input, start, m), lanes, else: 0, m)
        m.storeVector(
          m.exponential(m.floatSubtract(x, limit), unit), at(output, start, m), lanes: lanes, unit)
      }
      let sum = reduceRow(.sum, m) { load(at(output, $0, m), $1, else: $2, m) }
      let divisor = m.broadcast(sum, lanes: unit.lanes)
      m.forEachVector(kernel.axis, unit) { start, lanes in
        let x = load(at(output, start, m), lanes, else: 0, m)
        m.storeVector(m.floatDivide(x, divisor), at(output, start, m), lanes: lanes, unit)
      }
    }
  }

  private func at(
    _ pointer: ElementPointer, _ index: Value, _ m: borrowing IRModule
  ) -> ElementPointer {
    m.offset(pointer, by: index)
  }

  /// A row combined lane by lane, then the lanes in order.
  private func reduceRow(
    _ how: Combine, _ m: borrowing IRModule, _ element: (Value, Int, Float) -> Value
  ) -> Value {
    let whole = kernel.axis / unit.lanes * unit.lanes
    var lanesResult = m.splat(m.float(how.initial), lanes: unit.lanes)
    if whole > 0 {
      lanesResult =
        m.loop(
          from: m.int64(0), to: m.int64(whole), step: unit.lanes, carrying: [lanesResult]
        ) { start, carried in
          [combine(how, carried[0], element(start, unit.lanes, how.initial), m)]
        }[0]
    }
    if kernel.axis > whole {
      let rest = element(m.int64(whole), kernel.axis - whole, how.initial)
      lanesResult = combine(how, lanesResult, rest, m)
    }
    var result = m.extract(lanesResult, lane: 0)
    for lane in 1..<unit.lanes {
      result = combine(how, result, m.extract(lanesResult, lane: lane), m)
    }
    return result
  }

  // MARK: The axis in steps

  private func emitColumns(
    _ input: ElementPointer, _ output: ElementPointer, _ lanes: Int, _ m: borrowing IRModule
  ) {
    func element(_ pointer: ElementPointer, _ index: Value) -> Value {
      load(m.offset(pointer, by: index, times: kernel.inner), lanes, else: 0, m)
    }
    func reduce(_ how: Combine, _ body: (Value) -> Value) -> Value {
      let initial = m.splat(m.float(how.initial), lanes: unit.lanes)
      return m.loop(from: m.int64(0), to: m.int64(kernel.axis), carrying: [initial]) {
        index, carried in
        [combine(how, carried[0], body(index), m)]
      }[0]
    }
    switch kernel.function {
    case .reduce(let function):
      var result = reduce(combine(of: function)) { element(input, $0) }
      if function == .mean {
        result = m.floatDivide(result, m.splat(m.float(Float(kernel.axis)), lanes: unit.lanes))
      }
      m.storeVector(result, output, lanes: lanes, unit)
    case .softmax:
      let most = reduce(.maximum) { element(input, $0) }
      let sum = reduce(.sum) { index in
        let power = m.exponential(m.floatSubtract(element(input, index), most), unit)
        m.storeVector(
          power, m.offset(output, by: index, times: kernel.inner), lanes: lanes, unit)
        return power
      }
      m.loop(from: m.int64(0), to: m.int64(kernel.axis)) { index, _ in
        let value = m.floatDivide(element(output, index), sum)
        m.storeVector(
          value, m.offset(output, by: index, times: kernel.inner), lanes: lanes, unit)
        return []
      }
    }
  }
}

/// Emits a `MatrixMultiplyKernel`: one row of the result per task, in vectors of columns.
struct MatrixMultiplyEmitter {
  let kernel: MatrixMultiplyKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let table = m.privateTable("\(name)_offsets", bytesOf: kernel.offsets.joined(), .float32)
    let (arguments, task) = m.beginKernel(name, arguments: 3, unit)
    let (matrix, row) = m.split(task, by: kernel.rows)
    let entry = m.offset(table, bytes: m.multiply(matrix, m.int64(16)))
    let leftMatrix = m.offset(
      .floats(arguments[0]), bytes: m.load(m.int64, entry, alignment: 8))
    let left = m.offset(leftMatrix, by: row, times: kernel.inner)
    let right = m.offset(
      .floats(arguments[1]),
      bytes: m.load(m.int64, m.offset(entry, bytes: 8), alignment: 8))
    let output = m.offset(.floats(arguments[2]), by: task, times: kernel.columns)
    m.forEachVector(kernel.columns, unit) { start, lanes in
      let pointer = m.offset(right, by: start)
      let sum = m.loop(
        from: m.int64(0), to: m.int64(kernel.inner), carrying: [m.zero(m.vectorType(unit))]
      ) { index, carried in
        let x = m.loadBroadcast(m.offset(left, by: index), unit)
        let line = m.offset(pointer, by: index, times: kernel.columns)
        return [m.multiplyAdd(x, m.loadVector(line, lanes: lanes, unit), carried[0], unit)]
      }[0]
      m.storeVector(sum, m.offset(output, by: start), lanes: lanes, unit)
    }
    m.returnVoid()
  }
}
