import LLVMKit
import Planning

/// Emits a `SuppressBoxesKernel`: a task brings the sides and scores of its boxes into planes, then takes
/// the best box again and again, and in one pass over the others drops those that it overlaps and finds
/// the next one.
struct SuppressBoxesEmitter {
  let kernel: SuppressBoxesKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 4, unit)
    let boxes = m.offset(
      .floats(arguments[0]),
      by: m.divide(task, m.int64(kernel.classes)), times: 4 * kernel.boxes)
    let scores = m.offset(.floats(arguments[1]), by: task, times: kernel.boxes)
    let output = m.offset(.floats(arguments[3]), by: task, times: kernel.attributes.count)
    m.withScratch(kernel.scratch!, at: arguments[2]) { scratch in
      let planes = (0..<SuppressBoxesKernel.planes).map {
        m.offset(.floats(scratch), by: kernel.planeElements * $0)
      }
      fill(planes, boxes, scores, m)
      let first = best(m) { index, _ in load(planes[4], index, m) }
      m.loop(from: m.int64(0), to: m.int64(kernel.attributes.count), carrying: [first]) {
        place, carried in
        let kept = carried[0]
        m.store(
          m.integerToFloat(kept, m.float), m.offset(output, by: place))
        let exists = m.compare(.greaterOrEqual, kept, m.int64(0))
        let sides = (0..<4).map { plane in
          m.loadBroadcast(
            m.offset(planes[plane], by: m.maximum(kept, m.int64(0))), unit)
        }
        let next = best(m, where: exists) { index, numbers in
          let others = (0..<4).map { load(planes[$0], index, m) }
          let isDropped = m.or(
            m.compare(
              .orderedEqual, numbers,
              m.broadcast(m.integerToFloat(kept, m.float), lanes: unit.lanes)),
            overlap(sides, others, m))
          let score = m.select(isDropped, splat(-.infinity, m), load(planes[4], index, m))
          m.storeVector(score, m.offset(planes[4], by: index), unit)
          return score
        }
        return [next]
      }
    }
    m.returnVoid()
  }

  private func splat(_ value: Float, _ m: borrowing IRModule) -> Value {
    m.splat(m.float(value), lanes: unit.lanes)
  }

  private func load(
    _ plane: ElementPointer, _ index: Value, _ m: borrowing IRModule
  ) -> Value {
    m.loadVector(m.offset(plane, by: index), unit)
  }

  /// Low and high sides along both axes, and scores, -∞ for a box that is not wanted.
  private func fill(
    _ planes: [ElementPointer], _ boxes: ElementPointer, _ scores: ElementPointer,
    _ m: borrowing IRModule
  ) {
    m.loop(from: m.int64(0), to: m.int64(kernel.boxes)) { index, _ in
      let box = m.offset(boxes, by: index, times: 4)
      let numbers = (0..<4).map { m.load(m.offset(box, by: $0)) }
      func put(_ value: Value, _ plane: Int) {
        m.store(value, m.offset(planes[plane], by: index))
      }
      for axis in 0..<2 {
        let (a, b) = (numbers[axis], numbers[axis + 2])
        if kernel.attributes.hasCentres {
          let half = m.floatMultiply(b, m.float(0.5))
          put(m.floatSubtract(a, half), 2 * axis)
          put(m.floatAdd(a, half), 2 * axis + 1)
        } else {
          let isOrdered = m.compare(.orderedLess, a, b)
          put(m.select(isOrdered, a, b), 2 * axis)
          put(m.select(isOrdered, b, a), 2 * axis + 1)
        }
      }
      let score = m.load(m.offset(scores, by: index))
      let isWanted = m.compare(.orderedGreater, score, m.float(kernel.attributes.score))
      put(m.select(isWanted, score, m.float(-.infinity)), 4)
      return []
    }
    for index in kernel.boxes..<kernel.planeElements {
      for (plane, value) in zip(planes, [0, 0, 0, 0, -Float.infinity]) {
        m.store(m.float(value), m.offset(plane, by: index))
      }
    }
  }

  /// Whether a box overlaps others more than is allowed; sides as (low, high) along both axes.
  private func overlap(_ box: [Value], _ others: [Value], _ m: borrowing IRModule) -> Value {
    func isAbove(_ value: Value, _ limit: Value) -> Value {
      m.compare(.orderedGreater, value, limit)
    }
    func area(_ sides: [Value]) -> Value {
      m.floatMultiply(m.floatSubtract(sides[1], sides[0]), m.floatSubtract(sides[3], sides[2]))
    }
    let zero = splat(0, m)
    let lengths = [0, 2].map { side in
      let start = m.select(
        m.compare(.orderedLess, box[side], others[side]), others[side], box[side])
      let end = m.select(
        m.compare(.orderedLess, box[side + 1], others[side + 1]), box[side + 1], others[side + 1])
      return m.floatSubtract(end, start)
    }
    let common = m.floatMultiply(lengths[0], lengths[1])
    let (own, other) = (area(box), area(others))
    let union = m.floatSubtract(m.floatAdd(own, other), common)
    let share = m.floatDivide(common, union)
    let isReal = (lengths + [own, other, common, union]).map { isAbove($0, zero) }
    return isReal.reduce(isAbove(share, splat(kernel.attributes.overlap, m))) { m.and($0, $1) }
  }

  /// The box with the largest score, the first of equal ones; -1 where all are -∞, or nothing is wanted.
  ///
  /// - Parameter score: the scores of a vector of boxes, by their first and by their numbers as floats.
  private func best(
    _ m: borrowing IRModule, where isWanted: Value? = nil, _ score: (Value, Value) -> Value
  ) -> Value {
    let own = m.constantVector((0..<unit.lanes).map { m.float(Float($0)) })
    let all = m.int64(kernel.planeElements)
    let end = isWanted.map { m.select($0, all, m.int64(0)) } ?? all
    let found = m.loop(
      from: m.int64(0), to: end, step: unit.lanes,
      carrying: [splat(-.infinity, m), splat(-1, m)]
    ) { index, best in
      let numbers = m.floatAdd(
        m.broadcast(m.integerToFloat(index, m.float), lanes: unit.lanes), own)
      let score = score(index, numbers)
      let isBetter = m.compare(.orderedGreater, score, best[0])
      return [m.select(isBetter, score, best[0]), m.select(isBetter, numbers, best[1])]
    }
    var (value, number) = (m.extract(found[0], lane: 0), m.extract(found[1], lane: 0))
    for lane in 1..<unit.lanes {
      let (other, place) = (m.extract(found[0], lane: lane), m.extract(found[1], lane: lane))
      let isBetter = m.or(
        m.compare(.orderedGreater, other, value),
        m.and(
          m.compare(.orderedEqual, other, value), m.compare(.orderedLess, place, number)))
      value = m.select(isBetter, other, value)
      number = m.select(isBetter, place, number)
    }
    return m.intrinsic("llvm.fptosi.sat", overload: [m.int64, m.float], [number])
  }
}

/// Emits a `TruePlacesKernel`: every place is written behind those that were found, and stays where its
/// element is true.
struct TruePlacesEmitter {
  let kernel: TruePlacesKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, _) = m.beginKernel(name, arguments: 2, unit)
    let (truths, places) = (
      ElementPointer.floats(arguments[0]), ElementPointer.floats(arguments[1])
    )
    let found = m.loop(
      from: m.int64(0), to: m.int64(kernel.count), carrying: [m.int64(0)]
    ) { index, found in
      let truth = m.load(m.offset(truths, by: index))
      m.store(
        m.integerToFloat(index, m.float), m.offset(places, by: found[0]))
      let isTrue = m.compare(.unorderedNotEqual, truth, m.float(0))
      return [m.add(found[0], m.select(isTrue, m.int64(1), m.int64(0)))]
    }[0]
    m.loop(from: found, to: m.int64(kernel.count)) { index, _ in
      m.store(
        m.float(-1), m.offset(places, by: index))
      return []
    }
    m.returnVoid()
  }
}
