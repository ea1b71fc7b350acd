import CImageCodecs
import Diagnostics

/// The file of a picture whose head was read: how many pixels it has is known before they are decoded.
public struct PictureFile: Sendable {
  private let file: MappedFile
  private let format: PictureFormat
  private let extent: resin_image_extent

  /// Reads the head of a PNG or JPEG file.
  ///
  /// - Throws: `DiagnosticError` where the file cannot be read, is neither PNG nor JPEG, has a damaged head, has more
  ///   than `Picture.maximumPixelCount` pixels, or is too short for them.
  public init(path: String) throws {
    file = try MappedFile(path: path)
    format = try PictureFormat(of: file)
    extent = try format.extent(of: file)
    let (width, height) = (Int(extent.width), Int(extent.height))
    guard width > 0, height > 0, width <= Picture.maximumPixelCount / height else {
      throw DiagnosticError(
        "a picture of \(width)×\(height) pixels is too large: the limit is \(Picture.maximumPixelCount) pixels",
        at: .subject(path))
    }
    // Deflate, the denser of the two codings, packs at most 1032 bytes of 8 pixels into one.
    guard width * height / (1032 * 8) <= file.bytes.count else {
      throw DiagnosticError(
        "the file is truncated or damaged: \(quantity(file.bytes.count, "byte")) cannot hold \(width)×\(height) pixels",
        at: .subject(path))
    }
  }

  /// The path as the user wrote it.
  public var path: String { file.path }

  /// Width times height.
  public var pixelCount: Int { Int(extent.width) * Int(extent.height) }

  /// Decodes the pixels.
  ///
  /// - Parameter applyingOrientation: whether the picture is turned as its EXIF orientation says.
  /// - Throws: `DiagnosticError` where the file is damaged or truncated.
  public func picture(applyingOrientation: Bool = true) throws -> Picture {
    let stored = Picture(
      width: Int(extent.width), height: Int(extent.height),
      pixels: try format.decode(file, extent))
    return applyingOrientation
      ? stored.turned(format.orientation(of: file.bytes) ?? .asStored) : stored
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
