import Diagnostics
import GraphIR
import Planning
import TensorFiles

/// Algorithms by the names of convolutions, read from the lines of a text.
///
/// A line is `NODE = ALGORITHM`, empty, or a comment that begins with `#`; a comment may also stand
/// behind a choice, after a space.
///
/// - Throws: a diagnostic for every line that is none of these, names an unknown algorithm, or names
///   a node for the second time.
public func parseOverrides(_ file: SourceFile) throws -> [String: AlgorithmOverride] {
  var overrides: [String: AlgorithmOverride] = [:]
  var problems: [Diagnostic] = []
  for line in file.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
    do throws(Diagnosed) {
      guard let (node, override) = try parseOverride(line, in: file) else { continue }
      guard overrides.updateValue(override, forKey: node) == nil else {
        throw Diagnosed(Diagnostic("'\(node)' has an algorithm already", at: override.place))
      }
    } catch {
      problems.append(error.diagnostic)
    }
  }
  guard problems.isEmpty else { throw DiagnosticError(problems) }
  return overrides
}

/// Reads a file of overrides; see `parseOverrides(_:)`.
///
/// - Throws: also where the file cannot be read as UTF-8.
public func readOverrides(path: String) throws -> [String: AlgorithmOverride] {
  let bytes = try MappedFile(path: path)
  guard bytes.bytes.count <= 16 << 20, let text = String(validating: bytes.bytes, as: UTF8.self)
  else {
    throw DiagnosticError("no list of algorithms: it is not text in UTF-8", at: .subject(path))
  }
  return try parseOverrides(SourceFile(path: path, text: text))
}

private struct Diagnosed: Error {
  let diagnostic: Diagnostic

  init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}

/// The choice on a line, nil where there is none. The place of the choice is its whole text.
private func parseOverride(
  _ line: ArraySlice<UInt8>, in file: SourceFile
) throws(Diagnosed) -> (node: String, override: AlgorithmOverride)? {
  let choice = trimmed(withoutComment(line))
  guard !choice.isEmpty else { return nil }
  // Names of nodes may hold any sign, names of algorithms none.
  guard let equals = choice.lastIndex(of: UInt8(ascii: "=")) else {
    throw Diagnosed(
      Diagnostic("expected NODE = ALGORITHM", at: place(choice, file), hint: "there is no '='"))
  }
  let node = trimmed(choice[..<equals])
  let name = trimmed(choice[(equals + 1)...])
  guard !node.isEmpty else {
    throw Diagnosed(Diagnostic("expected a node before '='", at: place(choice, file)))
  }
  let text = String(decoding: name, as: UTF8.self)
  guard let algorithm = ConvolutionAlgorithm(rawValue: text) else {
    let names = ConvolutionAlgorithm.allCases.map(\.rawValue)
    throw Diagnosed(
      Diagnostic(
        text.isEmpty ? "expected an algorithm after '='" : "unknown algorithm '\(text)'",
        at: place(name.isEmpty ? choice : name, file),
        hint: nearestNamesHint(for: text, in: names)
          ?? "give one of \(names.joined(separator: ", "))"))
  }
  return (
    String(decoding: node, as: UTF8.self), AlgorithmOverride(algorithm, at: place(node, file))
  )
}

private func place(_ bytes: ArraySlice<UInt8>, _ file: SourceFile) -> Diagnostic.Place {
  .source(SourceRange(file: file, start: bytes.startIndex, end: bytes.endIndex))
}

/// A line up to a `#` that begins it or follows white space: names of nodes may hold one.
private func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  for index in line.indices where line[index] == UInt8(ascii: "#") {
    if index == line.startIndex || isSpace(line[index - 1]) { return line[..<index] }
  }
  return line
}

private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  var rest = bytes
  while let first = rest.first, isSpace(first) { rest = rest.dropFirst() }
  while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
  return rest
}

private func isSpace(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
}
