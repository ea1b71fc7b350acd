import GraphIR

/// The algorithms of an integer convolution, which all give the same bits.
extension Planner {
  /// Chooses among the algorithms that are allowed and fit, as for convolutions of floats.
  ///
  /// - Parameter kernels: those of the direct one, by products.
  func chooseAlgorithm(
    among kernels: [IntegerConvolutionKernel], _ attributes: IntegerConvolution, _ weight: Tensor,
    node: String
  ) throws -> (way: (kernel: Kernel, packing: Packing), choice: ConvolutionChoice) {
    let (direct, weights, cycles) = directWay(kernels, attributes, weight)
    var fitting: [(candidate: Candidate, way: (kernel: Kernel, packing: Packing))] = []
    for (algorithm, transform) in [
      (ConvolutionAlgorithm.winograd2, IntegerTransform.two), (.winograd4, .four),
    ] where isAllowed(algorithm, for: node) {
      guard let kernel = winogradKernel(transform, direct, attributes, weight) else { continue }
      let candidate = Candidate(
        algorithm: algorithm, cycles: machine.cycles(of: kernel, threads: options.threads),
        weightBytes: kernel.weightBytes)
      fitting.append(
        (candidate, (.integerWinograd(kernel), .integerWinograd(weight, kernel))))
    }
    if fitting.isEmpty || isAllowed(.direct, for: node) {
      let candidate = Candidate(
        algorithm: .direct, cycles: cycles, weightBytes: weights.byteCount)
      fitting.append((candidate, (.integerConvolution(direct), .integers(weights))))
    }
    return try pick(
      among: worthTheirWeights(fitting, demanded: options.overrides[node]?.algorithm), node: node,
      layer: direct.signature(attributes))
  }

  /// The direct algorithm with the products that are fastest, or with the smallest weights where these are the goal.
  private func directWay(
    _ kernels: [IntegerConvolutionKernel], _ attributes: IntegerConvolution, _ weight: Tensor
  ) -> (kernel: IntegerConvolutionKernel, weights: IntegerWeights, cycles: Double) {
    kernels.map { kernel in
      let weights = IntegerWeights(
        weight, kernel, groups: attributes.groups, dilation: attributes.dilation)
      let cycles = machine.cycles(of: kernel, weights, threads: options.threads)
      return (kernel, weights, cycles)
    }.min { a, b in
      options.goal == .size ? a.weights.byteCount < b.weights.byteCount : a.cycles < b.cycles
    }!
  }

  /// The ways without those whose larger weights buy little time: fewer cycles than a seventh of the bytes.
  private func worthTheirWeights<Way>(
    _ ways: [(candidate: Candidate, way: Way)], demanded: ConvolutionAlgorithm?
  ) -> [(candidate: Candidate, way: Way)] {
    var (worth, last): ([(candidate: Candidate, way: Way)], Candidate?) = ([], nil)
    for way in ways.sorted(by: { $0.candidate.weightBytes < $1.candidate.weightBytes }) {
      let bytes = Double(way.candidate.weightBytes - (last?.weightBytes ?? 0))
      let isWorth = last.map { $0.cycles - way.candidate.cycles >= bytes / 7 } ?? true
      if isWorth { last = way.candidate }
      if isWorth || way.candidate.algorithm == demanded { worth.append(way) }
    }
    return worth
  }

  /// The kernel of Winograd's algorithm for windows of 3×3 that move by one pixel; nil for others, and where sums may leave the range
  /// that comes back.
  private func winogradKernel(
    _ transform: IntegerTransform, _ direct: IntegerConvolutionKernel,
    _ attributes: IntegerConvolution, _ weight: Tensor
  ) -> IntegerWinogradKernel? {
    guard machine.instructionSet.architecture == .x86, direct.window == Pair(3),
      attributes.dilation == Pair(1), direct.stride == Pair(1), attributes.groups == 1,
      transform.holds(weight.elements(Int8.self), channels: weight.shape[0])
    else { return nil }
    var kernel = IntegerWinogradKernel(transform, direct)
    kernel.convolution.tile.vectors = min(
      integerPanelVectors, direct.output.blockCount(lanes: lanes))
    split(&kernel)
    let columns = fastestTile(of: 4...6, for: kernel.tilesPerTask)
    kernel.convolution.tile.columns = columns
    let bytes = 2 * transform.frequencies * kernel.channels
    let most = max(1, machine.core.level2Bytes / 2 / bytes / columns) * columns
    kernel.blockTiles = min(most, roundUp(kernel.tilesPerTask, to: columns))
    return kernel
  }

  /// How many pixels or tiles a tile of registers has best, where a task has so many: the last one computes some that are none, and
  /// weights are loaded for each, which counts as half a pixel.
  func fastestTile(of sizes: ClosedRange<Int>, for count: Int) -> Int {
    func cost(_ size: Int) -> Int { (count + size - 1) / size * (2 * size + 1) }
    return sizes.reversed().min { cost($0) < cost($1) }!
  }

  /// Tasks have whole rows of tiles where there are enough of them, and whole images with some panels elsewhere: what they do twice,
  /// transforming tiles, is little beside the products.
  private func split(_ kernel: inout IntegerWinogradKernel) {
    let side = kernel.transform.outputs
    let threads = options.threads
    let wanted = threads == 1 ? 1 : 4 * threads
    kernel.convolution.panelsPerTask = kernel.convolution.panels
    if kernel.tilesHigh >= wanted {
      // Rows of tiles for one thread, at the most, where all have as many tasks as they can.
      let rows = (1...kernel.tilesHigh / wanted).min { a, b in
        (kernel.turns(rows: a, threads: threads), -a) < (
          kernel.turns(rows: b, threads: threads), -b
        )
      }!
      kernel.convolution.rowsPerTask = rows * side
    } else {
      kernel.convolution.rowsPerTask = kernel.tilesHigh * side
      let groups = threads == 1 ? 1 : 2 * threads
      kernel.convolution.panelsPerTask = (kernel.convolution.panels + groups - 1) / groups
    }
  }
}

extension IntegerWinogradKernel {
  /// Rows of tiles that one thread computes, where tasks have so many.
  fileprivate func turns(rows: Int, threads: Int) -> Int {
    let tasks = convolution.output.batch * ((tilesHigh + rows - 1) / rows)
    return (tasks + threads - 1) / threads * rows
  }
}

extension IntegerConvolutionKernel {
  /// The convolution as text: all that decides which kernels compute it and how long they take.
  fileprivate func signature(_ attributes: IntegerConvolution) -> String {
    let padding = attributes.padding
    return printedName + " stride \(stride.height)x\(stride.width)"
      + " padding \(padding.top),\(padding.left),\(padding.bottom),\(padding.right)"
      + " dilation \(attributes.dilation.height)x\(attributes.dilation.width)"
      + " groups \(attributes.groups) batch \(output.batch)"
  }
}

// MARK: Time

extension Machine {
  /// Cycles of a direct convolution on so many threads: its products at the rate of the core, the copies of rows, and its weights from
  /// memory.
  fileprivate func cycles(
    of kernel: IntegerConvolutionKernel, _ weights: IntegerWeights, threads: Int
  ) -> Double {
    let pixels = Double(kernel.output.batch * kernel.output.height * kernel.output.width)
    let products = pixels * weights.cyclesPerPixel(core) / core.directShare
    let copies = Double(kernel.tasks * kernel.scratchBytes) / Double(instructionSet.vectorBytes)
    return (products + copies) / Double(threads) + Double(weights.byteCount) / weightBytesPerCycle
  }

  /// The same by Winograd's algorithm, with the transforms.
  fileprivate func cycles(of kernel: IntegerWinogradKernel, threads: Int) -> Double {
    let convolution = kernel.convolution
    let tiles = Double(
      convolution.output.batch * convolution.rowGroups
        * roundUp(kernel.tilesPerTask, to: convolution.tile.columns))
    let frequencies = Double(kernel.transform.frequencies)
    let products =
      tiles * frequencies * Double(kernel.pairs * convolution.outputBlocks)
      / core.multipliesPerCycle / core.winogradShare
    let vectors = Double(
      convolution.panelGroups * kernel.channels / (2 * lanes) + convolution.outputBlocks)
    // Additions, a load and a store for every number, both ways.
    let transforms = tiles * vectors * 4 * frequencies
    return (products + transforms) / Double(threads)
      + Double(kernel.weightBytes) / weightBytesPerCycle
  }
}

extension CoreModel {
  /// Cycles that so many steps at once take for a vector of sums.
  func cycles(of product: IntegerProduct, stepsAtOnce: Int) -> Double {
    let (multiplications, others) = product.instructions(stepsAtOnce: stepsAtOnce)
    return (multiplications + integersInMultipliers * others) / multipliesPerCycle
  }
}
