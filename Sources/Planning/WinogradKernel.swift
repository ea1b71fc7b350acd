import GraphIR

/// How the tiles of a Winograd convolution lie in the transformed image,
/// `[block][frequency][channels / lanes][tile][lanes]`: blocks of so many tiles that one block's
/// products stay in the caches.
public struct WinogradGeometry: Hashable, Sendable {
  public var lanes: Int
  public var transform: WinogradTransform
  public var batch: Int
  public var inputChannels: Int
  /// Extents of the result.
  public var height: Int
  public var width: Int
  /// Whether only columns are transformed. A tile is then one row high and products sum over the
  /// three rows of the filter, which reads the tiles of the rows above and below: a block is one
  /// image with these.
  public var rowsOnly = false
  /// Tiles per block.
  public var blockTiles: Int

  /// Rows of a tile's input and output.
  public var rowInputs: Int { rowsOnly ? 1 : transform.inputs }
  public var rowOutputs: Int { rowsOnly ? 1 : transform.outputs }
  /// Rows of the filter that products sum over.
  public var filterRows: Int { rowsOnly ? 3 : 1 }

  public var tilesHigh: Int { (height + rowOutputs - 1) / rowOutputs }
  public var tilesWide: Int { (width + transform.outputs - 1) / transform.outputs }
  public var tiles: Int { batch * tilesHigh * tilesWide }
  /// Rows of tiles in an image's transform.
  public var storedRows: Int { tilesHigh + filterRows - 1 }
  /// Tiles of a block that products are computed for; the last block may have fewer.
  public var outputTiles: Int { rowsOnly ? tilesHigh * tilesWide : blockTiles }
  public var blocks: Int { (tiles + outputTiles - 1) / outputTiles }
  public var frequencies: Int { rowInputs * transform.inputs }
  public var channelBlocks: Int { (inputChannels + lanes - 1) / lanes }

  /// Elements of one frequency of one block.
  public var frequencyStride: Int { channelBlocks * blockTiles * lanes }

  /// Elements of one block.
  public var blockStride: Int { frequencies * frequencyStride }

  /// Bytes of the transformed image.
  public var byteCount: Int { blocks * blockStride * 4 }
}

/// Brings a blocked image into the form that a `WinogradProductKernel` reads: Bᵀ d B for every tile
/// and channel.
public struct WinogradInputKernel: Hashable, Sendable {
  public var geometry: WinogradGeometry
  public var input: ImageView
  public var padding: Padding
  public var tileRowsPerTask: Int

  public var rowGroups: Int { (geometry.storedRows + tileRowsPerTask - 1) / tileRowsPerTask }
  public var tasks: Int { geometry.batch * rowGroups }

  /// Runs of tiles in a row whose columns are inside the image alike.
  public var segments: [(start: Int, count: Int, valid: Range<Int>)] {
    var result: [(start: Int, count: Int, valid: Range<Int>)] = []
    for tile in 0..<geometry.tilesWide {
      let first = tile * geometry.transform.outputs - padding.left
      let low = max(0, -first)
      let high = max(low, min(geometry.transform.inputs, input.width - first))
      if let last = result.last, last.valid == low..<high {
        result[result.count - 1].count += 1
      } else {
        result.append((tile, 1, low..<high))
      }
    }
    return result
  }
}

/// The products of a Winograd convolution, one matrix product per frequency, brought back to
/// pixels: Aᵀ m A, then bias, residual, activation, store. Weights are packed
/// `[panel][frequency][block][filter row][channel][vectors × lanes]`.
public struct WinogradProductKernel: Hashable, Sendable {
  public var geometry: WinogradGeometry
  /// The product of one frequency of one block as a 1×1 convolution over its tiles.
  public var product: ConvolutionKernel
  public var output: ConvolutionKernel.Steps
  public var residual: ConvolutionKernel.Steps?
  public var then: UnaryFunction?
  public var scaled: ConvolutionKernel.ScaledResult?
  public var blocksPerTask: Int

  /// What a step gives: the transformed image, weights, bias, the residual and what a second result
  /// takes if they are there, and the output.
  public var operandCount: Int {
    4 + (residual == nil ? 0 : 1)
      + (scaled == nil ? 0 : ConvolutionKernel.ScaledResult.operandCount)
  }

  public var blockGroups: Int { (geometry.blocks + blocksPerTask - 1) / blocksPerTask }
  public var tasks: Int { blockGroups * product.panels }

  /// Bytes of the packed weights.
  public var weightBytes: Int { geometry.frequencies * product.weightBytes }
}

/// A Winograd convolution, block of tiles by block of tiles: a task transforms the tiles of a block
/// into a scratch of its own, which stays in its caches for the products of all panels. For images
/// whose transform would not.
public struct WinogradBlocksKernel: Hashable, Sendable {
  public var input: WinogradInputKernel
  public var product: WinogradProductKernel
  /// Bytes from the scratch of one task to that of the next, at least `scratchBytes`.
  public var scratchStride = 0

  public var geometry: WinogradGeometry { product.geometry }
  public var tasks: Int { product.blockGroups }

  /// Bytes of a task's transformed tiles.
  public var scratchBytes: Int { geometry.blockStride * 4 }
}

extension Machine {
  /// Cycles of a direct convolution on so many threads: multiply-adds at two vectors a cycle, or
  /// its weights from memory.
  func directCycles(_ kernel: ConvolutionKernel, threads: Int, together: Int = 1) -> Double {
    let multiplies = Double(
      kernel.batch * kernel.rows * kernel.columns * kernel.outputBlocks * kernel.weightsPerVector)
    return max(
      multiplies / 2 / 0.93 / Double(threads),
      Double(kernel.weightBytes * together) / weightBytesPerCycle)
  }

  /// Cycles of a Winograd convolution on so many threads: transforms, then products or their larger
  /// weights from memory.
  func winogradCycles(
    _ kernel: WinogradProductKernel, threads: Int, together: Int = 1
  ) -> Double {
    let geometry = kernel.geometry
    let products = Double(
      geometry.tiles * geometry.frequencies * kernel.product.outputBlocks
        * kernel.product.weightsPerVector)
    let perFrequency = geometry.transform.outputs == 4 ? 4.0 : 3.0
    let vectors = Double(geometry.tiles * (geometry.channelBlocks + kernel.product.outputBlocks))
    let transforms = vectors * perFrequency * Double(geometry.frequencies)
    return transforms / Double(threads)
      + max(
        products / 2 / 0.88 / Double(threads),
        Double(kernel.weightBytes * together) / weightBytesPerCycle)
  }

  /// Cycles that activations of so many bytes cost on top of the arithmetic: nearly none from the
  /// caches, but all threads wait where they pass through memory.
  func activationCycles(_ bytes: Int, threads: Int, together: Int) -> Double {
    bytes * together > 8 << 20
      ? Double(bytes * together) / 8 : Double(bytes) / 64 / Double(threads)
  }

  /// The kernels of a Winograd convolution, or nil where the algorithm does not fit the problem.
  func winogradKernels(
    for problem: ConvolutionProblem, _ transform: WinogradTransform, rowsOnly: Bool, threads: Int
  ) -> ConvolutionKernels? {
    let attributes = problem.attributes
    guard problem.kernel == Pair(3), attributes.stride == Pair(1), attributes.dilation == Pair(1),
      problem.groups == 1, problem.input.padsChannels, problem.output.padsChannels,
      !problem.columnsAreImages, problem.input.channels >= lanes
    else { return nil }
    var geometry = WinogradGeometry(
      lanes: lanes, transform: transform, batch: problem.output.batch,
      inputChannels: problem.input.channels, height: problem.output.height,
      width: problem.output.width, rowsOnly: rowsOnly, blockTiles: 1)
    let most = mostBlockTiles(geometry, outputs: problem.output.channels, threads: threads)
    let perBlock = rowsOnly ? geometry.outputTiles : geometry.tiles
    var tile = winogradTile(
      tiles: perBlock, outputBlocks: (problem.output.channels + lanes - 1) / lanes,
      most: most ?? 28, threads: most == nil ? 1 : threads, demanded: problem.panelVectors)
    if rowsOnly { tile.block = geometry.storedRows * geometry.tilesWide }
    geometry.blockTiles = tile.block
    guard geometry.frequencies * tile.block * tile.vectors * lanes * 4 <= stackLimit else {
      return nil
    }
    let columns = min(geometry.outputTiles, geometry.tiles)
    let product = ConvolutionKernel(
      lanes: lanes, form: .dense(panelsPerGroup: 0, inputBlocksPerGroup: 0), batch: 1, rows: 1,
      columns: columns, inputChannels: problem.input.channels,
      outputChannels: problem.output.channels, kernel: Pair(geometry.filterRows, 1),
      input: .init(batch: 0, block: tile.block * lanes, row: 0, column: lanes),
      output: .init(batch: 0, block: 0, row: 0, column: 0), residual: nil, padsOutput: true,
      tapRowStep: geometry.tilesWide * lanes, tapColumnStep: 0, channelStep: 1, origin: 0,
      rowWindow: .init(stride: 1, padding: 0, dilation: 1, height: geometry.filterRows), then: nil,
      scaled: nil,
      tile: .init(columns: tile.columns, vectors: tile.vectors), segments: [], chunkBlocks: nil,
      rowsPerTask: 1, panelsPerTask: 1)
    let multiplies =
      geometry.tiles * geometry.frequencies * product.weightsPerVector * problem.output.channels
    let wanted = max(1, min(16, multiplies / 1_000_000))
    let panelsTogether = most == nil ? product.panels : 1
    let groups = max(1, min(geometry.blocks, (wanted + panelsTogether - 1) / panelsTogether))
    let kernel = WinogradProductKernel(
      geometry: geometry, product: product, output: steps(problem.output),
      residual: problem.residual.map { steps($0) }, then: attributes.then,
      scaled: problem.scaled, blocksPerTask: (geometry.blocks + groups - 1) / groups)
    let input = WinogradInputKernel(
      geometry: geometry, input: problem.input, padding: attributes.padding,
      tileRowsPerTask: max(1, (geometry.storedRows + 7) / 8))
    return most == nil
      ? .winograd(input, kernel) : .winogradBlocks(.init(input: input, product: kernel))
  }

  /// Bytes of a block's products on the stack.
  private var stackLimit: Int { 256 << 10 }

  /// The most tiles that a task may transform for itself; nil where all tasks share one transformed
  /// image.
  ///
  /// Tasks of their own pay where the transform would not stay in the caches, and for several
  /// threads, each of which then finds its own tiles there; every one reads all weights for it.
  private func mostBlockTiles(
    _ geometry: WinogradGeometry, outputs: Int, threads: Int
  ) -> Int? {
    if geometry.rowsOnly { return nil }
    let bytesPerTile = geometry.blockStride * 4
    // Read for every block: more than this costs more than the transform's way through the caches.
    guard bytesPerTile * outputs <= 4 << 20 else { return nil }
    let most =
      if bytesPerTile * geometry.tiles > level2Bytes * 5 / 4 {
        14
      } else if threads > 1, geometry.tiles >= 12 * threads {
        28
      } else if bytesPerTile * outputs <= level2Bytes / 4 {
        14
      } else {
        0
      }
    return most > 0 && bytesPerTile * most < level2Bytes * 5 / 8 ? most : nil
  }

  /// Tiles per block and the register tile of the products: blocks small enough for the products of
  /// a panel to stay in the second level, and of a size that wastes few tiles.
  private func winogradTile(
    tiles: Int, outputBlocks: Int, most: Int, threads: Int, demanded: Int?
  ) -> (block: Int, columns: Int, vectors: Int) {
    var best = (block: 1, columns: 1, vectors: 1)
    var bestCost = Double.infinity
    let spare = instructionSet.hasFusedMultiplyAdd ? 1 : 2
    var vectorChoices = (1...min(4, outputBlocks)).filter { outputBlocks % $0 == 0 }
    if let demanded, vectorChoices.contains(demanded) { vectorChoices = [demanded] }
    for vectors in vectorChoices {
      for columns in 1...28
      where columns * vectors + vectors + spare <= instructionSet.registers {
        // Cycles per channel: of a group of tiles, and of so many tiles in groups.
        func group(_ r: Int) -> Double {
          let work = max(Double(r * vectors) / 2, Double(r + vectors) / 2, 4)
          return r == 0 ? 0 : work + 0.5 + 0.2 * Double(vectors)
        }
        func cycles(_ tiles: Int) -> Double {
          Double(tiles / columns) * group(columns) + group(tiles % columns)
        }
        for block in columns...max(columns, most) {
          let blocks = (tiles + block - 1) / block
          let share = min(tiles, (blocks + threads - 1) / threads * block)
          let whole = Double(share / block) * cycles(block) + cycles(share % block)
          let cost = whole / Double(vectors) + 0.002 * Double(blocks)
          if cost < bestCost - 1e-9 { (best, bestCost) = ((block, columns, vectors), cost) }
        }
      }
    }
    return best
  }
}
