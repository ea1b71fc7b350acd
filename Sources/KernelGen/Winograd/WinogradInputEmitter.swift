import LLVMKit
import Planning

/// Emits a `WinogradInputKernel`: rows of tiles, every channel block of a tile at a time.
struct WinogradInputEmitter {
  let kernel: WinogradInputKernel
  let unit: VectorUnit

  private var geometry: WinogradGeometry { kernel.geometry }

  func emit(_ name: String, into m: borrowing IRModule) {
    let zeros = zeroRow(name, m)
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let (image, first, end) = m.rows(
      ofTask: task, rowsPerTask: kernel.tileRowsPerTask, height: geometry.storedRows)
    let source = m.offset(.floats(arguments[0]), by: image, times: kernel.input.batchStride)
    for phase in kernel.phases {
      m.loop(from: m.int64(0), to: m.int64(kernel.imageBlocks)) { block, _ in
        let plane = m.offset(source, by: block, times: kernel.input.blockStride)
        let channels = m.offset(.floats(arguments[1]), bytes: blockOffset(block, of: phase, m))
        m.loop(from: first, to: end) { tileRow, _ in
          let rows = rowPointers(tileRow, phase, plane, zeros, m)
          let before = m.multiply(
            m.add(m.multiply(image, m.int64(geometry.storedRows)), tileRow),
            m.int64(geometry.tilesWide))
          for segment in kernel.segments(of: phase) {
            m.loop(from: m.int64(0), to: m.int64(segment.count)) { index, _ in
              let column = m.add(index, m.int64(segment.start))
              emitTile(
                rows, phase, column: column, valid: segment.valid,
                target: m.offset(channels, bytes: tileOffset(m.add(before, column), m)), m)
              return []
            }
          }
          return []
        }
        return []
      }
    }
    m.returnVoid()
  }

  /// What rows outside of the image are read from.
  func zeroRow(_ name: String, _ m: borrowing IRModule) -> ElementPointer {
    let pixels = geometry.transform.inputs * kernel.stride
    return .floats(
      m.privateTable("\(name)_zeros", [Int](repeating: 0, count: pixels * unit.lanes / 2)))
  }

  /// Where a block of channels of a phase begins in a transformed tile, in bytes.
  private func blockOffset(
    _ block: Value, of phase: WinogradInputKernel.Phase, _ m: borrowing IRModule
  ) -> Value {
    m.bytes(
      m.add(block, m.int64(phase.ordinal * kernel.imageBlocks)),
      times: geometry.blockTiles * geometry.lanes, of: .float32)
  }

  /// Where a tile is in the transformed image, in bytes.
  private func tileOffset(_ ordinal: Value, _ m: borrowing IRModule) -> Value {
    let (block, within) = m.split(ordinal, by: geometry.blockTiles)
    return m.add(
      m.bytes(block, times: geometry.blockStride, of: .float32),
      m.bytes(within, times: geometry.lanes, of: .float32))
  }

  /// Transforms all channels of one tile, wherever it is, to `target`.
  func emitWholeTile(
    row: Value, column: Value, source: ElementPointer, zeros: ElementPointer,
    target: ElementPointer, _ m: borrowing IRModule
  ) {
    for phase in kernel.phases {
      for segment in kernel.segments(of: phase) {
        let inside = m.and(
          m.compare(.greaterOrEqual, column, m.int64(segment.start)),
          m.compare(.less, column, m.int64(segment.start + segment.count)))
        m.when(inside) {
          m.loop(from: m.int64(0), to: m.int64(kernel.imageBlocks)) { block, _ in
            let plane = m.offset(source, by: block, times: kernel.input.blockStride)
            emitTile(
              rowPointers(row, phase, plane, zeros, m), phase, column: column,
              valid: segment.valid,
              target: m.offset(target, bytes: blockOffset(block, of: phase, m)), m)
            return []
          }
        }
      }
    }
  }

  /// The first pixel of every image row that a row of tiles reads, and by how much a pixel moves
  /// on: not at all in the zeros.
  private func rowPointers(
    _ tileRow: Value, _ phase: WinogradInputKernel.Phase, _ plane: ElementPointer,
    _ zeros: ElementPointer, _ m: borrowing IRModule
  ) -> [(start: ElementPointer, isInside: Value)] {
    let top = m.add(
      m.multiply(tileRow, m.int64(geometry.rowOutputs * kernel.stride)),
      m.int64(phase.row - kernel.padding.top))
    return (0..<geometry.rowInputs).map { offset in
      let row = m.add(top, m.int64(offset * kernel.stride))
      let inside = m.and(
        m.compare(.greaterOrEqual, row, m.int64(0)),
        m.compare(.less, row, m.int64(kernel.input.height)))
      let pixels = m.wildOffset(plane, by: row, times: kernel.input.rowStride)
      return (m.select(inside, pixels, zeros), inside)
    }
  }

  private func emitTile(
    _ rows: [(start: ElementPointer, isInside: Value)], _ phase: WinogradInputKernel.Phase,
    column: Value, valid: Range<Int>, target: ElementPointer, _ m: borrowing IRModule
  ) {
    let size = geometry.transform.inputs
    let columnStep = kernel.stride * kernel.input.columnStride
    let left = m.add(
      m.multiply(column, m.int64(geometry.transform.outputs * kernel.stride)),
      m.int64(phase.column - kernel.padding.left))
    let shift = m.bytes(left, times: kernel.input.columnStride, of: .float32)
    let pointers = rows.map { row in
      // In the zeros every tile starts at the same place, less what its first valid pixel adds
      // again.
      let still = m.bytes(m.int64(-valid.lowerBound), times: columnStep, of: .float32)
      return m.wildOffset(row.start, bytes: m.select(row.isInside, shift, still))
    }
    let target = m.settled(target, unit)
    let map = LinearMap(
      matrix: geometry.transform.inputMatrix, arithmetic: LaneArithmetic(unit))
    // Columns first: those outside of the image stay zero through it.
    let columns: [[Value]?] = (0..<size).map { column in
      guard valid.contains(column) else { return nil }
      let pixels = pointers.map {
        m.loadVector(m.nearby($0, by: column * columnStep, unit), unit)
      }
      guard !geometry.rowsOnly else { return pixels }
      let results = map.apply(pixels, m)
      // Otherwise LLVM begins all columns of a large tile, and keeps them on the stack.
      return geometry.frequencies > 36 ? m.inOrder(results, unit) : results
    }
    for row in 0..<geometry.rowInputs {
      let results = map.apply(columns.map { $0?[row] }, m)
      for (column, result) in results.enumerated()
      where kernel.meets(phase, row: row, column: column) {
        let offset = (row * size + column) * geometry.frequencyStride
        m.storeVector(result, m.offset(target, by: offset), unit)
      }
    }
  }
}
