import LLVMKit
import Planning

/// Emits a `LocalResponseKernel`: squares of the vectors around, shifted by lanes and added up.
struct LocalResponseEmitter {
  let kernel: LocalResponseKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let (image, first, end) = m.rows(
      ofTask: task, rowsPerTask: kernel.rowsPerTask, height: kernel.output.height)
    // Rows lie one after another, so the pixels of a group of rows are one axis.
    let width = m.int64(kernel.input.width)
    m.loop(from: m.int64(0), to: m.int64(blocks)) { block, _ in
      let output = m.blockPointer(arguments[1], kernel.output, image: image, block: block)
      let sources = (lowest...highest).map { distance in
        source(arguments[0], image: image, m.add(block, m.int64(distance)), m)
      }
      m.loop(from: m.multiply(first, width), to: m.multiply(end, width)) { pixel, _ in
        let place = m.bytes(pixel, times: unit.lanes, of: kernel.input.element)
        let result = normalized(sources, at: place, m)
        m.storeVector(result, m.offset(output, bytes: place), unit)
        return []
      }
      return []
    }
    m.returnVoid()
  }

  private var blocks: Int { (kernel.input.channels + unit.lanes - 1) / unit.lanes }

  /// Distances of the first and the last vector that a sum reaches into.
  private var lowest: Int { -((kernel.before + unit.lanes - 1) / unit.lanes) }
  private var highest: Int { (kernel.after + unit.lanes - 1) / unit.lanes }

  /// A vector of channels that is read: where, and the lanes that exist.
  private struct Source {
    var pointer: ElementPointer
    /// Whether each lane is a channel of the image.
    var exists: Value
  }

  private func source(
    _ input: Value, image: Value, _ block: Value, _ m: borrowing IRModule
  ) -> Source {
    let last = m.int64(blocks - 1)
    let inside = m.and(
      m.compare(.greaterOrEqual, block, m.int64(0)), m.compare(.lessOrEqual, block, last))
    let safe = m.select(inside, block, m.int64(0))
    let none = m.constantVector((0..<unit.lanes).map { _ in m.bit(false) })
    var exists = m.constantVector((0..<unit.lanes).map { _ in m.bit(true) })
    let partial = kernel.input.channels % unit.lanes
    if partial > 0 {
      let some = m.constantVector((0..<unit.lanes).map { m.bit($0 < partial) })
      exists = m.select(m.compare(.equal, block, last), some, exists)
    }
    return Source(
      pointer: m.blockPointer(input, kernel.input, image: image, block: safe),
      exists: m.select(inside, exists, none))
  }

  private func normalized(
    _ sources: [Source], at place: Value, _ m: borrowing IRModule
  ) -> Value {
    let loaded = sources.map { m.loadVector(m.offset($0.pointer, bytes: place), unit) }
    let zero = m.zero(m.vectorType(unit))
    let squares = zip(sources, loaded).map { m.select($0.exists, m.floatMultiply($1, $1), zero) }
    let sum = (-kernel.before...kernel.after).map { shifted(squares, by: $0, m) }
      .reduce(nil as Value?) { sum, term in sum.map { m.floatAdd($0, term) } ?? term }!
    let attributes = kernel.attributes
    func k(_ value: Float) -> Value { m.splat(m.float(value), lanes: unit.lanes) }
    let scale = Float(Double(attributes.alpha) / Double(attributes.size))
    let base = m.multiplyAdd(sum, k(scale), k(attributes.bias), unit)
    return divided(loaded[-lowest], by: base, m)
  }

  /// Lane l is the square of the channel that lies `distance` further.
  private func shifted(_ squares: [Value], by distance: Int, _ m: borrowing IRModule) -> Value {
    let lane = ((distance % unit.lanes) + unit.lanes) % unit.lanes
    let vector = (distance - lane) / unit.lanes - lowest
    guard lane > 0 else { return squares[vector] }
    return m.shuffle(squares[vector], squares[vector + 1], (0..<unit.lanes).map { $0 + lane })
  }

  /// x / base ^ beta, for the usual exponents by square roots.
  private func divided(_ x: Value, by base: Value, _ m: borrowing IRModule) -> Value {
    func root(_ value: Value) -> Value { m.apply(.sqrt, value, unit) }
    switch kernel.attributes.beta {
    case 0.5: return m.floatDivide(x, root(base))
    case 0.75: return m.floatDivide(x, m.floatMultiply(root(base), root(root(base))))
    case 1: return m.floatDivide(x, base)
    case let beta:
      let exponent = m.floatMultiply(
        m.apply(.log, base, unit), m.splat(m.float(-beta), lanes: unit.lanes))
      return m.floatMultiply(x, m.exponential(exponent, unit))
    }
  }
}
