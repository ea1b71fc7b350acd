import CImageCodecs
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
    let file = try MappedFile(path: path)
    let format = try PictureFormat(of: file)
    let extent = try format.extent(of: file)
    let (width, height) = (Int(extent.width), Int(extent.height))
    guard width > 0, height > 0, width <= Self.maximumPixelCount / height else {
      throw DiagnosticError(
        "a picture of \(width)×\(height) pixels is too large: the limit is \(Self.maximumPixelCount) pixels",
        at: .subject(path))
    }
    // Deflate, the denser of the two codings, packs at most 1032 bytes of 8 pixels into one.
    guard width * height / (1032 * 8) <= file.bytes.count else {
      throw DiagnosticError(
        "the file is truncated or damaged: \(quantity(file.bytes.count, "byte")) cannot hold \(width)×\(height) pixels",
        at: .subject(path))
    }
    let stored = Picture(width: width, height: height, pixels: try format.decode(file, extent))
    self =
      applyingOrientation ? stored.turned(format.orientation(of: file.bytes) ?? .asStored) : stored
  }
}

/// The picture formats, told apart by their first bytes.
private enum PictureFormat: String {
  case png = "PNG"
  case jpeg = "JPEG"

  init(of file: MappedFile) throws {
    let bytes = file.bytes
    if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else {
      throw DiagnosticError(
        bytes.isEmpty ? "the file is empty" : "this is neither a PNG nor a JPEG picture",
        at: .subject(file.path))
    }
  }

  /// What the file's EXIF says of the picture's orientation.
  func orientation(of bytes: UnsafeRawBufferPointer) -> PictureOrientation? {
    switch self {
    case .png: PictureOrientation(png: bytes)
    case .jpeg: PictureOrientation(jpeg: bytes)
    }
  }

  func extent(of file: MappedFile) throws -> resin_image_extent {
    var extent = resin_image_extent()
    try check(file) { message in
      let start = file.bytes.bindMemory(to: UInt8.self).baseAddress
      return switch self {
      case .png: resin_png_extent(start, file.bytes.count, &extent, message)
      case .jpeg: resin_jpeg_extent(start, file.bytes.count, &extent, message)
      }
    }
    return extent
  }

  func decode(_ file: MappedFile, _ extent: resin_image_extent) throws -> [UInt8] {
    let count = Int(extent.width) * Int(extent.height) * 3
    return try [UInt8](unsafeUninitializedCapacity: count) { pixels, filled in
      try check(file) { message in
        let start = file.bytes.bindMemory(to: UInt8.self).baseAddress
        let (size, into) = (file.bytes.count, pixels.baseAddress)
        return switch self {
        case .png: resin_png_decode(start, size, extent, into, message)
        case .jpeg: resin_jpeg_decode(start, size, extent, into, message)
        }
      }
      filled = count
    }
  }

  /// Calls a codec and turns its message into a diagnostic.
  private func check(_ file: MappedFile, _ call: (UnsafeMutablePointer<CChar>) -> Int32) throws {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(RESIN_CODEC_MESSAGE)) {
      message in
      message.initialize(repeating: 0)
      guard let start = message.baseAddress, call(start) != 0 else { return }
      throw DiagnosticError(
        "the \(rawValue) decoder refuses the picture: \(String(cString: start))",
        at: .subject(file.path))
    }
  }
}
