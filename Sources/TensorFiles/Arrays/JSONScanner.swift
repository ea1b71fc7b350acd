/// Reads the strings, whole numbers and punctuation of JSON (RFC 8259) from bytes.
///
/// The headers of tensor files need no more, and they need what Foundation's decoder cannot give:
/// keys in their order and keys that stand twice. Nothing here recurses, so no input can exhaust
/// the stack.
struct JSONScanner {
  /// Why the text is not what was expected, and at which byte of it.
  struct Failure: Error {
    let message: String
    let offset: Int
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  /// Creates a scanner of a text; the bytes must outlive it.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next byte that is not white space, not consumed; nil at the end.
  mutating func peek() -> UInt8? {
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        offset += 1
      default: return bytes[offset]
      }
    }
    return nil
  }

  /// Consumes a punctuation mark.
  mutating func expect(_ mark: Unicode.Scalar) throws(Failure) {
    guard try take(mark) else { throw failure("expected '\(mark)'") }
  }

  /// Consumes a punctuation mark if it comes next.
  mutating func take(_ mark: Unicode.Scalar) throws(Failure) -> Bool {
    guard let next = peek() else { throw failure("the text ends early") }
    guard next == UInt8(ascii: mark) else { return false }
    offset += 1
    return true
  }

  /// Consumes `open`, comma-separated elements, `close`; `element` consumes one.
  mutating func list(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar,
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try expect(open)
    guard try !take(close) else { return }
    while true {
      try element(&self)
      if try take(close) { return }
      try expect(",")
    }
  }

  /// Consumes a whole number from 0 to the largest `Int`.
  mutating func wholeNumber() throws(Failure) -> Int {
    _ = peek()
    let start = offset
    var value = 0
    while offset < bytes.count, case let digit = bytes[offset],
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
    {
      let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = scaled.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      guard !overflowed, !carried else { throw failure("the number is too large") }
      value = sum
      offset += 1
    }
    let isNumber = offset > start && (bytes[start] != UInt8(ascii: "0") || offset == start + 1)
    let goesOn = offset < bytes.count && [".", "e", "E"].contains(Unicode.Scalar(bytes[offset]))
    guard isNumber, !goesOn else { throw failure("expected a whole number") }
    return value
  }

  /// Consumes a string and resolves its escapes.
  mutating func string() throws(Failure) -> String {
    try expect("\"")
    var units: [UInt8] = []
    while true {
      guard offset < bytes.count else { throw failure("the text ends inside a string") }
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw failure("a string is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units += Array(String(try escape()).utf8)
      case 0..<0x20: throw failure("a control character inside a string")
      default: units.append(byte)
      }
    }
  }

  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    guard offset < bytes.count else { throw failure("the text ends inside a string") }
    let byte = bytes[offset]
    offset += 1
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": return Unicode.Scalar(byte)
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": return try unicodeEscape()
    default: throw failure("an unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    let unit = try hexadecimal()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // A character beyond the basic plane: two escapes, high surrogate then low.
    guard unit < 0xdc00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
      bytes[offset + 1] == UInt8(ascii: "u")
    else { throw failure("half a surrogate pair in a string") }
    offset += 2
    let low = try hexadecimal()
    guard (0xdc00...0xdfff).contains(low),
      let scalar = Unicode.Scalar(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    else { throw failure("half a surrogate pair in a string") }
    return scalar
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard offset < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue
      else { throw failure("expected four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  /// A failure at the present position.
  func failure(_ message: String) -> Failure { Failure(message: message, offset: offset) }
}
