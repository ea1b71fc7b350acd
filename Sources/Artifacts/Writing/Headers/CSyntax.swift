import GraphIR
import Planning

/// Whether a text is an identifier of C that is not reserved by a leading underscore.
func isCIdentifier(_ text: String) -> Bool {
  guard let first = text.utf8.first, isLetter(first) else { return false }
  return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
}

private func isLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

private func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// Parameter names for the ports of a model: what is no identifier becomes one, keywords and names
/// that the header uses itself get a `_`, and names that are equal but for case get a number,
/// because macros are named after them.
///
/// - Parameter others: names that are taken besides those that every header uses.
func parameterNames(for names: [String], besides others: [String] = []) -> [String] {
  var taken = Set((headerParameters + others).map { $0.uppercased() })
  return names.map { name in
    var wanted = String(
      decoding: name.utf8.map {
        isLetter($0) || isDigit($0) ? $0 : UInt8(ascii: "_")
      }, as: UTF8.self)
    if !isCIdentifier(wanted) { wanted = "t" + wanted }
    // Names without a lower-case letter may be macros of the system, such as NULL.
    let mayBeMacro = !wanted.utf8.contains { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
    if mayBeMacro || isReservedWord(wanted) || wanted.hasPrefix("run_all_") { wanted += "_" }
    var unique = wanted
    var number = 2
    while !taken.insert(unique.uppercased()).inserted {
      unique = "\(wanted)_\(number)"
      number += 1
    }
    return unique
  }
}

/// Whether a text is a keyword of C or C++, or a name that headers and systems use.
func isReservedWord(_ text: String) -> Bool { reservedWords.contains(text) }

private let headerParameters = ["workspace", "workspace_bytes", "parallel", "weights", "alignment"]

/// Keywords of C and C++, macros of common systems in lower case, and names that declarations and
/// the glue use.
private let reservedWords: Set<String> = Set(
  """
  alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
  co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do
  double dynamic_cast else enum errno explicit export extern false far float for friend goto huge i386 if inline int
  linux long main mutable namespace near new noexcept not not_eq nullptr operator or or_eq private protected public
  register reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast stderr stdin
  stdout struct switch template this thread_local throw true try typedef typeid typename typeof typeof_unqual union
  unix unsigned using virtual void volatile wchar_t while xor xor_eq
  int8_t int32_t int64_t level_of_machine model_at place_of_sizes resin_parallel run_all size_t uint8_t
  """.split { $0 == " " || $0 == "\n" }.map(String.init))

/// A string literal of C.
func cString(_ text: String) -> String {
  var literal = "\""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"), 0..<0x20, 0x7f...0xff:
      let octal = String(byte, radix: 8)
      literal += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    default: literal.unicodeScalars.append(Unicode.Scalar(byte))
    }
  }
  return literal + "\""
}

/// A float literal of C with exactly this value.
func cFloat(_ value: Float) -> String {
  if value.isNaN { return "NAN" }
  if value.isInfinite { return value < 0 ? "-INFINITY" : "INFINITY" }
  return "\(value)f"
}

/// The braces and elements of an initialiser; `empty` where there are none, since C knows no empty
/// array.
func cInitializer(_ elements: [String], empty: String) -> String {
  "{\(elements.isEmpty ? empty : elements.joined(separator: ", "))}"
}

/// Text inside a comment: nothing that would end it or the line.
func cComment(_ text: String) -> String {
  let unsafe: Set<Unicode.Scalar> = ["\\", "?", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}"]
  var safe = String.UnicodeScalarView()
  safe.append(
    contentsOf: text.unicodeScalars.map { $0.value < 0x20 || unsafe.contains($0) ? "_" : $0 })
  return String(safe)
}

extension ElementType {
  /// The type that stands for an element in C.
  var cType: String {
    switch self {
    case .float32: "float"
    case .int64: "int64_t"
    case .int32: "int32_t"
    case .int8: "int8_t"
    case .uint8, .bool: "uint8_t"
    }
  }

  /// The constant of `enum resin_element`.
  var cConstant: String {
    switch self {
    case .float32: "RESIN_F32"
    case .int64: "RESIN_I64"
    case .int32: "RESIN_I32"
    case .int8: "RESIN_I8"
    case .uint8: "RESIN_U8"
    case .bool: "RESIN_BOOL"
    }
  }
}

extension ImagePreprocessing.Interpolation {
  /// The constant of `enum resin_interpolation`.
  var cConstant: String { "RESIN_\(rawValue.uppercased())" }
}
