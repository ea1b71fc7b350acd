import GraphIR

/// The shape of a convolution as planning sees it: views of its images and the window.
struct ConvolutionProblem {
  var input: ImageView
  var output: ImageView
  var residual: ImageView?
  var scaled: ConvolutionKernel.ScaledResult? = nil
  var attributes: Convolution
  var kernel: Pair
  var groups: Int
  /// Whether the columns of the output are the images of a batch, each the product of one whole
  /// image.
  var columnsAreImages = false
  /// Vectors of output channels per panel, if they fit; the fastest where nil.
  var panelVectors: Int?
  /// How a direct convolution stores weights; those that other algorithms transform are f32.
  var weightsFormat = FloatFormat.float32
}

extension Machine {
  /// Chooses tile, order and split of a direct convolution for so many threads.
  func convolutionKernel(for problem: ConvolutionProblem, threads: Int) -> ConvolutionKernel {
    let (input, output, attributes) = (problem.input, problem.output, problem.attributes)
    let window = attributes.padding
    let stride = attributes.stride
    let dilation = attributes.dilation
    let (form, inputChannels) = form(of: problem)
    var kernel = ConvolutionKernel(
      lanes: lanes, form: form, weightsFormat: problem.weightsFormat, batch: output.batch,
      rows: output.height, columns: output.width,
      inputChannels: inputChannels, outputChannels: output.channels, kernel: problem.kernel,
      input: .init(
        batch: input.batchStride, block: input.blockStride, row: stride.height * input.rowStride,
        column: problem.columnsAreImages ? input.batchStride : stride.width * input.columnStride),
      output: steps(output), residual: problem.residual.map { steps($0) },
      padsOutput: output.padsChannels, tapRowStep: dilation.height * input.rowStride,
      tapColumnStep: dilation.width * input.columnStride, channelStep: input.channelStride,
      origin: -(window.top * input.rowStride + window.left * input.columnStride),
      rowWindow: .init(
        stride: stride.height, padding: window.top, dilation: dilation.height,
        height: input.height),
      then: attributes.then, scaled: problem.scaled, tile: .init(columns: 1, vectors: 1),
      segments: [], chunkBlocks: nil,
      rowsPerTask: output.height, panelsPerTask: 1)

    kernel.tile = bestTile(for: kernel, problem, threads: threads)
    if case .dense(let panels, let blocks) = kernel.form, panels > 0 {
      kernel.form = .dense(
        panelsPerGroup: panels / kernel.tile.vectors, inputBlocksPerGroup: blocks)
    }
    kernel.segments = segments(of: kernel, problem, columns: kernel.tile.columns)
    split(&kernel, threads: threads)
    return kernel
  }

  func steps(_ view: ImageView) -> ConvolutionKernel.Steps {
    .init(
      batch: view.batchStride, block: view.blockStride, row: view.rowStride,
      column: view.columnStride)
  }

  /// How channels meet. For dense groups the form counts vectors per group until the tile is known.
  private func form(of problem: ConvolutionProblem) -> (ConvolutionKernel.Form, Int) {
    let groups = problem.groups
    let (inputs, outputs) = (problem.input.channels / groups, problem.output.channels / groups)
    if groups == 1 { return (.dense(panelsPerGroup: 0, inputBlocksPerGroup: 0), inputs) }
    if inputs == outputs, lanes % inputs == 0, problem.input.padsChannels {
      return (.lanes(size: inputs), inputs)
    }
    if inputs % lanes == 0, outputs % lanes == 0 {
      return (
        .dense(panelsPerGroup: outputs / lanes, inputBlocksPerGroup: inputs / lanes), inputs
      )
    }
    // Groups that cut across vectors: every panel reads all channels, with zeros for those of other
    // groups.
    return (.dense(panelsPerGroup: 0, inputBlocksPerGroup: 0), problem.input.channels)
  }

  private func segments(
    of kernel: ConvolutionKernel, _ problem: ConvolutionProblem, columns: Int
  ) -> [ConvolutionKernel.Segment] {
    ConvolutionKernel.segments(
      columns: kernel.columns, tileColumns: columns, kernelWidth: kernel.kernel.width,
      stride: problem.columnsAreImages ? 0 : problem.attributes.stride.width,
      padding: problem.attributes.padding.left,
      dilation: problem.attributes.dilation.width, inputWidth: problem.input.width)
  }

  /// The register tile of least estimated cycles: multiply-adds, loads and latency of one step
  /// through the channels.
  func bestTile(
    for kernel: ConvolutionKernel, _ problem: ConvolutionProblem, threads: Int
  ) -> ConvolutionKernel.Tile {
    let blocks = kernel.outputBlocks
    var vectorChoices = Array(1...min(8, blocks))
    if case .dense(let perGroup, _) = kernel.form, perGroup > 0 {
      vectorChoices.removeAll { perGroup % $0 != 0 }
    }
    var spare =
      (instructionSet.hasFusedMultiplyAdd ? 1 : 2) + wideningRegisters(of: kernel.weightsFormat)
    if case .lanes(let size) = kernel.form {
      vectorChoices = [1]
      let members = kernel.membersPerPass(size, registers: instructionSet.registers)
      spare += members * kernel.kernel.width
      // Shuffles across 128 bits take their lane numbers from registers.
      if size > 4, size < lanes { spare += members }
    }
    if let demanded = problem.panelVectors, vectorChoices.contains(demanded) {
      vectorChoices = [demanded]
    }
    let groups = kernel.groupsChannels
    var best = ConvolutionKernel.Tile(columns: 1, vectors: 1)
    var bestCost = Double.infinity
    for vectors in vectorChoices {
      for columns in 1...min(28, kernel.columns)
      where holds(columns: columns, vectors: vectors, spare: spare, groups: groups) {
        let rowCost =
          tileCost(columns: columns, vectors: vectors, kernel)
          * imbalance(of: kernel, vectors: vectors, threads: threads)
        let better = rowCost < bestCost - 1e-9
        let equal = abs(rowCost - bestCost) <= 1e-9
        if better || (equal && columns * vectors > best.columns * best.vectors) {
          (best, bestCost) = (.init(columns: columns, vectors: vectors), rowCost)
        }
      }
    }
    return best
  }

  /// How much longer the busiest thread works than it would at even shares, where threads share
  /// panels: 1 is even.
  private func imbalance(of kernel: ConvolutionKernel, vectors: Int, threads: Int) -> Double {
    let sharing = threads / rowShares(of: kernel.rows, threads: threads)
    let panels = (kernel.outputBlocks + vectors - 1) / vectors
    guard sharing > 1, panels > sharing else { return 1 }
    let busiest = (panels + sharing - 1) / sharing * vectors
    return max(1, Double(busiest * sharing) / Double(kernel.outputBlocks))
  }

  /// Cycles of one row of tiles over all panels, per input channel and tap.
  ///
  /// - Parameter weightCycles: what a vector of weights costs besides being loaded: that it comes
  ///   from the second level.
  func tileCost(
    columns: Int, vectors: Int, _ kernel: ConvolutionKernel, weightCycles: Double = 0.15
  ) -> Double {
    let depth = Double(max(1, kernel.weightsPerVector))
    func step(_ r: Int, _ v: Int) -> Double {
      let weights = (weightCycles + wideningCycles(of: kernel.weightsFormat)) * Double(v)
      // A tile has to be begun and stored.
      let ends = (1.5 * Double(r * v) + 30) / depth
      return stepCycles(columns: r, vectors: v, groups: kernel.groupsChannels) + weights + ends
    }
    func row(_ v: Int) -> Double {
      let rest = kernel.columns % columns
      return Double(kernel.columns / columns) * step(columns, v) + (rest > 0 ? step(rest, v) : 0)
    }
    let rest = kernel.outputBlocks % vectors
    return Double(kernel.outputBlocks / vectors) * row(vectors) + (rest > 0 ? row(rest) : 0)
  }

  /// Splits the work into tasks, and the weights of large panels into chunks that stay in the
  /// caches.
  private func split(_ kernel: inout ConvolutionKernel, threads: Int) {
    let panelBytes = kernel.panelBytes(vectors: kernel.tile.vectors)
    let multiplies =
      kernel.batch * kernel.rows * kernel.columns * kernel.outputBlocks * lanes
      * kernel.weightsPerVector
    // Worth a task: half a million products, or as many weights as take as long to read.
    let wanted = max(1, min(32, max(multiplies / 500_000, kernel.weightBytes >> 17)))
    let inputBytes = ElementType.float32.bytes(kernel.batch * kernel.input.batch)

    // Half of a large second level, all of a small one.
    let keptBytes = min(core.level2Bytes, max(core.level2Bytes / 2, 512 << 10))
    if case .dense = kernel.form, kernel.weightBytes <= keptBytes,
      inputBytes > core.level2Bytes / 4
    {
      // Weights stay in the second level while rows stream past.
      kernel.panelsPerTask = kernel.panels
      kernel.rowsPerTask = max(1, (kernel.rows + wanted - 1) / wanted)
    } else {
      // The rows of a thread stay in its second level while weights stream past, each read once.
      let shares = rowShares(of: kernel.rows, threads: threads)
      kernel.rowsPerTask = (kernel.rows + shares - 1) / shares
      kernel.panelsPerTask = max(1, kernel.panels * shares / wanted)
    }

    let chunkBytes = chunkBytes(for: kernel)
    guard case .dense = kernel.form, panelBytes > 2 * chunkBytes, kernel.partialChannels == 0 else {
      return
    }
    let blockBytes = panelBytes / kernel.wholeBlocks
    kernel.chunkBlocks = max(1, chunkBytes / blockBytes)
    if kernel.scratchBytes > scratchLimit { kernel.chunkBlocks = nil }
  }

  /// How many threads share the rows of an image evenly: the same rows of every layer, so that a
  /// thread finds in its own caches what it has written. Where cores share no cache, a line that
  /// another core holds takes ten times as long to write. The other threads share output channels.
  private func rowShares(of rows: Int, threads: Int) -> Int {
    (1...threads).last { shares in
      let most = (rows + shares - 1) / shares
      return threads % shares == 0 && Double(most * shares) <= 1.1 * Double(rows)
    } ?? 1
  }

  /// Weights that are used on all pixels before the next. With more than one tap a small chunk would be a
  /// few channels, whose sums wait more often than it gains.
  private func chunkBytes(for kernel: ConvolutionKernel) -> Int {
    let isPointwise = kernel.kernel == Pair(1)
    let pixels = kernel.batch * kernel.rowsPerTask * kernel.columns
    return isPointwise && pixels > kernel.tile.columns
      ? core.pointwiseChunkBytes : core.chunkBytes
  }

  /// Partial sums that a task may hold: they stay in its caches from chunk to chunk.
  private var scratchLimit: Int { 64 << 10 }
}
