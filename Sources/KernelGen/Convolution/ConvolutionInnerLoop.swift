import LLVMKit
import Planning

/// The sum over input channels and taps of one register tile.
struct InnerLoop {
  let kernel: ConvolutionKernel
  let unit: VectorUnit
  /// Vectors of output channels.
  let vectors: Int

  /// The weights that come next, to be read ahead while this tile works: every tile of a task asks
  /// for its share.
  struct Prefetch {
    /// Bytes of this chunk of weights; the next of the same size follows it.
    var bytes: Int
    /// Tiles that share the work.
    var tiles: Int
  }

  /// Channels per turn of the innermost loop.
  private var unrolled: Int { unit.core.unrolledChannels }

  /// Bytes of the weights of a channel and a tap.
  private var weightBytes: Int { vectors * kernel.weightVectorBytes }

  /// - Parameters:
  ///   - sums: accumulators.
  ///   - input: where the first tap of the tile's first pixel is, in the first block.
  ///   - blocks: whole blocks of input channels to go through.
  /// - Returns: the accumulators with the products added.
  func emit(
    _ sums: TileSums, input: ElementPointer, weights: Value, blocks: Value,
    position: TilePosition, prefetch: Prefetch, _ m: borrowing IRModule
  ) -> TileSums {
    let rows = kernelRows(position.row, m)
    let columns = position.segment.columns
    let lineBytes = unit.core.lineBytes
    let perTile = (prefetch.bytes / lineBytes + prefetch.tiles - 1) / max(prefetch.tiles, 1)
    let ahead = m.wildOffset(
      weights,
      bytes: m.add(
        m.multiply(position.ordinal, m.int64(lineBytes * perTile)), m.int64(prefetch.bytes)))
    if case .lanes(let size) = kernel.form {
      for line in 0..<perTile { m.prefetch(m.offset(ahead, bytes: lineBytes * line), level: 1) }
      return unflatten(
        overRows(rows, flatten(sums), m) { row, sums in
          lanesRow(size, unflatten(sums, columns), row, input, weights, position.segment, m)
        }, columns)
    }
    let taps = kernel.kernel.width * unit.lanes
    var result = flatten(sums)
    // Few lines: ask for them before the loop; many: a share in every turn, so that they do not
    // queue up.
    let turns = max(1, kernel.kernel.height * (kernel.chunkBlocks ?? kernel.wholeBlocks))
    let perTurn = perTile <= 4 ? 0 : (perTile + turns - 1) / turns
    if perTurn == 0 {
      for line in 0..<perTile { m.prefetch(m.offset(ahead, bytes: lineBytes * line), level: 1) }
    }
    if kernel.wholeBlocks > 0 {
      result = m.loop(from: m.int64(0), to: blocks, carrying: result) { block, sums in
        let image = m.offset(input, by: block, times: kernel.input.block)
        return overRows(rows, sums, m) { row, sums in
          let before = m.add(m.multiply(block, m.int64(kernel.kernel.height)), row)
          let panel = m.offset(
            weights, bytes: m.multiply(before, m.int64(taps * weightBytes)))
          for line in 0..<perTurn {
            let turn = m.multiply(before, m.int64(lineBytes * perTurn))
            m.prefetch(m.wildOffset(ahead, bytes: m.add(turn, m.int64(lineBytes * line))), level: 1)
          }
          return denseRow(
            unflatten(sums, columns), row, image, panel, channels: unit.lanes, position.segment, m)
        }
      }
    }
    if kernel.partialChannels > 0 {
      let channels = kernel.partialChannels
      let image = m.offset(input, by: kernel.wholeBlocks * kernel.input.block)
      let start = kernel.wholeBlocks * kernel.kernel.height * taps
      let base = m.offset(weights, bytes: start * weightBytes)
      result = overRows(rows, result, m) { row, sums in
        let width = kernel.kernel.width * channels * weightBytes
        let panel = m.offset(base, bytes: m.multiply(row, m.int64(width)))
        return denseRow(
          unflatten(sums, columns), row, image, panel, channels: channels, position.segment, m)
      }
    }
    return unflatten(result, columns)
  }

  /// A vector of weights as f32, so many vectors behind a place.
  func loadWeights(_ weights: Value, vector: Int, _ m: borrowing IRModule) -> Value {
    m.loadWidened(
      m.offset(weights, bytes: vector * kernel.weightVectorBytes), kernel.weightsFormat, unit)
  }

  // MARK: Kernel rows

  /// The kernel rows inside the image for an output row; constant where none is ever outside.
  private func kernelRows(_ row: Value, _ m: borrowing IRModule) -> (Value, Value) {
    let height = kernel.kernel.height
    guard kernel.clipsRows else { return (m.int64(0), m.int64(height)) }
    return kernel.rowWindow.taps(of: row, count: height, m)
  }

  private func overRows(
    _ rows: (Value, Value), _ sums: [Value], _ m: borrowing IRModule,
    _ body: (Value, [Value]) -> [[Value]]
  ) -> [Value] {
    if kernel.kernel.height == 1, !kernel.clipsRows { return flatten(body(m.int64(0), sums)) }
    return m.loop(from: rows.0, to: rows.1, carrying: sums) { row, sums in flatten(body(row, sums))
    }
  }

  // MARK: One kernel row

  /// All kernel columns of one row and one block of `channels` channels.
  private func denseRow(
    _ sums: [[Value]], _ row: Value, _ image: ElementPointer, _ panel: Value, channels: Int,
    _ segment: ConvolutionKernel.Segment, _ m: borrowing IRModule
  ) -> [[Value]] {
    var line = m.offset(image, by: row, times: kernel.tapRowStep)
    var panel = panel
    // A loop over channels for every tap, in five loops or more: LLVM would take several times as long.
    if kernel.kernel.height > 1 { (line, panel) = (m.opaque(line), m.opaque(panel)) }
    let tapBytes = channels * weightBytes
    var sums = sums
    for run in equalTaps(segment) {
      let valid = segment.valid[run.lowerBound]
      func at(_ column: Value, _ sums: [[Value]]) -> [[Value]] {
        let pixels = m.offset(line, by: column, times: kernel.tapColumnStep)
        let weights = m.offset(panel, bytes: m.multiply(column, m.int64(tapBytes)))
        return tap(sums, pixels, weights, channels, valid, m)
      }
      if run.count == 1 {
        sums = at(m.int64(run.lowerBound), sums)
      } else {
        let result = m.loop(
          from: m.int64(run.lowerBound), to: m.int64(run.upperBound), carrying: flatten(sums)
        ) { column, sums in flatten(at(column, unflatten(sums, segment.columns))) }
        sums = unflatten(result, segment.columns)
      }
    }
    return sums
  }

  /// The kernel columns of a segment that meet any pixel, as runs to loop over. Taps outside of the
  /// image are left out, which ends a run; narrow windows are unrolled, but a wide one in one piece
  /// would make LLVM spill the sums.
  private func equalTaps(_ segment: ConvolutionKernel.Segment) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for column in 0..<kernel.kernel.width where !segment.valid[column].isEmpty {
      if kernel.kernel.width >= 5, let last = runs.last, last.upperBound == column,
        segment.valid[last.lowerBound] == segment.valid[column]
      {
        runs[runs.count - 1] = last.lowerBound..<(column + 1)
      } else {
        runs.append(column..<(column + 1))
      }
    }
    return runs
  }

  /// One tap over the channels of a block.
  private func tap(
    _ sums: [[Value]], _ pixels: ElementPointer, _ weights: Value, _ channels: Int,
    _ valid: Range<Int>, _ m: borrowing IRModule
  ) -> [[Value]] {
    guard channels == unit.lanes, unit.lanes > unrolled else {
      // Taps meet the same pixels: LLVM would keep all that they have in common.
      let pixels = unit.loadsAgain ? m.anotherName(of: pixels) : pixels
      return step(sums, pixels, weights, channels: channels, valid, m)
    }
    let result = m.loop(
      from: m.int64(0), to: m.int64(channels), step: unrolled, carrying: flatten(sums)
    ) { channel, sums in
      let pixels = m.offset(pixels, by: channel, times: kernel.channelStep)
      let weights = m.offset(weights, bytes: m.multiply(channel, m.int64(weightBytes)))
      return flatten(
        step(
          unflatten(sums, sums.count / vectors), pixels, weights,
          channels: unrolled, valid, m))
    }
    return unflatten(result, sums.count)
  }

  /// `channels` channels without a loop: vectors of weights times broadcast inputs.
  private func step(
    _ sums: [[Value]], _ pixels: ElementPointer, _ weights: Value, channels: Int,
    _ valid: Range<Int>, _ m: borrowing IRModule
  ) -> [[Value]] {
    if groups(channels) {
      return groupedStep(sums, pixels, weights, channels: channels, valid, m)
    }
    var sums = sums
    for channel in 0..<channels {
      let loaded = (0..<vectors).map {
        loadWeights(weights, vector: channel * vectors + $0, m)
      }
      for column in valid {
        let element = column * kernel.input.column + channel * kernel.channelStep
        let x = m.loadBroadcast(m.offset(pixels, by: element), unit)
        for vector in 0..<vectors {
          sums[column][vector] = m.multiplyAdd(x, loaded[vector], sums[column][vector], unit)
        }
      }
    }
    return sums
  }

  /// Groups within a vector: every lane of the output meets the lanes of its group, brought to it
  /// by a shuffle.
  ///
  /// The weights of a few members of the group stay in registers while the pixels of the row pass
  /// once: each is loaded and shuffled once for all taps that meet it.
  private func lanesRow(
    _ size: Int, _ sums: [[Value]], _ row: Value, _ input: ElementPointer, _ weights: Value,
    _ segment: ConvolutionKernel.Segment, _ m: borrowing IRModule
  ) -> [[Value]] {
    let line = m.offset(input, by: row, times: kernel.tapRowStep)
    let rowBytes = kernel.kernel.width * size * weightBytes
    let panel = m.offset(weights, bytes: m.multiply(row, m.int64(rowBytes)))
    let perPass = kernel.membersPerPass(size, registers: unit.instructionSet.registers)
    var sums = sums
    for first in stride(from: 0, to: size, by: perPass) {
      let members = first..<(first + perPass)
      let loaded = (0..<kernel.kernel.width).map { column in
        members.map {
          loadWeights(panel, vector: column * size + $0, m)
        }
      }
      for (element, uses) in pixelsByPlace(segment) {
        let x = m.loadVector(m.offset(line, by: element), unit)
        for member in members {
          let lanes = (0..<unit.lanes).map { $0 / size * size + member }
          let moved = size == 1 ? x : m.shuffle(x, lanes)
          for (pixel, tap) in uses {
            sums[pixel][0] = m.multiplyAdd(moved, loaded[tap][member - first], sums[pixel][0], unit)
          }
        }
        // Otherwise LLVM shuffles many pixels before their products, and keeps them on the stack.
        let ordered = m.inOrder(uses.map { sums[$0.pixel][0] }, unit)
        for (use, sum) in zip(uses, ordered) { sums[use.pixel][0] = sum }
      }
    }
    return sums
  }

  /// Which pixels of the tile meet which taps at each place of the input row, in order of place.
  private func pixelsByPlace(
    _ segment: ConvolutionKernel.Segment
  ) -> [(element: Int, uses: [(pixel: Int, tap: Int)])] {
    var uses: [Int: [(pixel: Int, tap: Int)]] = [:]
    for tap in 0..<kernel.kernel.width {
      for pixel in segment.valid[tap] {
        uses[pixel * kernel.input.column + tap * kernel.tapColumnStep, default: []].append(
          (pixel, tap))
      }
    }
    return uses.keys.sorted().map { ($0, uses[$0]!) }
  }

  // MARK: Accumulators as a flat list, for loops to carry

  func flatten(_ sums: [[Value]]) -> [Value] { sums.flatMap { $0 } }

  func unflatten(_ sums: [Value], _ columns: Int) -> [[Value]] {
    (0..<columns).map { Array(sums[($0 * vectors)..<(($0 + 1) * vectors)]) }
  }
}

extension ConvolutionKernel.RowWindow {
  /// The taps first..<end, of `count`, that lie inside the image for an output row.
  func taps(of row: Value, count: Int, _ m: borrowing IRModule) -> (first: Value, end: Value) {
    let top = m.multiply(row, m.int64(stride))
    func firstTap(atOrBelow imageRow: Int) -> Value {
      let distance = m.maximum(m.subtract(m.int64(imageRow + padding), top), m.int64(0))
      return m.divide(m.add(distance, m.int64(dilation - 1)), m.int64(dilation))
    }
    return (firstTap(atOrBelow: 0), m.minimum(firstTap(atOrBelow: height), m.int64(count)))
  }
}
