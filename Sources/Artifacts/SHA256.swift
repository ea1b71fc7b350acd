import CResinRuntime

/// A SHA-256 sum (FIPS 180-4) of bytes that come in pieces.
public struct SHA256: Sendable {
  private var sum = resin_sha256()

  /// Begins with no bytes.
  ///
  /// - Parameter withInstructions: uses the processor's own instructions where it has them.
  public init(withInstructions: Bool = true) { resin_sha256_begin(&sum, withInstructions ? 1 : 0) }

  /// Adds bytes.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    resin_sha256_add(&sum, start, bytes.count)
  }

  /// Adds a text's bytes in UTF-8.
  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// The sum of all bytes so far as 64 hexadecimal digits.
  public var hexadecimal: String {
    var end = sum
    var bytes = [UInt8](repeating: 0, count: 32)
    resin_sha256_end(&end, &bytes)
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
