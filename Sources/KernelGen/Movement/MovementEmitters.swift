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

  private func emitBlock(
    channels: Int, _ input: Value, _ output: Value, _ m: borrowing IRModule
  ) {
    // Both layouts keep pixels in row-major order, so rows and columns are one axis.
    let pixels = kernel.input.height * kernel.input.width
    m.loop(from: m.int64(0), to: m.int64(pixels)) { pixel, _ in
      let (source, target) = (kernel.input.element, kernel.output.element)
      let from = m.offset(
        input, bytes: m.multiply(pixel, m.int64(source.byteCount * kernel.input.columnStride)))
      let to = m.offset(
        output, bytes: m.multiply(pixel, m.int64(target.byteCount * kernel.output.columnStride)))
      // Not the stride: in a row-major image of one pixel, channels lie side by side too.
      if kernel.output.padsChannels {
        var vector = m.zero(m.vectorType(unit))
        for channel in 0..<channels {
          let step = source.byteCount * channel * kernel.input.channelStride
          let x = m.loadElement(m.offset(from, bytes: step), source)
          vector = m.insert(x, into: vector, lane: channel)
        }
        m.storeElements(vector, to, lanes: unit.lanes, target, unit)
      } else {
        let vector = m.loadElements(from, lanes: unit.lanes, source, unit)
        for channel in 0..<channels {
          m.storeElement(
            m.extract(vector, lane: channel),
            m.offset(to, bytes: target.byteCount * channel * kernel.output.channelStride), target)
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
    let lanes = unit.lanes
    let outputBlocks = kernel.output.blockCount(lanes: lanes)
    let (image, block) = m.split(task, by: outputBlocks)
    let inputBlocks = kernel.input.blockCount(lanes: lanes)
    // Output channel c is input channel c - before: lanes from `shift` on come from block b - skip,
    // the lower ones from the block before it.
    let (skip, shift) = (
      kernel.shortcut.channelsBefore / lanes, kernel.shortcut.channelsBefore % lanes
    )
    let output = m.blockPointer(arguments[1], kernel.output, image: image, block: block)
    let images = m.offset(arguments[0], bytes: m.floats(image, kernel.input.batchStride))
    let upper = m.subtract(block, m.int64(skip))
    m.loop(from: m.int64(0), to: m.int64(kernel.output.height)) { row, _ in
      m.loop(from: m.int64(0), to: m.int64(kernel.output.width)) { column, _ in
        let elements = m.add(
          m.multiply(row, m.int64(kernel.shortcut.stride.height * kernel.input.rowStride)),
          m.multiply(column, m.int64(kernel.shortcut.stride.width * kernel.input.columnStride)))
        let pixel = m.offset(images, bytes: m.multiply(elements, m.int64(4)))
        func load(_ index: Value) -> Value {
          let inside = m.and(
            m.compare(.greaterOrEqual, index, m.int64(0)),
            m.compare(.less, index, m.int64(inputBlocks)))
          let safe = m.select(inside, index, m.int64(0))
          let vector = m.loadVector(
            m.offset(pixel, bytes: m.floats(safe, kernel.input.blockStride)), unit)
          let last = m.compare(.equal, index, m.int64(inputBlocks - 1))
          let partial = kernel.input.channels % lanes
          let zero = m.zero(m.vectorType(unit))
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
        m.store(value, m.offset(output, bytes: m.multiply(target, m.int64(4))), alignment: 4)
        return []
      }
      return []
    }
    m.returnVoid()
  }
}
