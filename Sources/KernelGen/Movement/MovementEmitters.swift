import GraphIR
import LLVMKit
import Planning

/// Emits a `ReorderKernel`: a block of channels between planes and pixels.
struct ReorderEmitter {
  let kernel: ReorderKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let task = m.beginBlockKernel(name, reading: kernel.input, unit)
    let output = m.blockPointer(
      task.result, kernel.output, image: task.image, block: task.block)
    m.withChannels(ofBlock: task.block, of: kernel.input, unit) { channels in
      emitBlock(channels: channels, task.input, output, m)
    }
    m.returnVoid()
  }

  /// What elements are on their way.
  private var moved: ElementType {
    kernel.input.element == kernel.output.element ? kernel.input.element : .float32
  }

  private func emitBlock(
    channels: Int, _ input: ElementPointer, _ output: ElementPointer, _ m: borrowing IRModule
  ) {
    // Both layouts keep pixels in row-major order, so rows and columns are one axis.
    let pixels = kernel.input.height * kernel.input.width
    m.loop(from: m.int64(0), to: m.int64(pixels)) { pixel, _ in
      let from = m.offset(input, by: pixel, times: kernel.input.columnStride)
      let to = m.offset(output, by: pixel, times: kernel.output.columnStride)
      let (source, target) = (kernel.input.channelStride, kernel.output.channelStride)
      // Not the stride: in a row-major image of one pixel, channels lie side by side too.
      if kernel.output.padsChannels {
        var vector = m.zero(m.type(of: moved, lanes: unit.lanes))
        for channel in 0..<channels {
          let x = m.load(m.offset(from, by: channel * source), as: moved)
          vector = m.insert(x, into: vector, lane: channel)
        }
        m.storeVector(vector, to, lanes: unit.lanes, as: moved, unit)
      } else {
        let vector = m.loadVector(from, lanes: unit.lanes, as: moved, unit)
        for channel in 0..<channels {
          m.store(
            m.extract(vector, lane: channel), m.offset(to, by: channel * target), as: moved)
        }
      }
      return []
    }
  }
}

/// Emits a `ShortcutKernel`: every output vector is put together from two input vectors, or is
/// zero.
struct ShortcutEmitter {
  let kernel: ShortcutKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let (lanes, element) = (unit.lanes, kernel.input.element)
    let outputBlocks = kernel.output.blockCount(lanes: lanes)
    let (image, block) = m.split(task, by: outputBlocks)
    let inputBlocks = kernel.input.blockCount(lanes: lanes)
    // Output channel c is input channel c - before: lanes from `shift` on come from block b - skip,
    // the lower ones from the block before it.
    let (skip, shift) = (
      kernel.shortcut.channelsBefore / lanes, kernel.shortcut.channelsBefore % lanes
    )
    let output = m.blockPointer(arguments[1], kernel.output, image: image, block: block)
    let images = m.offset(
      ElementPointer(arguments[0], element), by: image, times: kernel.input.batchStride)
    let upper = m.subtract(block, m.int64(skip))
    m.loop(from: m.int64(0), to: m.int64(kernel.output.height)) { row, _ in
      m.loop(from: m.int64(0), to: m.int64(kernel.output.width)) { column, _ in
        let elements = m.add(
          m.multiply(row, m.int64(kernel.shortcut.stride.height * kernel.input.rowStride)),
          m.multiply(column, m.int64(kernel.shortcut.stride.width * kernel.input.columnStride)))
        let pixel = m.offset(images, by: elements)
        func load(_ index: Value) -> Value {
          let inside = m.and(
            m.compare(.greaterOrEqual, index, m.int64(0)),
            m.compare(.less, index, m.int64(inputBlocks)))
          let safe = m.select(inside, index, m.int64(0))
          let vector = m.loadStored(
            m.offset(pixel, by: safe, times: kernel.input.blockStride), lanes: lanes)
          let last = m.compare(.equal, index, m.int64(inputBlocks - 1))
          let partial = kernel.input.channels % lanes
          let zero = m.zero(m.type(of: element, lanes: lanes))
          var kept = m.select(inside, vector, zero)
          if partial > 0 {
            // Lanes behind the last channel hold anything; the shortcut has zeros there.
            let mask = m.constantVector((0..<lanes).map { m.bit($0 < partial) })
            kept = m.select(last, m.select(mask, kept, zero), kept)
          }
          return kept
        }
        let own = load(upper)
        var value = own
        if shift > 0 {
          let below = load(m.subtract(upper, m.int64(1)))
          let order = (0..<lanes).map { ($0 + lanes - shift) % lanes }
          let mask = m.constantVector((0..<lanes).map { m.bit($0 >= shift) })
          value = m.select(mask, m.shuffle(own, order), m.shuffle(below, order))
        }
        let target = m.add(
          m.multiply(row, m.int64(kernel.output.rowStride)),
          m.multiply(column, m.int64(kernel.output.columnStride)))
        m.storeStored(value, m.offset(output, by: target))
        return []
      }
      return []
    }
    m.returnVoid()
  }
}
