import GraphIR

/// A convolution of 8-bit integers with windows of 3×3 by Winograd's algorithm in 16 bits (`IntegerTransform`): everything the emitter
/// needs, and nothing about one layer's data.
///
/// A task copies its rows with their padding, if there is any, so that all tiles are whole. It transforms tiles block by block, and for each panel of output
/// channels multiplies all frequencies of a block, a tile of registers of `tile.columns` Winograd tiles × `tile.vectors` vectors of channels at a
/// time, and turns the sums into pixels.
///
/// A task's scratch is, one behind the other: the padded rows; `[frequency][tile][channel]` of transformed tiles (i16);
/// `[frequency][tile][vector][lane]` of products (i32); `[pixel of a tile][vector][lane]` of sums (i32).
public struct IntegerWinogradKernel: Hashable, Sendable {
  public var transform: IntegerTransform
  /// The convolution, with tiles of Winograd's in place of pixels, padding up to whole tiles, and tasks of whole rows of tiles.
  public var convolution: IntegerConvolutionKernel
  /// Tiles that are transformed before they are multiplied: whole tiles of registers.
  public var blockTiles: Int
  /// The memory of each task.
  public var scratch: TaskScratch?

  init(_ transform: IntegerTransform, _ convolution: IntegerConvolutionKernel) {
    self.transform = transform
    self.convolution = convolution
    self.convolution.widensRows = false
    blockTiles = 1
    let output = convolution.output
    let side = transform.outputs
    self.convolution.padding.bottom =
      roundUp(output.height, to: side) + 2 - convolution.input.height - convolution.padding.top
    self.convolution.padding.right =
      roundUp(output.width, to: side) + 2 - convolution.input.width - convolution.padding.left
  }

  private var lanes: Int { convolution.lanes }
  /// Winograd's tiles of a row of the result.
  public var tilesWide: Int {
    (convolution.output.width + transform.outputs - 1) / transform.outputs
  }
  /// Rows of them.
  public var tilesHigh: Int {
    (convolution.output.height + transform.outputs - 1) / transform.outputs
  }
  /// Tiles of the rows of a task.
  public var tilesPerTask: Int { convolution.rowsPerTask / transform.outputs * tilesWide }
  /// Input channels, as many as a pixel has in memory.
  public var channels: Int { convolution.input.columnStride }
  /// Pairs of input channels: the steps of every sum.
  public var pairs: Int { channels / 2 }

  /// Bytes from one frequency to the next: an odd number of lines, so that they do not share a few sets of a cache.
  private func frequencyBytes(_ bytes: Int) -> Int { roundUp(bytes, to: 128) + 64 }
  /// Bytes from one frequency of transformed tiles to the next.
  public var transformedStride: Int { frequencyBytes(2 * blockTiles * channels) }
  /// Bytes from one frequency of products to the next.
  public var productStride: Int {
    frequencyBytes(ElementType.int32.bytes(blockTiles * convolution.tile.vectors * lanes))
  }
  private var rowBytes: Int { roundUp(convolution.scratchBytes, to: 64) }
  private var sumBytes: Int {
    ElementType.int32.bytes(
      transform.outputs * transform.outputs * convolution.tile.vectors * lanes)
  }
  /// Where transformed tiles begin in the scratch, in bytes.
  public var transformedPlace: Int { rowBytes }
  /// Where products begin.
  public var productPlace: Int { transformedPlace + transform.frequencies * transformedStride }
  /// Where the sums of a tile begin.
  public var sumPlace: Int { productPlace + transform.frequencies * productStride }
  /// Bytes of a task's scratch.
  public var scratchBytes: Int { sumPlace + sumBytes }

  /// Bytes of the weights of a frequency for one vector of output channels: `[pair][lane][2]`.
  private var frequencyWeightBytes: Int { ElementType.int32.bytes(pairs * lanes) }
  /// Bytes of the weights of so many vectors: `[frequency][pair][vector][lane][2]`.
  public func panelBytes(vectors: Int) -> Int {
    transform.frequencies * vectors * frequencyWeightBytes
  }
  /// Bytes of all weights.
  public var weightBytes: Int { panelBytes(vectors: convolution.outputBlocks) }
  /// Independent shares.
  public var tasks: Int { convolution.tasks }
}
