import GraphIR

/// How an image `[N, C, H, W]` lies in memory, as strides in elements.
///
/// Two layouts are in use. *Plain* is row-major NCHW, at the edges of a model. *Blocked*, NCHW{L}c,
/// keeps L = vector lanes channels of a pixel side by side, `[N, C/L, H, W, L]`, so that one vector
/// is L channels of one pixel; the last block is padded with lanes that nothing reads. A view may
/// also be a range of channels of a larger buffer.
public struct ImageView: Hashable, Sendable {
  public var batch: Int
  public var channels: Int
  public var height: Int
  public var width: Int
  /// Between images.
  public var batchStride: Int
  /// Between blocks of `lanes` channels.
  public var blockStride: Int
  /// Between channels of a block: 1 if blocked.
  public var channelStride: Int
  public var rowStride: Int
  public var columnStride: Int
  /// Whether the memory of the last block goes on to a full vector.
  public var padsChannels: Bool
  /// What the elements are: u8 only where an integer convolution wants or gives them.
  public var element = ElementType.float32

  /// A blocked image without gaps.
  public static func blocked(_ shape: [Int], lanes: Int) -> ImageView {
    let (height, width) = (shape[2], shape[3])
    let blocks = (shape[1] + lanes - 1) / lanes
    return ImageView(
      batch: shape[0], channels: shape[1], height: height, width: width,
      batchStride: blocks * height * width * lanes, blockStride: height * width * lanes,
      channelStride: 1, rowStride: width * lanes, columnStride: lanes, padsChannels: true)
  }

  /// A row-major image.
  public static func plain(_ shape: [Int], lanes: Int) -> ImageView {
    let plane = shape[2] * shape[3]
    return ImageView(
      batch: shape[0], channels: shape[1], height: shape[2], width: shape[3],
      batchStride: shape[1] * plane, blockStride: lanes * plane, channelStride: plane,
      rowStride: shape[3], columnStride: 1, padsChannels: false)
  }

  /// A row-major matrix `[rows, channels]` as an image one row high whose columns are the matrix's
  /// rows.
  public static func matrix(rows: Int, channels: Int, lanes: Int) -> ImageView {
    ImageView(
      batch: 1, channels: channels, height: 1, width: rows, batchStride: rows * channels,
      blockStride: lanes, channelStride: 1, rowStride: rows * channels, columnStride: channels,
      padsChannels: false)
  }

  /// Blocks of channels, the last of which may have fewer.
  public func blockCount(lanes: Int) -> Int { (channels + lanes - 1) / lanes }

  /// Bytes from the first to the last element, padding lanes included.
  public func byteCount(lanes: Int) -> Int {
    // Blocks of an image of integers lie within its pixels.
    let isWhole = !padsChannels || element == .uint8
    return element.byteCount
      * (isWhole
        ? batch * batchStride : (batch - 1) * batchStride + blockCount(lanes: lanes) * blockStride)
  }
}

extension ImageView {
  /// `NCHW16c`, or `NCHW` where it is row-major.
  func printedLayout(_ lanes: Int) -> String { padsChannels ? blockedLayout(lanes) : "NCHW" }

  /// Strides of the axes `[N, C / lanes, H, W, lanes]`.
  var boxStrides: [Int] { [batchStride, blockStride, rowStride, columnStride, 1] }
}

/// An image in memory: where it begins, and how it is stepped through.
struct PlacedImage: Hashable {
  var place: Place
  var view: ImageView

  /// A range of channels of a blocked image, from the beginning of a block on.
  func channels(_ count: Int, from block: Int) -> PlacedImage {
    var part = self
    part.place = place.moved(by: block * view.blockStride, of: view.element)
    part.view.channels = count
    if view.batch == 1 {
      // Kernels that differ in nothing else are the same.
      let shape = [1, count, view.height, view.width]
      part.view.batchStride = ImageView.blocked(shape, lanes: view.columnStride).batchStride
    }
    return part
  }
}

/// How a value lies in memory.
public enum Layout: String, Hashable, Sendable {
  /// Row-major.
  case plain
  /// NCHW{L}c.
  case blocked
}
