import CResinRuntime
import Diagnostics

/// An 8-bit picture in RGB.
public struct Picture: Sendable, Equatable {
  /// In pixels, at least 1.
  public let width: Int
  /// In pixels, at least 1.
  public let height: Int
  /// Red, green, blue per pixel, row by row from the top, without gaps.
  public let pixels: [UInt8]

  /// The largest picture that is read, in pixels.
  public static let maximumPixelCount = Int(RESIN_MOST_PIXELS)

  /// Creates a picture from its pixels.
  ///
  /// - Precondition: at least one pixel, and three values for each.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "not a picture")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads a PNG or JPEG file; its first bytes tell which, not its name.
  ///
  /// Grey is repeated in all channels, alpha is dropped, of 16 bits the upper 8 are taken, palettes
  /// and CMYK are converted, gamma and colour profiles are not looked at: as Pillow's
  /// `convert("RGB")`, but grey of 16 bits, which Pillow cuts off at 255, is scaled. The picture is
  /// turned as its EXIF orientation says, as by Pillow's `exif_transpose`.
  ///
  /// - Parameter applyingOrientation: whether it is turned, or taken as it is stored.
  /// - Throws: `DiagnosticError` where the file cannot be read, is neither PNG nor JPEG, is damaged
  ///   or truncated, or has more than `maximumPixelCount` pixels. Damaged EXIF is passed over.
  public init(path: String, applyingOrientation: Bool = true) throws {
    self = try PictureFile(path: path).picture(applyingOrientation: applyingOrientation)
  }
}
