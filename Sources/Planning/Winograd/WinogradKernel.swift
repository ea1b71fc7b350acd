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
  public var byteCount: Int { ElementType.float32.bytes(blocks * blockStride) }

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
  /// Where a task's products wait for their way back to pixels.
  public var scratch: TaskScratch? = nil

  /// Bytes of one frequency of the products of a block and a panel.
  public var frequencyBytes: Int {
    ElementType.float32.bytes(product.tile.vectors * geometry.blockTiles * geometry.lanes)
  }

  /// Bytes of the products of a block and a panel.
  public var productBytes: Int { geometry.frequencies * frequencyBytes }

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
  public func panelBytes(vectors: Int) -> Int {
    weightsPerVector * vectors * product.weightVectorBytes
  }

  /// Bytes of the packed weights.
  public var weightBytes: Int { panelBytes(vectors: product.outputBlocks) }
}
