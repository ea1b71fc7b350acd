import GraphIR

/// Convolutions of integers.
extension Planner {
  mutating func planIntegerConvolution(_ id: NodeID, _ attributes: IntegerConvolution) throws {
    let node = graph[id]
    let weight = try constant(node.inputs[1], "weight")
    let bias = try constant(node.inputs[2], "bias").elements(Int32.self)
    let scale = try constant(node.inputs[3], "scale").floats
    guard let starts = attributes.starts(weight.elements(Int8.self), bias) else {
      throw PlanningError(
        message: "sums of \(node.operation.mnemonic) may be too large for 32 bits",
        hint: "weights or bias have to be smaller")
    }
    if isExactDepthwise(attributes, weight, starts) {
      // There is one way; throws where another is demanded.
      let direct = Candidate(algorithm: .direct, cycles: 0, weightBytes: weight.count)
      _ = try pick(among: [(direct, ())], node: node.name, layer: "")
      planDepthwiseIntegers(id, attributes, weight, bias: bias, scale: scale)
      return
    }
    let image = pixelImage(of: node.inputs[0])
    let output = newIntegerResult(id)
    var (input, result) = (image.view, output.view)
    // Images of one pixel are the columns of one row, so that weights are read once, where nothing of a window is beside its pixel.
    if input.height == 1, input.width == 1, weight.shape[2...] == [1, 1],
      attributes.padding == .none, attributes.stride == Pair(1)
    {
      (input, result) = (input.asColumns, result.asColumns)
    }
    let kernels = machine.instructionSet.integerProducts.map {
      integerKernel(
        from: input, to: result, attributes, window: Pair(weight.shape[2], weight.shape[3]), $0)
    }
    let (way, choice) = try chooseAlgorithm(among: kernels, attributes, weight, node: node.name)
    let padding = roundUp(starts.count, to: lanes) - starts.count
    let moved = machine.instructionSet.integerProduct.starts(
      starts, weight.elements(Int8.self))
    let biases = Tensor(
      [starts.count + padding], elements: moved + [Int32](repeating: 0, count: padding))
    let pixels = node.type.shape[0] * node.type.shape[2] * node.type.shape[3]
    let products = 2 * pixels * weight.count
    addStep(
      way.kernel,
      [
        image.place, addWeights(way.packing), addWeights(.own(biases)), addChannels(scale),
        output.place,
      ],
      name: node.name, nodes: sources(of: id), flops: products,
      read: input.byteCount(lanes: lanes) + way.packing.byteCount,
      written: result.byteCount(lanes: lanes), choice: choice)
  }

  private mutating func newIntegerResult(_ id: NodeID) -> PlacedImage {
    guard graph[id].type.element == .uint8 else {
      let (place, view) = newBlockedImage(id)
      return PlacedImage(place: place, view: view)
    }
    return newPixelImage(id)
  }

  private func integerKernel(
    from input: ImageView, to output: ImageView, _ attributes: IntegerConvolution, window: Pair,
    _ product: IntegerProduct
  ) -> IntegerConvolutionKernel {
    let whole = Pair(
      (window.height - 1) * attributes.dilation.height + 1,
      (window.width - 1) * attributes.dilation.width + 1)
    let tiles = tiles(of: product)
    var kernel = IntegerConvolutionKernel(
      lanes: lanes, product: product, input: input, output: output, window: whole,
      stride: attributes.stride, padding: attributes.padding, inputZero: attributes.inputZero,
      resultZero: attributes.resultZero, low: attributes.low, high: attributes.high,
      tile: .init(columns: 1, vectors: min(tiles.vectors, output.blockCount(lanes: lanes))),
      rowsPerTask: output.height, panelsPerTask: 1, widensRows: product.isOfWords,
      joinsNeighbours: machine.instructionSet.architecture == .aarch64 && !product.isOfWords)
    split(&kernel)
    let rows = [kernel.rowsPerTask, output.height - (kernel.rowGroups - 1) * kernel.rowsPerTask]
    let columns = fastestTile(of: tiles.pixels, for: kernel.rowsPerTask * output.width)
    kernel.tile.columns = min(columns, rows.min()! * output.width)
    return kernel
  }

  /// Pixels and vectors of a tile: sums, weights, broadcasts and products fit into the registers.
  ///
  /// A pair of weights that has to be kept apart costs all lanes a step, so that pairs have panels of one vector.
  private func tiles(of product: IntegerProduct) -> (pixels: ClosedRange<Int>, vectors: Int) {
    let isLarge = machine.instructionSet.registers == 32
    if product.needsSmallPairs { return (isLarge ? 12...16 : 5...8, 1) }
    let pixels = product.isOfWords ? 4...6 : isLarge ? 6...6 : 4...4
    return (pixels, integerPanelVectors)
  }

  /// Vectors of output channels whose sums and weights fit into the registers for several pixels.
  var integerPanelVectors: Int { machine.instructionSet.registers == 32 ? 4 : 2 }

  /// Large images are split by rows: what a task reads and writes stays in a core's second level while it goes through all panels, each
  /// of which writes a few bytes of every pixel. Small images are split by panels, since tiles fill few rows badly.
  private func split(_ kernel: inout IntegerConvolutionKernel) {
    let wanted = options.threads == 1 ? 1 : 4 * options.threads
    let height = kernel.output.height
    guard height * kernel.output.width > 400 else {
      // Each task widens the whole image.
      let groups = kernel.widensRows ? (wanted + 1) / 2 : wanted
      kernel.panelsPerTask = (kernel.panels + groups - 1) / groups
      return
    }
    kernel.panelsPerTask = kernel.panels
    var groups = min(wanted, height)
    repeat {
      kernel.rowsPerTask = (height + groups - 1) / groups
      groups += 1
    } while kernel.taskBytes > machine.core.level2Bytes / 4 && kernel.rowsPerTask > 1
  }
}

extension ImageView {
  /// Images of one pixel as the columns of one row.
  fileprivate var asColumns: ImageView {
    var view = self
    (view.batch, view.width) = (1, batch)
    view.columnStride = batchStride
    view.rowStride = batch * batchStride
    view.batchStride = view.rowStride
    return view
  }
}
