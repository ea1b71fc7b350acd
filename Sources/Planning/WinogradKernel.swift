import GraphIR

/// How the tiles of a Winograd convolution lie in the transformed image,
/// `[block][frequency][channels / lanes][tile][lanes]`: blocks of so many tiles that one block's
/// products stay in the caches.
public struct WinogradGeometry: Hashable, Sendable {
  public var lanes: Int
  public var transform: WinogradTransform
  /// The phases of a strided window, one after the other in the input channels.
  public var phases: WindowPhases
  public var batch: Int
  /// Input channels of all phases.
  public var inputChannels: Int
  /// Extents of the result.
  public var height: Int
  public var width: Int
  /// Whether only columns are transformed. A tile is then one row high and products sum over the
  /// rows of the filter, which reads the tiles of the rows above and below: a block is one image
  /// with these.
  public var rowsOnly = false
  /// Tiles per block.
  public var blockTiles: Int

  /// Rows of a tile's input and output.
  public var rowInputs: Int { rowsOnly ? 1 : transform.inputs }
  public var rowOutputs: Int { rowsOnly ? 1 : transform.outputs }
  /// Rows of the filter that products sum over.
  public var filterRows: Int { rowsOnly ? transform.taps : 1 }

  public var tilesHigh: Int { (height + rowOutputs - 1) / rowOutputs }
  public var tilesWide: Int { (width + transform.outputs - 1) / transform.outputs }
  public var tiles: Int { batch * tilesHigh * tilesWide }
  /// Rows of tiles in an image's transform.
  public var storedRows: Int { tilesHigh + filterRows - 1 }
  /// Tiles of all images' transforms.
  public var storedTiles: Int { batch * storedRows * tilesWide }
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

  /// Input channels of one phase.
  public var phaseChannels: Int { inputChannels / phases.count }

  /// Channels that the product of a frequency sums over, from the first on.
  public func channels(row: Int, column: Int) -> Int {
    let last = transform.inputs - 1
    return phaseChannels
      * phases.count(rowIsInfinite: row == last && !rowsOnly, columnIsInfinite: column == last)
  }

  /// Frequencies, numbered by rows, whose products sum over the same channels.
  public struct Run: Hashable, Sendable {
    public var first: Int
    public var rows: Int
    public var columns: Int
    public var channels: Int

    /// Frequencies of the run.
    public var count: Int { rows * columns }
  }

  /// All frequencies, in the order in which their weights are packed.
  public var runs: [Run] {
    let size = transform.inputs
    guard channels(row: 0, column: size - 1) < inputChannels else {
      return [Run(first: 0, rows: 1, columns: frequencies, channels: inputChannels)]
    }
    let finite = size - 1
    return [
      (0, finite, finite), (finite, finite, 1), (finite * size, 1, finite), (size * size - 1, 1, 1),
    ].map { first, rows, columns in
      Run(
        first: first, rows: rows, columns: columns,
        channels: channels(row: first / size, column: first % size))
    }
  }

  /// Channels of all frequencies.
  public var summedChannels: Int { runs.reduce(0) { $0 + $1.count * $1.channels } }
}

/// Brings a blocked image into the form that a `WinogradProductKernel` reads: Bᵀ d B for every tile
/// and channel.
public struct WinogradInputKernel: Hashable, Sendable {
  public var geometry: WinogradGeometry
  public var input: ImageView
  public var padding: Padding
  /// Pixels between those of a tile: the stride of a window whose phases are read from the image.
  public var stride: Int
  public var tileRowsPerTask: Int

  public var rowGroups: Int { (geometry.storedRows + tileRowsPerTask - 1) / tileRowsPerTask }
  public var tasks: Int { geometry.batch * rowGroups }

  /// A phase that is read from the image.
  public struct Phase: Sendable {
    public var ordinal: Int
    public var row: Int
    public var column: Int
  }

  /// The phases that are read from the image.
  public var phases: [Phase] {
    (0..<(stride * stride)).map { Phase(ordinal: $0, row: $0 / stride, column: $0 % stride) }
  }

  /// Blocks of channels of the image.
  public var imageBlocks: Int { geometry.channelBlocks / (stride * stride) }

  /// Whether a phase is part of the product of a frequency.
  public func meets(_ phase: Phase, row: Int, column: Int) -> Bool {
    stride == 1
      || phase.ordinal * geometry.phaseChannels < geometry.channels(row: row, column: column)
  }

  /// The runs of tiles in a row whose columns of a phase are inside the image alike.
  public func segments(of phase: Phase) -> [(start: Int, count: Int, valid: Range<Int>)] {
    var result: [(start: Int, count: Int, valid: Range<Int>)] = []
    for tile in 0..<geometry.tilesWide {
      let first = tile * geometry.transform.outputs * stride + phase.column - padding.left
      let inside = (0..<geometry.transform.inputs).filter {
        (0..<input.width).contains(first + $0 * stride)
      }
      let valid = inside.first.map { $0..<(inside.last! + 1) } ?? 0..<0
      if let last = result.last, last.valid == valid {
        result[result.count - 1].count += 1
      } else {
        result.append((tile, 1, valid))
      }
    }
    return result
  }
}

/// The products of a Winograd convolution, one matrix product per frequency, brought back to
/// pixels: Aᵀ m A, then bias, residual, activation, store. Weights are packed
/// `[panel][frequency][block][filter row][channel][vectors × lanes]`, frequencies in the order of
/// the geometry's runs.
public struct WinogradProductKernel: Hashable, Sendable {
  public var geometry: WinogradGeometry
  /// The product of one frequency of one block, over all channels, as a 1×1 convolution over its
  /// tiles.
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

  /// The product of a frequency that sums over so many channels.
  public func product(channels: Int) -> ConvolutionKernel {
    var kernel = product
    kernel.inputChannels = channels
    return kernel
  }

  /// Weights that one output vector needs, in vectors, for all frequencies.
  public var weightsPerVector: Int { geometry.summedChannels * geometry.filterRows }

  /// Bytes of the packed weights of a panel of `vectors` vectors.
  public func panelBytes(vectors: Int) -> Int { weightsPerVector * vectors * geometry.lanes * 4 }

  /// Bytes of the packed weights.
  public var weightBytes: Int { panelBytes(vectors: product.outputBlocks) }
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
      geometry.tiles * kernel.product.outputBlocks * kernel.weightsPerVector)
    let perFrequency = geometry.transform.outputs == 4 ? 4.0 : 3.0
    let vectors = Double(geometry.tiles * (geometry.channelBlocks + kernel.product.outputBlocks))
    let transforms = vectors * perFrequency * Double(geometry.frequencies)
    return transforms / Double(threads)
      + max(
        products / 2 / 0.88 / Double(threads),
        Double(kernel.weightBytes * together) / weightBytesPerCycle)
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
      + winogradCycles(kernel.product, threads: threads, together: together)
  }

  /// Cycles that activations of so many bytes cost on top of the arithmetic: nearly none from the
  /// caches, but all threads wait where they pass through memory.
  func activationCycles(_ bytes: Int, threads: Int, together: Int) -> Double {
    bytes * together > 8 << 20
      ? Double(bytes * together) / 8 : Double(bytes) / 64 / Double(threads)
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
      outputs != 3 || phases.stride == 1
    else { return nil }
    let channels = problem.input.channels
    if problem.input.padsChannels {
      guard channels >= lanes, phases.stride == 1 || (channels % lanes == 0 && phases.stride == 2)
      else { return nil }
      return winogradKernels(
        for: problem, transform, phases, stride: phases.stride, rowsOnly: rowsOnly,
        threads: threads)
    }
    guard phases.stride > 1, phases.stride <= 4, !rowsOnly else { return nil }
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
    if rowsOnly && phases.stride > 1 { return nil }
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
    guard geometry.frequencies * tile.block * tile.vectors * lanes * 4 <= stackLimit else {
      return nil
    }
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
    guard bytesPerTile * outputs <= 5 << 20 else { return nil }
    let most =
      if bytesPerTile * geometry.tiles > level2Bytes * 5 / 4 {
        14
      } else if threads > 1, geometry.tiles >= 12 * threads {
        min(28, level2Bytes * 5 / 8 / bytesPerTile)
      } else if bytesPerTile * outputs <= level2Bytes / 4 {
        14
      } else {
        0
      }
    return most >= 12 && bytesPerTile * most <= level2Bytes * 5 / 8 ? most : nil
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
