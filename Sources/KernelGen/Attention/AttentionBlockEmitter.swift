import LLVMKit
import Planning

/// Emits what attention does with a block of keys, for some queries.
struct AttentionBlockEmitter {
  private let whole: AttentionEmitter
  private let rows: AttentionEmitter.Rows
  private let frame: AttentionEmitter.Frame

  private var kernel: AttentionKernel { whole.kernel }
  private var unit: VectorUnit { whole.unit }
  private var vectors: Int { rows.vectors }
  /// Keys, or features, whose sums are in registers together.
  private var tile: Int {
    vectors == AttentionKernel.queryVectors ? kernel.tile : kernel.tile * 2
  }

  init(
    _ whole: AttentionEmitter, _ rows: AttentionEmitter.Rows, _ frame: AttentionEmitter.Frame
  ) {
    (self.whole, self.rows, self.frame) = (whole, rows, frame)
  }

  /// Emits the block.
  ///
  /// - Parameters:
  ///   - first: its first key.
  ///   - state: for every vector of queries the largest score so far, then the sum of powers.
  /// - Returns: the state with this block.
  func emit(
    _ first: Value, count: Int, _ state: [Value], _ m: borrowing IRModule
  ) -> [Value] {
    let before = Array(state[..<vectors])
    let largest = emitScores(first, count, before, m)
    // Where every score so far is -∞, so are all powers 0.
    let lowest = m.splat(m.float(-.infinity), lanes: unit.lanes)
    let limits = largest.map {
      m.select(m.compare(.orderedEqual, $0, lowest), m.zero(m.vectorType(unit)), $0)
    }
    let factors = zip(before, limits).map {
      m.power(ofNonPositive: m.floatSubtract($0, $1), unit)
    }
    let started = zip(state[vectors...], factors).map { m.floatMultiply($0, $1) }
    let sums = m.loop(from: m.int64(0), to: m.int64(count), carrying: started) { key, carried in
      let line = whole.at(frame.scores, key, rows, m)
      return carried.indices.map { vector in
        let score = whole.loadAligned(line, vector, m)
        let power = m.power(ofNonPositive: m.floatSubtract(score, limits[vector]), unit)
        whole.storeAligned(power, line, vector, m)
        return m.floatAdd(carried[vector], power)
      }
    }
    emitSums(first, count, factors, m)
    return largest + sums
  }

  /// Emits `body` for tiles of `tile` items, then for the rest: the first item, how many there are, and
  /// what is carried.
  private func forEachTile(
    _ count: Int, carrying state: [Value], _ m: borrowing IRModule,
    _ body: (Value, Int, [Value]) -> [Value]
  ) -> [Value] {
    let end = count / tile * tile
    var state = state
    if end > 0 {
      state = m.loop(from: m.int64(0), to: m.int64(end), step: tile, carrying: state) {
        body($0, tile, $1)
      }
    }
    return count > end ? body(m.int64(end), count - end, state) : state
  }

  /// Adds up products of vectors with broadcast elements, `[item][vector]`.
  ///
  /// - Parameters:
  ///   - lines: the first of the lines of vectors.
  ///   - elements: the element of the first item that belongs to the first line.
  ///   - step: elements from one line to the next; `apart` those from one item to the next.
  private func products(
    _ lines: Value, _ elements: ElementPointer, count: Int, items: Int, step: Int, apart: Int,
    from initial: [Value], _ m: borrowing IRModule
  ) -> [Value] {
    m.loop(from: m.int64(0), to: m.int64(count), carrying: initial) { index, sums in
      let line = whole.at(lines, index, rows, m)
      let loaded = (0..<vectors).map { whole.loadAligned(line, $0, m) }
      let pointer = m.offset(elements, by: index, times: step)
      return (0..<items).flatMap { item in
        let element = m.loadBroadcast(m.offset(pointer, by: item * apart), unit)
        return (0..<vectors).map { vector in
          m.multiplyAdd(loaded[vector], element, sums[item * vectors + vector], unit)
        }
      }
    }
  }

  // MARK: Scores

  /// Stores the scores of the block; returns the largest of them and of those before.
  private func emitScores(
    _ first: Value, _ count: Int, _ before: [Value], _ m: borrowing IRModule
  ) -> [Value] {
    forEachTile(count, carrying: before, m) { start, items, carried in
      let key = m.add(first, start)
      let zeros = Array(repeating: m.zero(m.vectorType(unit)), count: items * vectors)
      let products = products(
        frame.queries, m.offset(frame.key, by: key, times: kernel.key.row),
        count: kernel.features, items: items, step: kernel.key.feature, apart: kernel.key.row,
        from: zeros, m)
      var largest = carried
      for item in 0..<items {
        let index = m.add(key, m.int64(item))
        let line = whole.at(frame.scores, m.add(start, m.int64(item)), rows, m)
        for vector in 0..<vectors {
          let score = masked(products[item * vectors + vector], index, vector, m)
          whole.storeAligned(score, line, vector, m)
          largest[vector] = m.select(
            m.compare(.orderedGreater, score, largest[vector]), score, largest[vector])
        }
      }
      return largest
    }
  }

  /// The score with what the mask adds, -∞ where the query does not see the key.
  private func masked(
    _ score: Value, _ key: Value, _ vector: Int, _ m: borrowing IRModule
  ) -> Value {
    var score = score
    let lowest = m.splat(m.float(-.infinity), lanes: unit.lanes)
    if let mask = kernel.mask {
      let given = maskVector(mask, key, vector, m)
      score =
        mask.isTruth
        ? m.select(
          m.compare(.unorderedNotEqual, given, m.zero(m.vectorType(unit))), score, lowest)
        : m.floatAdd(score, given)
    }
    if kernel.isCausal {
      let numbers = m.constantVector((0..<unit.lanes).map { m.int32($0 + vector * unit.lanes) })
      let queries = m.add(m.broadcast(m.truncate(rows.first), lanes: unit.lanes), numbers)
      let keys = m.broadcast(m.truncate(key), lanes: unit.lanes)
      score = m.select(m.compare(.lessOrEqual, keys, queries), score, lowest)
    }
    return score
  }

  /// What the mask says of a key, by query.
  private func maskVector(
    _ mask: AttentionKernel.Mask, _ key: Value, _ vector: Int, _ m: borrowing IRModule
  ) -> Value {
    let row = m.add(rows.first, m.int64(vector * unit.lanes))
    let elements = m.add(
      m.multiply(row, m.int64(mask.row)), m.multiply(key, m.int64(mask.key)))
    let pointer = m.offset(frame.mask!, by: elements)
    let count = rows.count(ofVector: vector)
    switch mask.row {
    case 0: return m.loadBroadcast(pointer, unit)
    case 1: return m.loadVector(pointer, lanes: count, unit)
    default:
      return (0..<count).reduce(m.zero(m.vectorType(unit))) { result, lane in
        let element = m.load(m.offset(pointer, by: lane * mask.row))
        return m.insert(element, into: result, lane: lane)
      }
    }
  }

  // MARK: Sums of values

  private func emitSums(
    _ first: Value, _ count: Int, _ factors: [Value], _ m: borrowing IRModule
  ) {
    let values = m.offset(frame.value, by: first, times: kernel.value.row)
    _ = forEachTile(kernel.results, carrying: [], m) { start, items, _ in
      let lines = (0..<items).map { whole.at(frame.sums, m.add(start, m.int64($0)), rows, m) }
      let before = lines.flatMap { line in
        (0..<vectors).map { m.floatMultiply(whole.loadAligned(line, $0, m), factors[$0]) }
      }
      let sums = products(
        frame.scores, m.offset(values, by: start, times: kernel.value.feature),
        count: count, items: items, step: kernel.value.row, apart: kernel.value.feature,
        from: before, m)
      for (item, line) in lines.enumerated() {
        for vector in 0..<vectors {
          whole.storeAligned(sums[item * vectors + vector], line, vector, m)
        }
      }
      return []
    }
  }
}
