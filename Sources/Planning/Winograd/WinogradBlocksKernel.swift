import GraphIR

/// A Winograd convolution, block of tiles by block of tiles: a task transforms the tiles of a block
/// into a scratch of its own, which stays in its caches for the products of all panels. For images
/// whose transform would not.
///
/// It may go row of tiles by row of tiles, to read an image whose phases each task makes for itself,
/// or to pool a result that never leaves the caches.
public struct WinogradBlocksKernel: Hashable, Sendable {
  public var input: WinogradInputKernel
  public var product: WinogradProductKernel
  /// What the input is a band of, where the image is read by its phases.
  public var phaseImage: PhaseImage?
  /// A pool that takes the result.
  public var pool: BandPool?
  /// Set where a task goes through rows of tiles.
  public var tileRows: TileRows?
  /// Panels that a task computes of its blocks: all, or those of one thread of several which all
  /// transform the same blocks.
  public var panelsPerTask: Int
  /// Where a task's tiles, bands and products are.
  public var scratch: TaskScratch? = nil

  /// How the rows of tiles of an image are dealt out.
  public struct TileRows: Hashable, Sendable {
    /// Tasks per image.
    public var groups: Int
    /// Rows of tiles per task.
    public var perTask: Int

    /// About so many tasks for all images.
    init(of geometry: WinogradGeometry, tasks: Int) {
      let perImage = (tasks + geometry.batch - 1) / geometry.batch
      perTask = (geometry.tilesHigh + perImage - 1) / perImage
      groups = (geometry.tilesHigh + perTask - 1) / perTask
    }
  }

  public var geometry: WinogradGeometry { product.geometry }
  /// Groups of panels that tasks are split by.
  public var panelGroups: Int { (product.product.panels + panelsPerTask - 1) / panelsPerTask }
  public var tasks: Int {
    tileRows.map { geometry.batch * $0.groups } ?? product.blockGroups * panelGroups
  }

  /// The image that is read.
  public var image: ImageView { phaseImage?.source ?? input.input }

  /// Bytes of a task's transformed tiles.
  public var transformBytes: Int { ElementType.float32.bytes(geometry.blockStride) }
  /// Bytes of the band of phases behind them.
  public var phaseBytes: Int { phaseImage?.band.byteCount(lanes: geometry.lanes) ?? 0 }
  /// Bytes of the band that is pooled, behind both.
  public var poolBytes: Int { pool?.band.byteCount(lanes: geometry.lanes) ?? 0 }
  /// Bytes of all three and, behind them, a block's products.
  package var scratchBytes: Int { transformBytes + phaseBytes + poolBytes + product.productBytes }

  init(
    input: WinogradInputKernel, product: WinogradProductKernel, phaseImage: PhaseImage? = nil,
    tileRows: TileRows? = nil, panelsPerTask: Int? = nil
  ) {
    self.input = input
    self.product = product
    self.phaseImage = phaseImage
    self.tileRows = tileRows
    self.panelsPerTask = panelsPerTask ?? product.product.panels
  }
}

/// The maximum pool of a convolution's result, row of tiles by row of tiles: what one gave is pooled
/// before the next is computed, so that the result, the largest image of many networks, never leaves
/// the caches.
public struct BandPool: Hashable, Sendable {
  /// Rows of the result. Where windows overlap, a task computes those above its first row of tiles
  /// too, once more.
  public var band: RowBand
  /// The pool of a band, whose windows all lie in it.
  public var kernel: PoolKernel
}

extension Planner {
  /// Lets convolutions by Winograd's algorithm pool their own results, where the pool is all that
  /// reads them.
  mutating func fusePools() {
    var index = 0
    while index < steps.count {
      if let (pool, fused) = pooled(index) {
        steps[index].kernel = .winogradBlocks(fused)
        steps[index].arguments[steps[index].arguments.count - 1] = steps[pool].arguments.last!
        steps[index].nodes += steps[pool].nodes
        steps[index].flops += steps[pool].flops
        steps[index].bytesWritten = steps[pool].bytesWritten
        steps.remove(at: pool)
      }
      index += 1
    }
  }

  /// The pool that takes all of a step's result, and the step's kernel with it; nil where there is
  /// none that fits.
  private func pooled(_ index: Int) -> (pool: Int, kernel: WinogradBlocksKernel)? {
    guard case .winogradBlocks(let kernel) = steps[index].kernel,
      let place = steps[index].arguments.last, case .buffer(let buffer) = place.base
    else { return nil }
    let readers = steps.indices.filter { reader in
      reader != index && steps[reader].arguments.contains { $0.base == .buffer(buffer) }
    }
    guard readers.count == 1, let reader = readers.first, steps[reader].arguments.first == place,
      case .pool(let pool) = steps[reader].kernel,
      pool.input.byteCount(lanes: lanes) == buffers[buffer].bytes
    else { return nil }
    return kernel.pooling(pool, threads: options.threads).map { (reader, $0) }
  }
}

extension WinogradBlocksKernel {
  /// The kernel with a pool of its result; nil where bands do not fit the pool.
  fileprivate func pooling(_ pool: PoolKernel, threads: Int) -> WinogradBlocksKernel? {
    let window = pool.pooling
    let rows = geometry.rowOutputs
    let stride = window.stride.height
    guard pool.function == .maximum, pool.scaled == nil, product.residual == nil,
      product.scaled == nil, window.dilation == Pair(1), panelGroups == 1,
      phaseImage != nil || geometry.tilesWide % geometry.blockTiles == 0,
      geometry.height % rows == 0, rows % stride == 0,
      pool.output.height * stride == geometry.height,
      // No window reaches below its row of tiles, or above the one before.
      window.kernel.height <= stride + window.padding.top, window.padding.top <= rows
    else { return nil }
    let band = RowBand(
      channels: pool.input.channels, rowsAbove: window.padding.top, rows: rows,
      width: pool.input.width, lanes: pool.lanes)
    var kernel = self
    var own = pool
    own.input = band.view
    own.output.batch = 1
    own.output.height = rows / stride
    own.pooling.padding.top = 0
    own.pooling.padding.bottom = 0
    own.rowsPerTask = own.output.height
    kernel.pool = BandPool(band: band, kernel: own)
    kernel.tileRows = .init(
      of: geometry, tasks: band.rowsAbove > 0 ? threads : max(threads, tasks))
    kernel.product.output = .init(
      batch: 0, block: band.view.blockStride, row: band.view.rowStride,
      column: band.view.columnStride)
    return kernel
  }
}
