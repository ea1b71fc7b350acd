import Diagnostics
import GraphIR

/// What stands at the top of a file.
extension Parser {
  mutating func parseImport() throws(Reported) -> ImportSyntax {
    advance()
    guard case .string(let path) = current.kind else { throw unexpected("a path in quotes") }
    return ImportSyntax(path: path, range: advance().range)
  }

  mutating func parseModel() throws(Reported) -> ModelSyntax {
    advance()
    let name = try expectName("a name for the model")
    guard current.kind == .symbol(.leftParenthesis) else {
      return ModelSyntax(name: name, parameters: [])
    }
    let parameters = try parseParameters()
    for parameter in parameters where parameter.defaultValue == nil {
      throw report(
        "the parameter '\(parameter.name.text)' of a model needs a default",
        at: parameter.name.range, hint: "write \(parameter.name.text) = 1")
    }
    return ModelSyntax(name: name, parameters: parameters)
  }

  /// `(x, width, stride = 1)`
  private mutating func parseParameters() throws(Reported) -> [ParameterSyntax] {
    let opening = try expect(.leftParenthesis, "before the parameters")
    var parameters: [ParameterSyntax] = []
    while current.kind != .symbol(.rightParenthesis) {
      let name = try expectName("a parameter's name")
      if parameters.contains(where: { $0.name.text == name.text }) {
        throw report("two parameters are called '\(name.text)'", at: name.range)
      }
      let value = try parseDefault(of: name)
      if value == nil, parameters.last?.defaultValue != nil {
        throw report("parameters without a default come first", at: name.range)
      }
      parameters.append(ParameterSyntax(name: name, defaultValue: value))
      if !skip(.comma) { break }
    }
    try expect(.rightParenthesis, "after the parameters", closing: opening.range)
    return parameters
  }

  mutating func parseBlock() throws(Reported) -> BlockSyntax {
    advance()
    let name = try expectName("a name for the block")
    let parameters = try parseParameters()
    let brace = try expect(.leftBrace, "before the block's body")
    let body = try parseBody()
    guard skip(.return) else {
      if current.kind == .end {
        throw report("the body of block '\(name.text)' does not end", at: brace.range)
      }
      throw unexpected("'return' at the end of block '\(name.text)'", opening: brace.range)
    }
    let result = try parseExpression()
    try expect(.rightBrace, "after the returned value", closing: brace.range)
    return BlockSyntax(name: name, parameters: parameters, body: body, result: result)
  }

  mutating func parseInput() throws(Reported) -> InputSyntax {
    advance()
    let name = try expectName("a name for the input")
    try expect(.colon, "and a type after an input's name")
    let type = try parseType()
    var preprocessing: PreprocessingSyntax?
    // `from` is a name as well: it begins a clause only where another name follows.
    if current.kind == .name("from"), case .name = following.kind {
      preprocessing = try parsePreprocessing()
    }
    return InputSyntax(name: name, type: type, preprocessing: preprocessing)
  }

  /// The clause behind `from` of an input or `to` of an output.
  private mutating func parsePreprocessing() throws(Reported) -> PreprocessingSyntax {
    let start = advance().range
    let channels = try expectName("rgb8, bgr8 or gray8")
    var entries: [ArgumentSyntax] = []
    let opening = current.range
    if skip(.leftBrace) {
      while current.kind != .symbol(.rightBrace) {
        entries.append(try parseLabelled(among: entries))
        if !skip(.comma) { break }
      }
      try expect(.rightBrace, "after the preprocessing", closing: opening)
    }
    return PreprocessingSyntax(channels: channels, entries: entries, range: range(from: start))
  }

  mutating func parseOutput() throws(Reported) -> OutputSyntax {
    advance()
    let name = try expectName("a name for the output")
    let value = skip(.assign) ? try parseExpression() : nil
    var picture: PreprocessingSyntax?
    if current.kind == .name("to"), case .name = following.kind {
      picture = try parsePreprocessing()
    }
    var labels: String?
    if current.kind == .name("labels"), case .string(let path) = following.kind {
      labels = path
      advance()
      advance()
    }
    return OutputSyntax(name: name, value: value, picture: picture, labels: labels)
  }

  mutating func parseType() throws(Reported) -> TypeSyntax {
    guard case .name = current.kind else { throw unexpected("a type such as f32[1, 3]") }
    let element = try expectName("a type")
    guard let type = ElementType(rawValue: element.text) else {
      throw report(
        "unknown element type '\(element.text)'", at: element.range,
        hint: ElementType.hint(for: element.text)
          ?? "one of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let opening = try expect(.leftBracket, "and the extents after the element type")
    let extents = try parseList(upTo: .rightBracket, after: opening.range)
    return TypeSyntax(element: type, extents: extents, range: range(from: element.range))
  }
}
