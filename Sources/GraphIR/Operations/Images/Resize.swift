/// How an image is resized: every row and column of the result is a weighted sum of a few rows and
/// columns of the image, as ONNX `Resize` defines it.
///
/// Input: x `[N, C, H, W]`. Result: `[N, C, size.height, size.width]`.
public struct Resize: Hashable, Sendable {
  /// Which elements a result is made of.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// The nearest one.
    case nearest
    /// The two around it, on either axis.
    case linear
    /// The four around it, on either axis (Keys, "Cubic Convolution Interpolation for Digital Image
    /// Processing").
    case cubic
  }

  /// Where in the image result i of an axis lies; `scale` is extents of the result per extent of the
  /// image.
  public enum Coordinates: String, Hashable, Sendable, CaseIterable {
    /// (i + ½) / scale - ½: pixels are areas.
    case halfPixel = "half_pixel"
    /// As `halfPixel`, shifted so that the middles of both axes meet where the size was rounded.
    case halfPixelSymmetric = "half_pixel_symmetric"
    /// As `halfPixel`, but 0 for a result of one element.
    case pytorchHalfPixel = "pytorch_half_pixel"
    /// i · (extent - 1) / (size - 1): the corners stay where they are.
    case alignCorners = "align_corners"
    /// i / scale.
    case asymmetric
    /// (i + ½) / scale.
    case tfHalfPixel = "tf_half_pixel_for_nn"
  }

  /// What `nearest` takes between two elements.
  public enum Rounding: String, Hashable, Sendable, CaseIterable {
    case preferFloor = "round_prefer_floor"
    case preferCeil = "round_prefer_ceil"
    case floor, ceil
  }

  public var size: Pair
  public var mode: Mode
  public var coordinates: Coordinates
  public var rounding: Rounding
  /// Scales of rows and columns, where they are not size / extent, in f32, because the size was
  /// rounded.
  public var scales: [Float]?
  /// The coefficient a of the cubic.
  public var cubicCoefficient: Float
  /// Whether elements that would lie outside the image are left out, and the weights of the others
  /// raised to a sum of 1, instead of repeating the border.
  public var excludesOutside: Bool
  /// Whether the window grows where the image shrinks, so that every element counts.
  public var antialiases: Bool

  /// Creates the attributes; nearest with pixels as areas where nothing is given.
  public init(
    size: Pair, mode: Mode = .nearest, coordinates: Coordinates = .halfPixel,
    rounding: Rounding = .preferFloor, scales: [Float]? = nil, cubicCoefficient: Float = -0.75,
    excludesOutside: Bool = false, antialiases: Bool = false
  ) {
    self.size = size
    self.mode = mode
    self.coordinates = coordinates
    self.rounding = rounding
    self.scales = scales
    self.cubicCoefficient = cubicCoefficient
    self.excludesOutside = excludesOutside
    self.antialiases = antialiases
  }

  /// The size that scales give an image; nil where a scale is no positive number or the size is out
  /// of range.
  public static func size(of image: Pair, scales: [Float]) -> Pair? {
    guard scales.count == 2, let height = size(of: image.height, scale: scales[0]),
      let width = size(of: image.width, scale: scales[1])
    else { return nil }
    return Pair(height, width)
  }

  /// ⌊extent · scale⌋ with a product in f32, so that an extent times (size / extent) is the size; nil
  /// where the scale is no positive number or the size is out of range.
  public static func size(of extent: Int, scale: Float) -> Int? {
    guard extent >= 1, extent <= maximumExtent, scale > 0, scale.isFinite else { return nil }
    let size = Float(extent) * scale
    return size >= 1 && size <= Float(maximumExtent) ? Int(size) : nil
  }

  /// The same attributes without scales that say no more than the size does.
  public func canonical(for image: Pair) -> Resize {
    var result = self
    result.scales = nil
    let saysNoMore = (0..<2).allSatisfy {
      result.scale(axis: $0, of: image) == scale(axis: $0, of: image)
    }
    return saysNoMore ? result : self
  }

  static let maximumExtent = 1 << 20
}

extension Operation {
  func resizeType(_ resize: Resize, _ operands: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try image(operands)
    let range = 1...Resize.maximumExtent
    guard range.contains(x.shape[2]), range.contains(x.shape[3]) else {
      throw ShapeError("\(mnemonic) takes an image of 1 to \(range.upperBound) rows, not \(x)")
    }
    guard range.contains(resize.size.height), range.contains(resize.size.width) else {
      throw ShapeError(
        "\(mnemonic) needs a size from 1 to \(range.upperBound), not \(resize.size.height)×\(resize.size.width)"
      )
    }
    if let scales = resize.scales {
      let extents = [(x.shape[2], resize.size.height), (x.shape[3], resize.size.width)]
      // The least scale keeps windows that grow with its reciprocal in bounds.
      let least = 1 / Float(range.upperBound)
      guard scales.count == 2,
        zip(scales, extents).allSatisfy({ scale, extents in
          scale >= least && abs(Double(scale) * Double(extents.0) - Double(extents.1)) <= 1
        })
      else {
        throw ShapeError(
          "\(mnemonic) of \(x) to \(resize.size.height)×\(resize.size.width) does not go with the scales \(scales)"
        )
      }
    }
    guard resize.cubicCoefficient.magnitude <= 1e6 else {
      throw ShapeError("\(mnemonic) cannot compute with a cubic of \(resize.cubicCoefficient)")
    }
    return TensorType([x.shape[0], x.shape[1], resize.size.height, resize.size.width])
  }
}
