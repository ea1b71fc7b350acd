import Diagnostics

/// What stands before the names of a model's parameters in a source of weights: `model.` where the
/// model was a part of a larger one when it was saved.
public struct WeightsPrefix: Sendable, Equatable {
  /// The prefix with its dot; empty where names are the model's own.
  public let text: String
  /// Whether tensors with other names are passed over.
  let passesOverOthers: Bool

  /// Names are the model's own.
  public static let none = WeightsPrefix(text: "", passesOverOthers: false)

  /// Creates a prefix that was asked for; tensors with other names are passed over.
  ///
  /// - Parameter text: the prefix; its dot may be left out.
  /// - Throws: `DiagnosticError` where no name of the source begins with it.
  public init(_ text: String, in source: some WeightSource) throws {
    let names = source.names
    let candidates = text.isEmpty ? [""] : [text + ".", text]
    let match = candidates.first { candidate in names.contains { $0.hasPrefix(candidate) } }
    self.init(text: match ?? "", passesOverOthers: true)
    guard match != nil || text.isEmpty else {
      throw DiagnosticError(
        "no tensor has a name that begins with '\(text)'", at: .subject(source.path),
        hint: names.first.map { "one that is there is '\($0.prefix(80))'" })
    }
  }

  /// Finds what stands before most of a model's parameters.
  ///
  /// - Parameters:
  ///   - parameters: the names of all parameters.
  ///   - passingOverOthers: whether tensors with other names are passed over.
  /// - Throws: `DiagnosticError` where there are several of them.
  public init(
    of parameters: Set<String>, in source: some WeightSource, passingOverOthers: Bool = false
  ) throws {
    let found = prefixesOfMost(parameters, in: source.names)
    guard found.count <= 1 else {
      let list = found.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
      throw DiagnosticError(
        "the model's parameters are there several times, under \(list)",
        at: .subject(source.path), hint: "choose with --weights-prefix \(found[0])")
    }
    self.init(text: found.first ?? "", passesOverOthers: passingOverOthers)
  }

  private init(text: String, passesOverOthers: Bool) {
    (self.text, self.passesOverOthers) = (text, passesOverOthers)
  }
}

/// What stands before the names of more than half of a model's parameters, in the order of the
/// names, or nothing alone where that many are there as they are.
///
/// - Returns: none where at most half are there in any one way.
func prefixesOfMost(_ parameters: Set<String>, in names: [String]) -> [String] {
  /// How many modules a model may lie in, and bytes of a name: a file may use a long one many times.
  let (maximumDepth, maximumLength) = (8, 1000)
  var counts: [Substring: Int] = [:]
  var order: [Substring] = []
  for name in names where name.utf8.count <= maximumLength {
    var start = name.startIndex
    for _ in 0...maximumDepth {
      if parameters.contains(String(name[start...])) {
        let count = counts[name[..<start], default: 0]
        counts[name[..<start]] = count + 1
        if count == 0 { order.append(name[..<start]) }
      }
      guard let dot = name[start...].firstIndex(of: ".") else { break }
      start = name.index(after: dot)
    }
  }
  let found = order.filter { (counts[$0] ?? 0) * 2 > parameters.count }
  return found.contains("") ? [""] : found.map(String.init)
}
