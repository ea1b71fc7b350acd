import LLVMKit
import Planning

/// Emits an `AttentionKernel`: for every block of queries, block after block of keys, their scores, the
/// powers of these, and the sums of values that the powers weigh.
struct AttentionEmitter {
  let kernel: AttentionKernel
  let unit: VectorUnit

  /// What a task works with.
  struct Frame {
    var query: ElementPointer
    var key: ElementPointer
    var value: ElementPointer
    var mask: ElementPointer?
    var output: ElementPointer
    /// Queries by feature, scaled.
    var queries: Value
    /// Scores of a block of keys, then their powers.
    var scores: Value
    /// Sums by feature of the result.
    var sums: Value
  }

  /// Queries that are computed together: the first, and how many there are.
  struct Rows {
    var first: Value
    var count: Int
    var lanes: Int

    var vectors: Int { (count + lanes - 1) / lanes }

    /// Queries of a vector.
    func count(ofVector vector: Int) -> Int { min(lanes, count - vector * lanes) }
  }

  func emit(_ name: String, into m: borrowing IRModule) {
    let table = m.privateTable("\(name)_offsets", bytesOf: kernel.offsets.joined(), .float32)
    let (arguments, task) = m.beginKernel(name, arguments: kernel.operands.count, unit)
    m.withScratch(kernel.scratch!, at: arguments[arguments.count - 2]) { scratch in
      let (matrix, group) = m.split(task, by: kernel.groups)
      let entry = m.offset(table, bytes: m.multiply(matrix, m.int64(8 * 5)))
      func start(_ argument: Int, _ column: Int) -> ElementPointer {
        let bytes = m.load(m.int64, m.offset(entry, bytes: 8 * column), alignment: 8)
        return m.offset(.floats(arguments[argument]), bytes: bytes)
      }
      let frame = Frame(
        query: start(0, 0), key: start(1, 1), value: start(2, 2),
        mask: kernel.mask == nil ? nil : start(3, 3), output: start(arguments.count - 1, 4),
        queries: scratch, scores: m.offset(scratch, bytes: kernel.features * kernel.rowBytes),
        sums: m.offset(
          scratch, bytes: (kernel.features + kernel.keysPerBlock) * kernel.rowBytes))
      emitGroup(group, frame, m)
    }
    m.returnVoid()
  }

  /// The blocks of queries of a task: all but the last have the same number of queries.
  private func emitGroup(_ group: Value, _ frame: Frame, _ m: borrowing IRModule) {
    let size = kernel.queriesPerBlock
    let (whole, rest) = (kernel.queries / size, kernel.queries % size)
    let first = m.multiply(group, m.int64(kernel.blocksPerTask))
    let end = m.add(first, m.int64(kernel.blocksPerTask))
    if whole > 0 {
      m.loop(from: first, to: m.minimum(end, m.int64(whole))) { block, _ in
        let row = m.multiply(block, m.int64(size))
        emitBlock(Rows(first: row, count: size, lanes: unit.lanes), frame, m)
        return []
      }
    }
    if rest > 0 {
      m.when(m.compare(.greater, end, m.int64(whole))) {
        emitBlock(Rows(first: m.int64(whole * size), count: rest, lanes: unit.lanes), frame, m)
      }
    }
  }

  private func emitBlock(_ rows: Rows, _ frame: Frame, _ m: borrowing IRModule) {
    let zero = m.zero(m.vectorType(unit))
    loadQueries(rows, frame, m)
    m.loop(from: m.int64(0), to: m.int64(kernel.results)) { feature, _ in
      let line = at(frame.sums, feature, rows, m)
      for vector in 0..<rows.vectors { storeAligned(zero, line, vector, m) }
      return []
    }
    let lowest = m.splat(m.float(-.infinity), lanes: unit.lanes)
    var state = Array(repeating: lowest, count: rows.vectors)
    state += Array(repeating: zero, count: rows.vectors)
    let size = kernel.keysPerBlock
    let (whole, rest) = (kernel.keys / size, kernel.keys % size)
    // The keys that the last of the queries sees.
    let seen = kernel.isCausal ? m.add(rows.first, m.int64(rows.count)) : m.int64(kernel.keys)
    let blocks =
      kernel.isCausal
      ? m.minimum(m.divide(m.add(seen, m.int64(size - 1)), m.int64(size)), m.int64(whole))
      : m.int64(whole)
    state = m.loop(from: m.int64(0), to: blocks, carrying: state) { block, carried in
      let first = m.multiply(block, m.int64(size))
      return AttentionBlockEmitter(self, rows, frame).emit(first, count: size, carried, m)
    }
    if rest > 0 {
      let isSeen = m.compare(.greater, seen, m.int64(whole * size))
      let turns = m.select(isSeen, m.int64(1), m.int64(0))
      state = m.loop(from: m.int64(0), to: turns, carrying: state) { _, carried in
        AttentionBlockEmitter(self, rows, frame)
          .emit(m.int64(whole * size), count: rest, carried, m)
      }
    }
    storeResult(rows, sums: Array(state[rows.vectors...]), frame, m)
  }

  // MARK: Queries in, results out

  private func loadQueries(_ rows: Rows, _ frame: Frame, _ m: borrowing IRModule) {
    let start = m.offset(frame.query, by: rows.first, times: kernel.query.row)
    let scale = m.splat(m.float(kernel.scale), lanes: unit.lanes)
    for vector in 0..<rows.vectors {
      let pointer = m.offset(start, by: vector * unit.lanes * kernel.query.row)
      let count = rows.count(ofVector: vector)
      if kernel.query.feature != 1 {
        m.loop(from: m.int64(0), to: m.int64(kernel.features)) { feature, _ in
          let from = m.offset(pointer, by: feature, times: kernel.query.feature)
          let x = m.loadVector(from, lanes: count, unit)
          storeAligned(
            m.floatMultiply(x, scale), at(frame.queries, feature, rows, m), vector, m)
          return []
        }
        continue
      }
      m.forEachVector(kernel.features, unit) { feature, lanes in
        let from = m.offset(pointer, by: feature)
        let lines = (0..<unit.lanes).map { row in
          row < count
            ? m.loadVector(m.offset(from, by: row * kernel.query.row), lanes: lanes, unit)
            : m.zero(m.vectorType(unit))
        }
        for (index, line) in m.transposed(lines).prefix(lanes).enumerated() {
          let target = at(frame.queries, m.add(feature, m.int64(index)), rows, m)
          storeAligned(m.floatMultiply(line, scale), target, vector, m)
        }
      }
    }
  }

  private func storeResult(
    _ rows: Rows, sums: [Value], _ frame: Frame, _ m: borrowing IRModule
  ) {
    let start = m.offset(frame.output, by: rows.first, times: kernel.output.row)
    let one = m.splat(m.float(1), lanes: unit.lanes)
    for vector in 0..<rows.vectors {
      let pointer = m.offset(start, by: vector * unit.lanes * kernel.output.row)
      let count = rows.count(ofVector: vector)
      let factor = m.floatDivide(one, sums[vector])
      func result(_ feature: Value) -> Value {
        let mean = m.floatMultiply(
          loadAligned(at(frame.sums, feature, rows, m), vector, m), factor)
        guard kernel.givesZero else { return mean }
        let zero = m.zero(m.vectorType(unit))
        return m.select(m.compare(.orderedGreater, sums[vector], zero), mean, zero)
      }
      if kernel.output.feature != 1 {
        m.loop(from: m.int64(0), to: m.int64(kernel.results)) { feature, _ in
          let target = m.offset(pointer, by: feature, times: kernel.output.feature)
          m.storeVector(result(feature), target, lanes: count, unit)
          return []
        }
        continue
      }
      m.forEachVector(kernel.results, unit) { feature, lanes in
        let lines = (0..<unit.lanes).map { index in
          index < lanes ? result(m.add(feature, m.int64(index))) : m.zero(m.vectorType(unit))
        }
        let target = m.offset(pointer, by: feature)
        for (row, line) in m.transposed(lines).prefix(count).enumerated() {
          m.storeVector(
            line, m.offset(target, by: row * kernel.output.row), lanes: lanes, unit)
        }
      }
    }
  }

  // MARK: Scratch

  /// The vectors of a feature, or of a key.
  func at(_ pointer: Value, _ index: Value, _ rows: Rows, _ m: borrowing IRModule) -> Value {
    m.offset(pointer, bytes: m.multiply(index, m.int64(rows.vectors * unit.bytes)))
  }

  func loadAligned(_ line: Value, _ vector: Int, _ m: borrowing IRModule) -> Value {
    m.load(
      m.vectorType(unit), m.offset(line, bytes: vector * unit.bytes), alignment: unit.bytes)
  }

  func storeAligned(_ value: Value, _ line: Value, _ vector: Int, _ m: borrowing IRModule) {
    m.store(value, m.offset(line, bytes: vector * unit.bytes), alignment: unit.bytes)
  }
}

extension IRModule {
  /// As many vectors as they have lanes, rows exchanged with columns: halves of them interleaved again
  /// and again.
  func transposed(_ rows: [Value]) -> [Value] {
    let count = rows.count
    let low = (0..<count).map { $0 / 2 + ($0 % 2) * count }
    let high = low.map { $0 + count / 2 }
    var rows = rows
    var stage = 1
    while stage < count {
      rows = (0..<count / 2).flatMap { index in
        let (a, b) = (rows[index], rows[index + count / 2])
        return [shuffle(a, b, low), shuffle(a, b, high)]
      }
      stage *= 2
    }
    return rows
  }
}
