import Diagnostics
import GraphIR

/// Expansion of stacks.
extension Elaborator {
  /// A chain of blocks: each is given the result of the one before as its first argument.
  ///
  /// Positional arguments go to every block. Named arguments go to the first only; the others take
  /// the defaults. Where the stack runs over elements, the arguments behind the first are computed
  /// anew for each of them.
  func expand(
    _ stack: StackSyntax, at site: Site, range: SourceRange
  ) throws(Reported) -> Value {
    let call = stack.call
    let block = try block(call.callee)
    let (variable, count, element) = try elements(of: stack.count, at: site)
    guard count <= Limit.expansions else {
      throw exhaust("the model expands more than \(Limit.expansions) blocks", at: range)
    }
    let names = try blockNames(stack.firstName, count: count)
    try checkArguments(of: call, for: block)
    try checkStacked(call, block)
    var value = try evaluate(call.positional[0], at: site.nested)
    let base = path(for: block, at: site)
    var others: [Value] = []
    for index in 0..<count {
      var inner = site.nested
      if let variable {
        let scope = site.scope.with(variable.text, element(index), at: variable.range)
        inner = Site(scope: scope, statement: site.statement, isOutermost: false)
      }
      if index == 0 || variable != nil {
        others = try evaluate(call.positional.dropFirst(), at: inner)
      }
      let named = index == 0 ? try evaluate(call.named, at: inner) : [:]
      let values = try bind(block, [value] + others, named, call)
      value = try expand(block, values, path: "\(base).\(names(index))", place: range)
    }
    return value
  }

  /// How many blocks a stack has, and what its variable stands for in each.
  private func elements(
    of count: StackSyntax.Count, at site: Site
  ) throws(Reported) -> (variable: NameSyntax?, count: Int, element: (Int) -> Value) {
    switch count {
    case .number(let written):
      let length = try integer(written, at: site.nested, "the number of blocks")
      guard length >= 0 else {
        throw report("a stack has at least 0 blocks, not \(length)", at: written.range)
      }
      return (nil, length, { .integer($0) })
    case .elements(let variable, let written):
      guard isFree(variable, in: site.scope) else { throw Reported() }
      let value = try evaluate(written, at: site.nested)
      guard case .list(let list) = value else {
        throw report(
          "a stack runs over a list, not \(value.description)", at: written.range,
          hint: "write [64, 128] or 1 to 18")
      }
      return (variable, list.count, { list[$0] })
    case .integers(let variable, let from, let to):
      guard isFree(variable, in: site.scope) else { throw Reported() }
      let first = try integer(from, at: site.nested, "the first integer")
      let last = try integer(to, at: site.nested, "the last integer")
      let (difference, overflow) = last.subtractingReportingOverflow(first)
      guard !overflow, difference < Int.max else {
        throw exhaust("the model expands more than \(Limit.expansions) blocks", at: to.range)
      }
      return (variable, max(0, difference + 1), { .integer(first + $0) })
    }
  }

  /// The name of each block within the stack: `0`, `1`, … or those that count on from a given one.
  private func blockNames(
    _ first: NameSyntax?, count: Int
  ) throws(Reported) -> (Int) -> String {
    guard let first else { return { String($0) } }
    let digits = String(first.text.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
    let stem = first.text.dropLast(digits.count)
    guard let number = Int(digits), digits == String(number),
      !number.addingReportingOverflow(count).overflow
    else {
      throw report(
        "the name of a stack's first block ends in a number to count from, not '\(first.text)'",
        at: first.range, hint: "write \(stem)1")
    }
    return { "\(stem)\(number + $0)" }
  }

  func checkStacked(_ call: CallSyntax, _ block: BlockSyntax) throws(Reported) {
    guard !call.positional.isEmpty else {
      throw report(
        "a stack needs the value that its first block takes", at: call.range,
        hint: "give it as the first argument")
    }
    for argument in call.named {
      let parameter = block.parameters.first { $0.name.text == argument.label.text }
      guard let parameter, parameter.defaultValue == nil else { continue }
      throw report(
        "'\(argument.label.text)' has no default, so every block of the stack needs it",
        at: argument.label.range, hint: "give it by position")
    }
  }
}
