import Diagnostics
import GraphIR

/// Expansion of blocks.
extension Elaborator {
  /// The result of a block for the arguments of a call.
  func expand(_ call: CallSyntax, at site: Site) throws(Reported) -> Value {
    let block = try block(call.callee)
    try checkArguments(of: call, for: block)
    let positional = try evaluate(call.positional[...], at: site.nested)
    let named = try evaluate(call.named, at: site.nested)
    let values = try bind(block, positional, named, call)
    return try expand(block, values, path: path(for: block, at: site), place: call.range)
  }

  func block(_ name: NameSyntax) throws(Reported) -> BlockSyntax {
    if let block = blocks[name.text] { return block }
    let isOperator = Operators.isKnown(name.text)
    throw report(
      isOperator ? "'\(name.text)' is an operator, not a block" : "unknown block '\(name.text)'",
      at: name.range, hint: nearestNamesHint(for: name.text, in: blocks.keys))
  }

  /// `layer2` for `layer2 = block(…)`, `y.block` inside a larger expression and for the result of a
  /// block.
  func path(for block: BlockSyntax, at site: Site) -> String {
    let isResult = expansions.last?.path == site.statement
    if site.isOutermost, !isResult { return site.statement }
    return uniqueName("\(site.statement).\(block.name.text)")
  }

  func checkArguments(of call: CallSyntax, for block: BlockSyntax) throws(Reported) {
    guard call.positional.count <= block.parameters.count else {
      throw report(
        "block '\(block.name.text)' takes \(quantity(block.parameters.count, "argument")), not \(call.positional.count)",
        at: call.positional[block.parameters.count].range)
    }
    let names = block.parameters.map(\.name.text)
    _ = try all(call.named) { argument throws(Reported) in
      guard let index = names.firstIndex(of: argument.label.text) else {
        throw report(
          "unknown parameter '\(argument.label.text)' of block '\(block.name.text)'",
          at: argument.label.range, hint: nearestNamesHint(for: argument.label.text, in: names))
      }
      guard index >= call.positional.count else {
        throw report("'\(argument.label.text)' is given twice", at: argument.label.range)
      }
    }
  }

  func missing(_ parameter: String, of block: BlockSyntax, at range: SourceRange) -> Reported {
    report("block '\(block.name.text)' needs the parameter '\(parameter)'", at: range)
  }

  func insideItself(_ block: String, at range: SourceRange) -> Reported {
    report("block '\(block)' is used inside itself", at: range, hint: "blocks do not recurse")
  }

  func evaluate(
    _ arguments: ArraySlice<Expression>, at site: Site
  ) throws(Reported) -> [Value] {
    try all(arguments) { argument throws(Reported) in try evaluate(argument, at: site) }
  }

  func evaluate(
    _ arguments: [ArgumentSyntax], at site: Site
  ) throws(Reported) -> [String: Value] {
    let values = try evaluate(arguments.map(\.value)[...], at: site)
    return Dictionary(zip(arguments.map(\.label.text), values)) { $1 }
  }

  /// The value of each parameter in order.
  func bind(
    _ block: BlockSyntax, _ positional: [Value], _ named: [String: Value], _ call: CallSyntax
  ) throws(Reported) -> [Value] {
    // Defaults may use the parameters before them, and nothing of the caller.
    let scope = Scope(path: "")
    var values: [Value] = []
    for (index, parameter) in block.parameters.enumerated() {
      let name = parameter.name.text
      let value: Value
      if index < positional.count {
        value = positional[index]
      } else if let given = named[name] {
        value = given
      } else if let written = parameter.defaultValue {
        value = try evaluate(written, at: Site(scope: scope, statement: name, isOutermost: false))
      } else {
        throw missing(name, of: block, at: call.range)
      }
      scope.define(name, value, at: parameter.name.range)
      values.append(value)
    }
    return values
  }

  func expand(
    _ block: BlockSyntax, _ values: [Value], path: String, place: SourceRange
  ) throws(Reported) -> Value {
    let name = block.name.text
    if expansions.contains(where: { $0.block == name }) {
      throw insideItself(name, at: place)
    }
    expansionCount += 1
    guard expansionCount <= Limit.expansions else {
      throw exhaust("the model expands more than \(Limit.expansions) blocks", at: place)
    }
    guard expansions.count < Limit.blockDepth else {
      throw exhaust("blocks nest more than \(Limit.blockDepth) levels deep", at: place)
    }
    guard expandedPaths.insert(path).inserted else {
      throw report("two expansions are called '\(path)'", at: place)
    }
    let scope = Scope(path: path)
    for (parameter, value) in zip(block.parameters, values) {
      scope.define(parameter.name.text, value, at: parameter.name.range)
    }
    expansions.append(Expansion(block: name, path: path, place: place))
    defer { expansions.removeLast() }
    return try counted(at: place) { () throws(Reported) in
      execute(block.body, in: scope)
      guard !isFinished else { throw Reported() }
      return try evaluate(block.result, at: Site(scope: scope, statement: path))
    }
  }
}
