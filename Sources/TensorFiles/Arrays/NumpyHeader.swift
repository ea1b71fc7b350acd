/// The header of an `.npy` file: a Python dictionary such as `{'descr': '<f4', 'fortran_order':
/// False, 'shape': (1, 3), }` (numpy.lib.format, versions 1.0 to 3.0).
struct NumpyHeader: Equatable {
  /// The element type in NumPy's words, with the byte order first.
  var descr: String
  var isFortranOrder: Bool
  var shape: [Int]

  /// Why a text is not such a header.
  struct Failure: Error { let message: String }

  /// Parses the text of a header.
  init(parsing text: String) throws(Failure) {
    var scanner = Scanner(text)
    var (descr, order, shape): (String?, Bool?, [Int]?)
    try scanner.expect("{")
    while try !scanner.take("}") {
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "descr" where descr == nil:
        guard scanner.peek() != "[" else {
          throw Failure(message: "the elements are records, not numbers")
        }
        descr = try scanner.string()
      case "fortran_order" where order == nil:
        order = try scanner.boolean()
      case "shape" where shape == nil: shape = try scanner.tuple()
      default: throw Failure(message: "the key '\(key)' is unknown or stands twice")
      }
      if try !scanner.take(",") {
        try scanner.expect("}")
        break
      }
    }
    guard scanner.peek() == nil else { throw Failure(message: "text after the closing brace") }
    guard let descr, let order, let shape else {
      throw Failure(message: "'descr', 'fortran_order' and 'shape' must all be there")
    }
    (self.descr, isFortranOrder, self.shape) = (descr, order, shape)
  }

  /// The stored type and whether the most significant byte comes first; nil for an unsupported
  /// type.
  var elements: (type: StoredType, bigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order) else { return nil }
    let type: StoredType? =
      switch descr.dropFirst() {
      case "f2": .float16
      case "f4": .float32
      case "f8": .float64
      case "i1": .int8
      case "i2": .int16
      case "i4": .int32
      case "i8": .int64
      case "u1": .uint8
      case "u2": .uint16
      case "u4": .uint32
      case "u8": .uint64
      case "b1": .bool
      default: nil
      }
    return type.map { ($0, order == ">") }
  }
}

/// Reads the few Python literals of a header. No literal nests, so nothing here recurses.
private struct Scanner {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = Substring(text).unicodeScalars }

  mutating func peek() -> Unicode.Scalar? {
    rest = rest.drop { " \t\n\r".unicodeScalars.contains($0) }
    return rest.first
  }

  mutating func take(_ mark: Unicode.Scalar) throws(NumpyHeader.Failure) -> Bool {
    guard let next = peek() else { throw NumpyHeader.Failure(message: "the text ends early") }
    guard next == mark else { return false }
    rest.removeFirst()
    return true
  }

  mutating func expect(_ mark: Unicode.Scalar) throws(NumpyHeader.Failure) {
    guard try take(mark) else { throw NumpyHeader.Failure(message: "expected '\(mark)'") }
  }

  mutating func string() throws(NumpyHeader.Failure) -> String {
    guard let quote = peek(), quote == "'" || quote == "\"" else {
      throw NumpyHeader.Failure(message: "expected a string")
    }
    rest.removeFirst()
    guard let end = rest.firstIndex(of: quote) else {
      throw NumpyHeader.Failure(message: "the text ends inside a string")
    }
    defer { rest = rest[rest.index(after: end)...] }
    return String(rest[..<end])
  }

  mutating func boolean() throws(NumpyHeader.Failure) -> Bool {
    _ = peek()
    for (word, value) in [("True", true), ("False", false)]
    where rest.starts(with: word.unicodeScalars) {
      rest.removeFirst(word.unicodeScalars.count)
      return value
    }
    throw NumpyHeader.Failure(message: "'fortran_order' must be True or False")
  }

  mutating func tuple() throws(NumpyHeader.Failure) -> [Int] {
    var numbers: [Int] = []
    try expect("(")
    while try !take(")") {
      _ = peek()
      let digits = rest.prefix { ("0"..."9").contains($0) }
      guard let number = Int(String(digits)) else {
        throw NumpyHeader.Failure(message: "the shape must hold whole numbers from 0 to 2^63 - 1")
      }
      numbers.append(number)
      rest = rest.dropFirst(digits.count)
      if try !take(",") {
        try expect(")")
        break
      }
    }
    return numbers
  }
}
