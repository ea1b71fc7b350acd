import GraphIR

/// A direct convolution of 8-bit integers with exact sums: everything the emitter needs, and nothing about one layer's
/// data.
///
/// Images keep the channels of a pixel side by side (`ImageView.pixels`). A tile of `tile.columns` pixels × `tile.vectors` vectors
/// of channels stays in registers while the loop runs over the steps of a panel: each takes four channels of every pixel under one tap,
/// and the panel's weights for them. Where these are is in a table beside the weights (`IntegerWeights`), so that grouped
/// convolutions, and steps that a panel takes twice or not at all, are the same code.
///
/// A task copies the rows that it reads where they have padding, and where its products are of 16 bits, which the copy has.
public struct IntegerConvolutionKernel: Hashable, Sendable {
  public var lanes: Int
  public var product: IntegerProduct
  public var input: ImageView
  /// u8 pixels, or f32 in blocked layout.
  public var output: ImageView
  /// Rows and columns of the window, dilation included.
  public var window: Pair
  public var stride: Pair
  public var padding: Padding
  /// What padding is filled with.
  public var inputZero: Int
  public var resultZero: Int
  public var low: Int
  public var high: Int
  public var tile: ConvolutionKernel.Tile
  public var rowsPerTask: Int
  public var panelsPerTask: Int
  /// Whether the rows of a task are of 16 bits.
  public var widensRows: Bool
  /// Whether two steps of eight neighbouring channels share a load: dot products of NEON take an element of a register.
  public var joinsNeighbours = false
  /// The rows that a task copies.
  public var scratch: TaskScratch?

  /// Vectors of output channels.
  public var outputBlocks: Int { output.blockCount(lanes: lanes) }
  /// Panels of `tile.vectors` vectors; the last may have fewer.
  public var panels: Int { (outputBlocks + tile.vectors - 1) / tile.vectors }
  /// Vectors of the last panel.
  public var lastVectors: Int { outputBlocks - (panels - 1) * tile.vectors }
  public var rowGroups: Int { (output.height + rowsPerTask - 1) / rowsPerTask }
  public var panelGroups: Int { (panels + panelsPerTask - 1) / panelsPerTask }
  /// Independent shares: panels of rows of images.
  public var tasks: Int { output.batch * rowGroups * panelGroups }

  /// How many steps are added at once, by lists of weights: two where that is possible, then one.
  public var stepsAtOnce: [Int] { product.needsSmallPairs || joinsNeighbours ? [2, 1] : [1] }

  /// Whether tasks read rows that they have copied.
  public var copiesRows: Bool { padding != .none || widensRows }

  /// Whether tasks copy only the pixels that windows of one pixel are on.
  public var copiesPixelsOfWindows: Bool {
    widensRows && padding == .none && window == Pair(1) && stride != Pair(1)
  }

  /// The steps from one window to the next in what is read.
  public var readStride: Pair { copiesPixelsOfWindows ? Pair(1) : stride }

  /// Bytes of a pixel of what is read.
  public var pixelBytes: Int { input.columnStride * (widensRows ? 2 : 1) }

  /// Bytes from a row of what is read to the next.
  public var pitch: Int {
    guard copiesRows else { return input.rowStride }
    return copiesPixelsOfWindows
      ? output.width * pixelBytes : (input.width + padding.left + padding.right) * pixelBytes
  }

  /// Rows of what is read, padding included, that so many rows of the result are made of.
  public func inputRows(_ rows: Int) -> Int { (rows - 1) * readStride.height + window.height }

  /// Bytes of a task's copy of rows; 0 where it reads the image.
  public var scratchBytes: Int { copiesRows ? inputRows(rowsPerTask) * pitch : 0 }

  /// Bytes of what a task reads and writes of images.
  var taskBytes: Int {
    inputRows(rowsPerTask) * pitch + rowsPerTask * output.rowStride * output.element.byteCount
  }

  /// Whether a pixel of the result is made from the pixel of the same number.
  public var isDense: Bool {
    readStride == Pair(1) && pitch == output.width * pixelBytes
  }
}

extension ImageView {
  /// Integers of 8 bits with the channels of a pixel side by side, filled up to whole vectors of f32.
  static func pixels(_ shape: [Int], lanes: Int) -> ImageView {
    let channels = roundUp(shape[1], to: lanes)
    var view = ImageView(
      batch: shape[0], channels: shape[1], height: shape[2], width: shape[3],
      batchStride: shape[2] * shape[3] * channels, blockStride: lanes, channelStride: 1,
      rowStride: shape[3] * channels, columnStride: channels, padsChannels: true)
    view.element = .uint8
    return view
  }
}
