import GraphIR

/// A register-tiled direct convolution: everything the emitter needs, and nothing about one layer's
/// data.
///
/// An output tile of `tile.columns` pixels × `tile.vectors` vectors of channels stays in registers
/// while the loop runs over input blocks, kernel rows, kernel columns and the channels of a block:
/// one vector of weights per output vector, one broadcast input per pixel. Weights are packed
/// `[panel][block][row][column][channel][vectors × lanes]`. Borders need no padding in memory:
/// columns that would read outside are left out of the code of the tiles at the border
/// (`segments`), and kernel rows outside are skipped.
///
/// The same kernel multiplies matrices: a linear layer is a convolution over an image of one row.
public struct ConvolutionKernel: Hashable, Sendable {
  /// Which input channels meet which output channels.
  public enum Form: Hashable, Sendable {
    /// Every panel reads `inputChannels` channels, from block `panel / panelsPerGroup ·
    /// inputBlocksPerGroup` on.
    case dense(panelsPerGroup: Int, inputBlocksPerGroup: Int)
    /// Groups of `size` channels that divide a vector, as many in as out: output lane l reads the
    /// lanes of its group.
    case lanes(size: Int)
  }

  /// The register tile.
  public struct Tile: Hashable, Sendable {
    public var columns: Int
    public var vectors: Int

    /// Creates a tile.
    public init(columns: Int, vectors: Int) {
      self.columns = columns
      self.vectors = vectors
    }
  }

  /// A run of equal tiles in a row, with the kernel columns that fall inside the image.
  public struct Segment: Hashable, Sendable {
    /// First output column.
    public var start: Int
    /// Pixels per tile.
    public var columns: Int
    /// Number of tiles.
    public var count: Int
    /// `valid[s]`: the range of pixels of the tile for which kernel column s lies inside the image.
    public var valid: [Range<Int>]
  }

  public var lanes: Int
  public var form: Form
  /// How weights are stored; products are of f32.
  public var weightsFormat = FloatFormat.float32
  public var batch: Int
  /// Output rows and columns.
  public var rows: Int
  public var columns: Int
  /// Input channels that one panel reads.
  public var inputChannels: Int
  public var outputChannels: Int
  public var kernel: Pair

  /// Strides of the input in elements.
  public var input: Steps
  public var output: Steps
  public var residual: Steps?
  /// Whether the output's memory goes on to a full vector behind its last channel.
  public var padsOutput: Bool
  /// Between kernel rows and kernel columns in the input, in elements.
  public var tapRowStep: Int
  public var tapColumnStep: Int
  /// Between the channels of an input block, in elements.
  public var channelStep: Int
  /// From the input's first element to where the first tap of the first pixel would be: negative
  /// under padding.
  public var origin: Int
  /// For every output row, the kernel rows inside the image are those r with 0 ≤ row · stride -
  /// padding + r · dilation < height.
  public var rowWindow: RowWindow

  public var then: UnaryFunction?
  public var scaled: ScaledResult?

  public var tile: Tile
  public var segments: [Segment]
  /// Input blocks whose weights are used on all pixels of a task before the next ones are read; nil
  /// for all at once.
  public var chunkBlocks: Int?
  public var rowsPerTask: Int
  public var panelsPerTask: Int
  /// Where partial sums wait, if weights come in chunks.
  public var scratch: TaskScratch? = nil

  /// A second image of the first one's size: a number per channel times the first
  /// result, plus another, then a function. Batch normalisation in networks with pre-activation, whose
  /// sums go on as they are too.
  public struct ScaledResult: Hashable, Sendable {
    public var output: Steps
    public var then: UnaryFunction?

    /// What it takes besides: factors, terms, the second image.
    package static let operands: [OperandRole] = [.read, .read, .written]
  }

  /// Steps through an image in elements.
  public struct Steps: Hashable, Sendable {
    public var batch: Int
    public var block: Int
    public var row: Int
    public var column: Int
  }

  /// The vertical geometry of a convolution window.
  public struct RowWindow: Hashable, Sendable {
    public var stride: Int
    public var padding: Int
    public var dilation: Int
    public var height: Int

    /// Creates a geometry: image row of tap t of output row y is `y · stride - padding + t · dilation`.
    public init(stride: Int, padding: Int, dilation: Int, height: Int) {
      self.stride = stride
      self.padding = padding
      self.dilation = dilation
      self.height = height
    }
  }

  /// Vectors of output channels.
  public var outputBlocks: Int { (outputChannels + lanes - 1) / lanes }

  /// Panels of `tile.vectors` vectors; the last may have fewer.
  public var panels: Int { (outputBlocks + tile.vectors - 1) / tile.vectors }

  /// Vectors of the last panel.
  public var lastVectors: Int { outputBlocks - (panels - 1) * tile.vectors }

  /// Whole blocks of input channels that a panel reads.
  public var wholeBlocks: Int { inputChannels / lanes }

  /// Input channels of the last, partial block; 0 if there is none.
  public var partialChannels: Int { inputChannels % lanes }

  /// Weights that one output vector needs, in vectors: one per input channel and tap.
  public var weightsPerVector: Int {
    switch form {
    case .dense: inputChannels * kernel.height * kernel.width
    case .lanes(let size): size * kernel.height * kernel.width
    }
  }

  /// The members of a group of `size` channels within a vector whose weights for all taps of a row
  /// are held in registers at once: about three eighths of the registers, the rest is for sums.
  public func membersPerPass(_ size: Int, registers: Int) -> Int {
    (1...size).last { size % $0 == 0 && $0 * kernel.width <= registers * 3 / 8 } ?? 1
  }

  /// Bytes of the packed weights of a panel of `vectors` vectors.
  public func panelBytes(vectors: Int) -> Int { weightsPerVector * vectors * weightVectorBytes }

  /// Bytes of all packed weights.
  public var weightBytes: Int { panelBytes(vectors: outputBlocks) }

  /// Bytes of a stored vector of weights.
  public var weightVectorBytes: Int { lanes * weightsFormat.byteCount }

  /// Bytes of a task's partial sums, those of one panel; 0 where a panel's weights are used at once.
  package var scratchBytes: Int {
    chunkBlocks == nil
      ? 0 : ElementType.float32.bytes(batch * rowsPerTask * columns * tile.vectors * lanes)
  }

  /// Whether a register may hold several channels of a pixel, of which products take one after the other.
  public var groupsChannels: Bool {
    guard case .dense = form else { return false }
    return channelStep == 1
  }

  /// Groups of rows that tasks are split by.
  public var rowGroups: Int { (rows + rowsPerTask - 1) / rowsPerTask }

  /// Groups of panels that tasks are split by.
  public var panelGroups: Int { (panels + panelsPerTask - 1) / panelsPerTask }

  /// Independent shares of the work: all panels of the first rows, then of the next.
  public var tasks: Int { rowGroups * panelGroups }

  /// Whether some kernel row of some output row lies outside of the image.
  public var clipsRows: Bool {
    let window = rowWindow
    let last = (rows - 1) * window.stride - window.padding + (kernel.height - 1) * window.dilation
    return window.padding > 0 || last >= window.height
  }
}

extension ConvolutionKernel {
  /// Cuts rows of `columns` pixels into tiles, and joins neighbours for which the same taps lie
  /// inside the image.
  public static func segments(
    columns: Int, tileColumns: Int, kernelWidth: Int, stride: Int, padding: Int, dilation: Int,
    inputWidth: Int
  ) -> [Segment] {
    var result: [Segment] = []
    var start = 0
    while start < columns {
      let width = min(tileColumns, columns - start)
      let valid = (0..<kernelWidth).map { tap -> Range<Int> in
        let inside = (0..<width).filter {
          let column = (start + $0) * stride - padding + tap * dilation
          return column >= 0 && column < inputWidth
        }
        guard let first = inside.first, let last = inside.last else { return 0..<0 }
        return first..<(last + 1)
      }
      if let last = result.last, last.columns == width, last.valid == valid {
        result[result.count - 1].count += 1
      } else {
        result.append(Segment(start: start, columns: width, count: 1, valid: valid))
      }
      start += width
    }
    return result
  }

  /// The tiles of a row of which every pixel is read once: one of 1×1 taps, or of a product of
  /// matrices.
  public static func pointwiseSegments(columns: Int, tileColumns: Int) -> [Segment] {
    segments(
      columns: columns, tileColumns: tileColumns, kernelWidth: 1, stride: 1, padding: 0,
      dilation: 1, inputWidth: columns)
  }
}

extension [ConvolutionKernel.Segment] {
  /// Tiles of a row.
  public var tileCount: Int { reduce(0) { $0 + $1.count } }
}
