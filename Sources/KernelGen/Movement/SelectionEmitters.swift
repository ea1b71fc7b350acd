import LLVMKit
import Planning

/// Emits a `TopIndicesKernel`: inner elements are lanes, and every place of the result is a search
/// for the best element behind the one before it.
struct TopIndicesEmitter {
  let kernel: TopIndicesKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let slice = kernel.axis * kernel.inner
    let input = m.offset(.floats(arguments[0]), by: task, times: slice)
    let output = m.offset(
      .floats(arguments[1]), by: task, times: kernel.count * kernel.inner)
    m.forEachVector(kernel.inner, unit) { start, lanes in
      emitColumns(
        m.offset(input, by: start), m.offset(output, by: start),
        lanes, m)
    }
    m.returnVoid()
  }

  private func emitColumns(
    _ input: ElementPointer, _ output: ElementPointer, _ lanes: Int, _ m: borrowing IRModule
  ) {
    func splat(_ value: Float) -> Value { m.splat(m.float(value), lanes: unit.lanes) }
    let before = splat(kernel.prefersLast ? Float(kernel.axis) : -1)
    m.loop(
      from: m.int64(0), to: m.int64(kernel.count), carrying: [splat(.infinity), before]
    ) { place, last in
      let best = m.loop(
        from: m.int64(0), to: m.int64(kernel.axis), carrying: [splat(-.infinity), splat(-1)]
      ) { index, best in
        let key = key(
          m.loadVector(m.offset(input, by: index, times: kernel.inner), lanes: lanes, unit), m
        )
        let number = m.broadcast(m.integerToFloat(index, m.float), lanes: unit.lanes)
        // Behind the element that was found before it, in the order of the result.
        let isBehind = m.or(
          m.compare(.orderedLess, key, last[0]),
          m.and(
            m.compare(.orderedEqual, key, last[0]),
            m.compare(kernel.prefersLast ? .orderedLess : .orderedGreater, number, last[1])))
        let isBetter = m.or(
          m.compare(kernel.prefersLast ? .orderedGreaterOrEqual : .orderedGreater, key, best[0]),
          m.compare(.orderedLess, best[1], splat(0)))
        let isTaken = m.and(isBehind, isBetter)
        return [m.select(isTaken, key, best[0]), m.select(isTaken, number, best[1])]
      }
      m.storeVector(
        best[1], m.offset(output, by: place, times: kernel.inner), lanes: lanes, unit)
      return best
    }
  }

  /// What is larger for what comes earlier; NaN counts as +∞.
  private func key(_ x: Value, _ m: borrowing IRModule) -> Value {
    let limit = m.splat(m.float(.infinity), lanes: unit.lanes)
    let ordered = m.select(m.compare(.unordered, x, x), limit, x)
    return kernel.smallest ? m.floatNegate(ordered) : ordered
  }
}

/// Emits a `GatherKernel`: entries are copied in vectors, single elements one by one.
struct GatherEmitter {
  let kernel: GatherKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 3, unit)
    let numbers = ElementPointer.floats(arguments[1])
    let input = m.offset(
      ElementPointer(arguments[0], kernel.element), by: task, times: kernel.axis * kernel.inner)
    let output = m.offset(
      ElementPointer(arguments[2], kernel.element), by: task, times: kernel.count * kernel.inner)
    if kernel.isPerElement {
      let indices = m.offset(numbers, by: task, times: kernel.count * kernel.inner)
      m.loop(from: m.int64(0), to: m.int64(kernel.count * kernel.inner)) { position, _ in
        let column = m.remainder(position, m.int64(kernel.inner))
        let entry = m.multiply(
          m.index(at: m.offset(indices, by: position), axis: kernel.axis),
          m.int64(kernel.inner))
        let element = m.loadStored(m.offset(input, by: m.add(entry, column)))
        m.storeStored(element, m.offset(output, by: position))
        return []
      }
    } else {
      m.loop(from: m.int64(0), to: m.int64(kernel.count)) { position, _ in
        let entry = m.index(at: m.offset(numbers, by: position), axis: kernel.axis)
        let source = m.offset(input, by: entry, times: kernel.inner)
        let target = m.offset(output, by: position, times: kernel.inner)
        m.forEachVector(kernel.inner, unit) { start, lanes in
          let vector = m.loadStored(m.offset(source, by: start), lanes: lanes, unit)
          m.storeStored(vector, m.offset(target, by: start), lanes: lanes, unit)
        }
        return []
      }
    }
    m.returnVoid()
  }
}

/// Emits a `ScatterKernel`.
struct ScatterEmitter {
  let kernel: ScatterKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 3, unit)
    let updates = kernel.count * kernel.inner
    let (indices, values) = (
      m.offset(.floats(arguments[0]), by: task, times: updates),
      m.offset(.floats(arguments[1]), by: task, times: updates)
    )
    let output = m.offset(
      .floats(arguments[2]), by: task, times: kernel.axis * kernel.inner)
    m.loop(from: m.int64(0), to: m.int64(updates)) { position, _ in
      let column = m.remainder(position, m.int64(kernel.inner))
      let place = m.index(at: m.offset(indices, by: position), axis: kernel.axis)
      let entry = m.add(m.multiply(place, m.int64(kernel.inner)), column)
      let value = m.load(m.offset(values, by: position))
      let target = m.offset(output, by: entry)
      let result = kernel.function.binary.map { function in
        m.apply(function, m.load(target), value)
      }
      m.store(result ?? value, target)
      return []
    }
    m.returnVoid()
  }
}

extension IRModule {
  /// The index at an address, counted from the end where negative, and clamped into the axis.
  func index(at pointer: ElementPointer, axis: Int) -> Value {
    let number = load(pointer)
    let whole = intrinsic("llvm.fptosi.sat", overload: [int64, float], [number])
    // Wherever it is out of range: no sum of these overflows.
    let bounded = maximum(minimum(whole, int64(axis - 1)), int64(-axis))
    return select(compare(.less, bounded, int64(0)), add(bounded, int64(axis)), bounded)
  }
}
