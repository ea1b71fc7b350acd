import LLVMKit
import Planning

/// Emits a `WinogradBlocksKernel`: for every block of tiles, the transform into the task's scratch,
/// then the products and pixels of all panels.
struct WinogradBlocksEmitter {
  let kernel: WinogradBlocksKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let geometry = kernel.geometry
    let inputs = WinogradInputEmitter(kernel: kernel.input, unit: unit)
    let products = WinogradProductEmitter(kernel: kernel.product, unit: unit)
    let zeros = inputs.zeroRow(name, m)
    // One more than the product's: the scratch, before the output.
    let (arguments, task) = m.beginKernel(
      name, arguments: kernel.product.operandCount + 1, unit)
    let memory = m.stackMemory(bytes: products.productBytes)
    let scratch = m.offset(
      arguments[arguments.count - 2], bytes: m.multiply(task, m.int64(kernel.scratchStride)))
    let (first, end) = m.run(task, of: kernel.product.blocksPerTask, total: geometry.blocks)
    m.loop(from: first, to: end) { block, _ in
      let firstTile = m.multiply(block, m.int64(geometry.blockTiles))
      let count = m.minimum(
        m.subtract(m.int64(geometry.tiles), firstTile), m.int64(geometry.blockTiles))
      m.loop(from: m.int64(0), to: count) { tile, _ in
        let (image, row, column) = products.tilePlace(m.add(firstTile, tile), m)
        inputs.emitWholeTile(
          row: row, column: column,
          source: m.offset(arguments[0], bytes: m.floats(image, kernel.input.input.batchStride)),
          zeros: zeros, target: m.offset(scratch, bytes: m.floats(tile, geometry.lanes)), m)
        return []
      }
      products.forBlock(block, m) { tiles in
        m.loop(from: m.int64(0), to: m.int64(kernel.product.product.panels)) { panel, _ in
          let frame = products.frame(panel: panel, arguments, products: memory, m)
          products.emitBlock(block, tiles: tiles, image: scratch, frame, m)
          return []
        }
      }
      return []
    }
    m.returnVoid()
  }
}
