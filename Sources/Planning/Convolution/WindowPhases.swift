import GraphIR

/// How a window that moves by more than one pixel is cut into windows that move by one: phase
/// (a, b) takes every s-th row from a on and every s-th column from b on, with every s-th row and
/// column of the filter, and the convolution is the sum over all s² phases (the polyphase
/// decomposition; Vaidyanathan, "Multirate Systems and Filter Banks", section 4.3). Phases are
/// ordered by rows: a · s + b.
public struct WindowPhases: Hashable, Sendable {
  /// Pixels that the window moves by per axis: s, and phases per axis.
  public let stride: Int
  /// Taps of the whole window per axis.
  public let taps: Int

  /// Creates the phases of a window of so many taps per axis.
  public init(stride: Int, taps: Int) {
    self.stride = stride
    self.taps = taps
  }

  /// Taps of the longest phase per axis.
  public var longest: Int { (taps + stride - 1) / stride }
  /// Phases of an axis that have as many taps: the first ones. The others have one fewer.
  private var longestCount: Int { taps - (longest - 1) * stride }
  /// Phases of both axes.
  public var count: Int { stride * stride }

  /// How many phases meet a product of Winograd's algorithm, counted from the first. At infinity a
  /// filter is its last tap, which shorter phases do not have.
  public func count(rowIsInfinite: Bool, columnIsInfinite: Bool) -> Int {
    let rows = rowIsInfinite ? longestCount : stride
    let columns = columnIsInfinite ? longestCount : stride
    return (rows - 1) * stride + columns
  }
}

/// The phases of a row-major image of few channels as a blocked image of s² · C channels, phase by
/// phase, padding included: a window of the longest phase covers it in steps of one pixel. It exists
/// as a band, for one row of tiles at a time.
public struct PhaseImage: Hashable, Sendable {
  public var lanes: Int
  /// The image whose phases they are.
  public var source: ImageView
  public var phases: WindowPhases
  /// Padding of the window above and to the left of the image.
  public var top: Int
  public var left: Int
  public var band: RowBand

  /// Columns whose elements all lie inside the image.
  public var insideColumns: Range<Int> {
    let width = band.view.width
    let first = min((left + phases.stride - 1) / phases.stride, width)
    return first..<max(first, min((source.width + left) / phases.stride, width))
  }
}

/// Rows of an image that are in memory: those that belong to a row of tiles, and above them the last
/// ones of the row of tiles before.
public struct RowBand: Hashable, Sendable {
  public var view: ImageView
  public var rowsAbove: Int

  /// A blocked band of one image.
  init(channels: Int, rowsAbove: Int, rows: Int, width: Int, lanes: Int) {
    view = .blocked([1, channels, rowsAbove + rows, width], lanes: lanes)
    self.rowsAbove = rowsAbove
  }

  /// Rows that belong to a row of tiles.
  public var rows: Int { view.height - rowsAbove }

  /// Bytes that it takes.
  public func byteCount(lanes: Int) -> Int { view.byteCount(lanes: lanes) }
}
