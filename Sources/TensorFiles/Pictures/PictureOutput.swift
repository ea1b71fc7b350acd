import CImageCodecs
import Diagnostics
import GraphIR

/// An 8-bit picture to be written: grey or RGB.
public struct OutputPicture: Sendable, Equatable {
  /// In pixels, at least 1.
  public let width: Int
  /// In pixels, at least 1.
  public let height: Int
  /// 1 or 3.
  public let channels: Int
  /// The levels of a pixel side by side, row by row from the top, without gaps.
  public let levels: [UInt8]

  /// Creates a picture from its levels.
  ///
  /// - Precondition: at least one pixel, and a level for each channel of each.
  public init(width: Int, height: Int, channels: Int, levels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && (channels == 1 || channels == 3)
        && levels.count == width * height * channels, "not a picture")
    self.width = width
    self.height = height
    self.channels = channels
    self.levels = levels
  }

  /// Adds the picture as PNG to files that appear together.
  ///
  /// - Throws: `DiagnosticError` where the file cannot be written or the picture is too large for PNG.
  public func write(to path: String, in files: StagedFiles) throws {
    let extent = resin_image_extent(
      width: UInt32(clamping: width), height: UInt32(clamping: height))
    var (start, count): (UnsafeMutablePointer<UInt8>?, Int) = (nil, 0)
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(RESIN_CODEC_MESSAGE)) {
      message in
      message.initialize(repeating: 0)
      guard let text = message.baseAddress,
        resin_png_encode(levels, extent, Int32(channels), &start, &count, text) != 0
      else { return }
      throw DiagnosticError(
        "the PNG encoder refuses a picture of \(width)×\(height) pixels: \(String(cString: text))",
        at: .subject(path))
    }
    defer { resin_png_release(start) }
    try files.write(path) { try $0.write(UnsafeRawBufferPointer(start: start, count: count)) }
  }
}

/// How an output becomes pictures, checked once for its type.
public struct PictureOutput: Sendable, Equatable {
  private let clause: ImagePreprocessing
  private let layout: PictureLayout

  /// Checks that values of a type are pictures.
  ///
  /// - Parameters:
  ///   - clause: how pictures become such values, which is undone; neither resize nor crop count.
  ///   - type: f32 or u8, `[N, C, H, W]` or `[N, H, W, C]`, with C = 3, or 1 for `gray8`.
  /// - Throws: `DiagnosticError` where it is no image of these channels, or has no pixels.
  public init(_ clause: ImagePreprocessing, for type: TensorType) throws {
    let channels = clause.channels.count
    guard let layout = PictureLayout(of: type, channels: channels) else {
      throw DiagnosticError(
        "\(type) is no picture as \(clause.channels.rawValue)",
        hint: "a picture is f32[N, \(channels), height, width]")
    }
    guard layout.size.height > 0, layout.size.width > 0 else {
      throw DiagnosticError("\(type) has no pixels to write as a picture")
    }
    guard clause.mean.count == channels, clause.deviation.count == channels, clause.scale != 0
    else {
      throw DiagnosticError(
        "a picture as \(clause.channels.rawValue) needs \(channels) means, as many deviations, and a "
          + "scale other than 0"
      )
    }
    self.clause = clause
    self.layout = layout
  }

  /// A picture per image: of f32, `(value · deviation + mean) / scale` rounded to the nearest level,
  /// the upper one in the middle, and cut off below 0 and above 255; NaN is 0. Of u8, the bytes.
  ///
  /// - Precondition: the tensor is of the type in everything but the number of images.
  public func pictures(of tensor: Tensor) -> [OutputPicture] {
    let channels = clause.mean.count
    let plane = layout.size.height * layout.size.width
    let levels = levels(of: tensor)
    return (0..<tensor.shape[0]).map { image in
      var result = [UInt8](repeating: 0, count: plane * channels)
      let start = image * plane * channels
      for pixel in 0..<plane {
        for channel in 0..<channels {
          let place = clause.channels == .bgr ? 2 - channel : channel
          let source = layout.hasChannelsLast ? pixel * channels + place : place * plane + pixel
          result[pixel * channels + channel] = levels[start + source]
        }
      }
      return OutputPicture(
        width: layout.size.width, height: layout.size.height, channels: channels, levels: result)
    }
  }

  /// The level of every element, in the tensor's order.
  private func levels(of tensor: Tensor) -> [UInt8] {
    guard case .float32(let values) = tensor.storage else {
      return (tensor.wholeNumbers ?? []).map { UInt8(clamping: $0) }
    }
    let channels = clause.mean.count
    let plane = layout.size.height * layout.size.width
    let factor = Self.factor(of: clause.scale)
    let (mean, deviation) = (clause.mean.map(Double.init), clause.deviation.map(Double.init))
    return values.indices.map { index in
      let channel = layout.hasChannelsLast ? index % channels : index / plane % channels
      let level = (Double(values[index]) * deviation[channel] + mean[channel]) * factor
      return level.isNaN ? 0 : UInt8(min(max(level.rounded(), 0), 255))
    }
  }

  /// Levels per unit. 1/255 as f32 is a little more than that: what was meant is taken for it, so that
  /// 0.5 lies in the middle of two levels.
  private static func factor(of scale: Float) -> Double {
    let factor = 1 / Double(scale)
    let halves = (2 * factor).rounded() / 2
    return abs(factor - halves) < 1e-6 * abs(factor) ? halves : factor
  }
}
