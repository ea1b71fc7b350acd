/// How an 8-bit picture becomes an input `[N, C, H, W]` or `[N, H, W, C]`: resize, crop, channel
/// order, scale, mean and deviation: `(pixel · scale - mean) / deviation`, with `mean` and
/// `deviation` per channel of the input. An output becomes a picture the other way:
/// `(value · deviation + mean) / scale`.
public struct ImagePreprocessing: Sendable, Equatable {
  /// The order of an input's channels, and their kind.
  public enum Channels: String, Sendable, CaseIterable {
    case rgb = "rgb8"
    case bgr = "bgr8"
    case gray = "gray8"

    /// How many there are.
    public var count: Int { self == .gray ? 1 : 3 }
  }

  /// How the pixels between those of a picture are found, as Pillow does.
  public enum Interpolation: String, Sendable, CaseIterable {
    /// By a triangle, which widens when the picture shrinks.
    case bilinear
    /// By Keys' cubic with a = -0.5, which widens when the picture shrinks.
    case bicubic
    /// By the nearest one.
    case nearest
  }

  /// The size that a picture gets before it is cropped.
  public enum Resize: Sendable, Equatable, ExpressibleByIntegerLiteral {
    /// The length of the shorter side; the longer in proportion, cut to a whole number as torchvision
    /// does.
    case shorterSide(Int)
    /// Height and width, whatever the proportions.
    case size(Pair)

    /// The length of the shorter side.
    public init(integerLiteral side: Int) { self = .shorterSide(side) }
  }

  /// The channels of the input.
  public var channels: Channels
  /// Nil resizes straight to the crop or the input.
  public var resize: Resize?
  /// How pixels between those of the picture are found.
  public var interpolation: Interpolation
  /// The centre crop to take after resizing; nil for none.
  public var crop: Pair?
  /// What levels, 0 to 255, are multiplied by first.
  public var scale: Float
  /// One value per channel.
  public var mean: [Float]
  /// One value per channel.
  public var deviation: [Float]

  /// The most pixels of a side that a picture is resized or cropped to: `RESIN_MOST_SIDE` of the code that does it,
  /// which this module does not know; a test holds one against the other.
  public static let maximumSide = 1 << 15

  /// Creates a clause; bilinear, scale 1/255, mean 0 and deviation 1 unless given.
  public init(
    channels: Channels, resize: Resize? = nil, interpolation: Interpolation = .bilinear,
    crop: Pair? = nil, scale: Float = 1 / 255, mean: [Float]? = nil, deviation: [Float]? = nil
  ) {
    self.channels = channels
    self.resize = resize
    self.interpolation = interpolation
    self.crop = crop
    self.scale = scale
    self.mean = mean ?? [Float](repeating: 0, count: channels.count)
    self.deviation = deviation ?? [Float](repeating: 1, count: channels.count)
  }

  /// Whether an input has the levels of a picture as they are.
  public var keepsLevels: Bool {
    scale == 1 && mean.allSatisfy { $0 == 0 } && deviation.allSatisfy { $0 == 1 }
  }
}
