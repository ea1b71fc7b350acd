import GraphIR

extension Machine {
  /// Cycles of a direct convolution on so many threads: multiply-adds at the rate of the core, or
  /// its weights from memory. Every tile widens its weights.
  func directCycles(_ kernel: ConvolutionKernel, threads: Int, together: Int = 1) -> Double {
    let multiplies = Double(
      kernel.batch * kernel.rows * kernel.columns * kernel.outputBlocks * kernel.weightsPerVector)
    let widened = Double(
      kernel.batch * kernel.rows * kernel.segments.tileCount * kernel.outputBlocks
        * kernel.weightsPerVector)
    let widening = widened * wideningCycles(of: kernel.weightsFormat)
    return max(
      (multiplies / core.multipliesPerCycle / core.directShare + widening) / Double(threads),
      Double(kernel.weightBytes * together) / weightBytesPerCycle)
  }

  /// Cycles of a Winograd convolution on so many threads: transforms, then products or their larger
  /// weights from memory.
  ///
  /// - Parameter ofBand: whether tiles are taken from a band of an image's phases, put together before.
  func winogradCycles(
    _ kernel: WinogradProductKernel, ofBand: Bool = false, threads: Int, together: Int = 1
  ) -> Double {
    let geometry = kernel.geometry
    let groups = groupCycles(of: kernel)
    let isStrided = geometry.phases.stride > 1 && !ofBand
    let perFrequency =
      (isStrided ? core.stridedTransformCycles : core.transformCycles)[
        geometry.transform.outputs] ?? 0
    let vectors = Double(geometry.tiles * (geometry.channelBlocks + kernel.product.outputBlocks))
    let transforms = vectors * perFrequency * Double(geometry.frequencies)
    let products = groups / core.winogradShare / Double(threads)
    let reading = Double(kernel.weightBytes * together) / weightBytesPerCycle
    return transforms / Double(threads) + max(products, reading)
      + core.unhiddenShare * min(products, reading)
  }

  /// Cycles of all products at the rate of the core; the last tiles of a block, fewer than registers hold, wait for
  /// their sums.
  private func groupCycles(of kernel: WinogradProductKernel) -> Double {
    let columns = kernel.product.tile.columns
    let vectors = kernel.product.tile.vectors
    func cycles(_ tiles: Int) -> Double {
      func group(_ count: Int) -> Double {
        count == 0
          ? 0 : max(Double(count * vectors) / core.multipliesPerCycle, core.multiplyLatency)
      }
      return Double(tiles / columns) * group(columns) + group(tiles % columns)
    }
    let (tiles, block) = (kernel.geometry.tiles, kernel.product.columns)
    let blocks = Double(tiles / block) * cycles(block) + cycles(tiles % block)
    return blocks / Double(vectors)
      * Double(kernel.product.outputBlocks * kernel.weightsPerVector)
  }

  /// The same where tasks transform their own tiles, perhaps of an image's phases.
  func winogradCycles(
    _ kernel: WinogradBlocksKernel, threads: Int, together: Int = 1
  ) -> Double {
    var phaseVectors = 0
    if let band = kernel.phaseImage?.band {
      phaseVectors =
        kernel.geometry.batch * kernel.geometry.tilesHigh * band.rows * band.view.width
        * band.view.blockCount(lanes: lanes)
    }
    // Vectors of phases are put together from elements.
    return 6 * Double(phaseVectors) / Double(threads)
      + winogradCycles(
        kernel.product, ofBand: kernel.phaseImage != nil, threads: threads, together: together)
  }

  /// Cycles that activations of so many bytes cost on top of the arithmetic: nearly none from the
  /// caches, but all threads wait where they pass through memory.
  func activationCycles(_ bytes: Int, threads: Int, together: Int) -> Double {
    bytes * together > core.sharedBytes
      ? Double(bytes * together) / core.memoryBytesPerCycle
      : Double(bytes) / core.activationBytesPerCycle / Double(threads)
  }

  /// The kernels of a Winograd convolution with so many outputs per tile and axis, or nil where the
  /// algorithm does not fit the problem.
  func winogradKernels(
    for problem: ConvolutionProblem, outputs: Int, rowsOnly: Bool, threads: Int
  ) -> ConvolutionKernels? {
    let attributes = problem.attributes
    let phases = WindowPhases(stride: attributes.stride.height, taps: problem.kernel.height)
    guard let transform = WinogradTransform(outputs: outputs, taps: phases.longest),
      problem.kernel == Pair(phases.taps), attributes.stride == Pair(phases.stride),
      attributes.dilation == Pair(1), problem.groups == 1, problem.output.padsChannels,
      !problem.columnsAreImages,
      // F(3, 2) saves hardly more than F(2, 2), for twice the weights.
      phases.stride == 1 || (outputs != 3 && !rowsOnly)
    else { return nil }
    let channels = problem.input.channels
    if problem.input.padsChannels {
      guard channels >= lanes, phases.stride == 1 || (channels % lanes == 0 && phases.stride == 2)
      else { return nil }
      return winogradKernels(
        for: problem, transform, phases, stride: phases.stride, rowsOnly: rowsOnly,
        threads: threads)
    }
    // Borders are emitted pixel by pixel.
    guard phases.stride > 1, phases.stride <= 4,
      max(attributes.padding.left, attributes.padding.right) < phases.taps
    else { return nil }
    let band = RowBand(
      channels: phases.count * channels, rowsAbove: phases.longest - 1, rows: outputs,
      width: problem.output.width + phases.longest - 1, lanes: lanes)
    let image = PhaseImage(
      lanes: lanes, source: problem.input, phases: phases, top: attributes.padding.top,
      left: attributes.padding.left, band: band)
    var inner = problem
    inner.input = band.view
    inner.attributes.padding = .none
    return winogradKernels(
      for: inner, transform, phases, stride: 1, image: image, threads: threads)
  }

  /// - Parameters:
  ///   - stride: between the pixels of a tile.
  ///   - image: what the input is a band of.
  private func winogradKernels(
    for problem: ConvolutionProblem, _ transform: WinogradTransform, _ phases: WindowPhases,
    stride: Int, rowsOnly: Bool = false, image: PhaseImage? = nil, threads: Int
  ) -> ConvolutionKernels? {
    let attributes = problem.attributes
    var geometry = WinogradGeometry(
      lanes: lanes, transform: transform, phases: phases, batch: problem.output.batch,
      inputChannels: problem.input.channels * stride * stride, height: problem.output.height,
      width: problem.output.width, rowsOnly: rowsOnly, blockTiles: 1)
    let most =
      image == nil
      ? mostBlockTiles(geometry, outputs: problem.output.channels, threads: threads) : 14
    let replicates =
      most == nil
      && replicatesTransform(geometry, outputs: problem.output.channels, threads: threads)
    let perBlock =
      image != nil ? geometry.tilesWide : rowsOnly ? geometry.outputTiles : geometry.tiles
    var tile = winogradTile(
      tiles: perBlock, outputBlocks: (problem.output.channels + lanes - 1) / lanes,
      most: most ?? 28, threads: most == nil || image != nil ? 1 : threads,
      demanded: problem.panelVectors)
    if rowsOnly {
      tile.block = geometry.storedRows * geometry.tilesWide
    } else if replicates {
      tile.block = geometry.tiles
    }
    geometry.blockTiles = tile.block
    let columns = min(geometry.outputTiles, geometry.tiles)
    let product = ConvolutionKernel(
      lanes: lanes, form: .dense(panelsPerGroup: 0, inputBlocksPerGroup: 0), batch: 1, rows: 1,
      columns: columns, inputChannels: geometry.inputChannels,
      outputChannels: problem.output.channels, kernel: Pair(geometry.filterRows, 1),
      input: .init(batch: 0, block: tile.block * lanes, row: 0, column: lanes),
      output: .init(batch: 0, block: 0, row: 0, column: 0), residual: nil, padsOutput: true,
      tapRowStep: geometry.tilesWide * lanes, tapColumnStep: 0, channelStep: 1, origin: 0,
      rowWindow: .init(stride: 1, padding: 0, dilation: 1, height: geometry.filterRows), then: nil,
      scaled: nil,
      tile: .init(columns: tile.columns, vectors: tile.vectors), segments: [], chunkBlocks: nil,
      rowsPerTask: 1, panelsPerTask: 1)
    var kernel = WinogradProductKernel(
      geometry: geometry, product: product, output: steps(problem.output),
      residual: problem.residual.map { steps($0) }, then: attributes.then,
      scaled: problem.scaled, blocksPerTask: 1)
    guard kernel.productBytes <= productLimit else { return nil }
    let input = WinogradInputKernel(
      geometry: geometry, input: problem.input, padding: attributes.padding, stride: stride,
      tileRowsPerTask: max(1, (geometry.storedRows + 7) / 8))
    let multiplies = geometry.tiles * kernel.weightsPerVector * problem.output.channels
    let wanted = max(1, multiplies / 1_000_000)
    if replicates {
      return .winogradBlocks(
        .init(
          input: input, product: kernel,
          panelsPerTask: (product.panels + threads - 1) / threads))
    }
    guard most != nil else {
      let groups = max(1, min(geometry.blocks, min(16, wanted) / product.panels))
      kernel.blocksPerTask = (geometry.blocks + groups - 1) / groups
      return .winograd(input, kernel)
    }
    // As few tasks as keep all threads at work: each has a scratch of its own, which is in its
    // caches only if it is used again and again.
    let tasks = min(wanted, threads == 1 ? 4 : threads)
    kernel.blocksPerTask = (geometry.blocks + tasks - 1) / tasks
    return .winogradBlocks(
      .init(
        input: input, product: kernel, phaseImage: image,
        tileRows: image.map { _ in .init(of: geometry, tasks: tasks) }))
  }

  /// Bytes of a block's products: they stay in the second level until they are pixels.
  private var productLimit: Int { core.level2Bytes / 4 }

  /// The most tiles that a task may transform for itself; nil where all tasks share one transformed
  /// image.
  ///
  /// Tasks of their own pay where the transform would not stay in the caches, and for several
  /// threads, each of which then finds its own tiles there; every one reads all weights for it.
  private func mostBlockTiles(
    _ geometry: WinogradGeometry, outputs: Int, threads: Int
  ) -> Int? {
    if geometry.rowsOnly { return nil }
    let bytesPerTile = ElementType.float32.bytes(geometry.blockStride)
    // Read for every block: more than this costs more than the transform's way through the caches.
    guard bytesPerTile * outputs <= 5 << 20 else { return nil }
    let most =
      if bytesPerTile * geometry.tiles > core.level2Bytes * 5 / 4 {
        14
      } else if threads > 1, geometry.tiles >= 12 * threads {
        min(28, core.level2Bytes * 5 / 8 / bytesPerTile)
      } else if bytesPerTile * outputs <= core.level2Bytes / 4 {
        14
      } else {
        0
      }
    return most >= 12 && bytesPerTile * most <= core.level2Bytes * 5 / 8 ? most : nil
  }

  /// Whether each thread should transform the whole image for the panels that it computes, rather
  /// than share one transform: where that is little work, and there is but one block, whose weights
  /// are read once. What another core has written takes long to read where cores share no cache.
  private func replicatesTransform(
    _ geometry: WinogradGeometry, outputs: Int, threads: Int
  ) -> Bool {
    guard threads > 1, geometry.batch == 1, geometry.tiles <= 64 else { return false }
    let transforms =
      4 * geometry.storedTiles * geometry.channelBlocks * geometry.frequencies
    let products =
      geometry.tiles * ((outputs + lanes - 1) / lanes) * geometry.summedChannels
      * geometry.filterRows / 2
    return transforms * (threads - 1) * 10 <= products
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
      where holds(columns: columns, vectors: vectors, spare: spare, groups: true) {
        // Cycles per channel: of a group of tiles, and of so many tiles in groups.
        func group(_ r: Int) -> Double {
          r == 0
            ? 0
            : stepCycles(columns: r, vectors: vectors, groups: true) + 0.5 + 0.2 * Double(vectors)
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
