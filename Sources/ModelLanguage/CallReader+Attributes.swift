import Diagnostics
import GraphIR

/// Attributes from the arguments of a call.
extension CallReader: AttributeCoder {
  mutating func integer(_ name: String, _ value: inout Int, default: Int?) throws(Reported) {
    if let written = labelled(name) {
      value = try elaborator.integer(written, at: site.nested, what(name))
    } else if let `default` {
      value = `default`
    } else {
      miss(name)
    }
  }

  mutating func optionalInteger(_ name: String, _ value: inout Int?) throws(Reported) {
    guard let written = labelled(name) else { return value = nil }
    value = try elaborator.integer(written, at: site.nested, what(name))
  }

  mutating func axis(_ name: String, _ value: inout Int) throws(Reported) {
    guard let written = labelled(name) else { return miss(name) }
    let axis = try elaborator.integer(written, at: site.nested, what(name))
    value = fromEnd(axis)
  }

  /// Counts a negative axis from the end; one that does not exist is left for shape inference to
  /// report.
  private func fromEnd(_ axis: Int) -> Int {
    let rank = operandTypes.first?.rank ?? 0
    return axis < 0 && axis >= -rank ? axis + rank : axis
  }

  mutating func integers(
    _ name: String, _ value: inout [Int], count: Int?, default: [Int]?
  ) throws(Reported) {
    guard let written = labelled(name) else {
      if let `default` { value = `default` } else { miss(name) }
      return
    }
    value = try elaborator.integers(written, at: site.nested, what(name))
    if let count, value.count != count {
      throw elaborator.report(
        "\(what(name)) has \(count) integers, one per axis of \(operandTypes[0]), not \(value.count)",
        at: written.range)
    }
  }

  mutating func axes(_ name: String, _ value: inout [Int]) throws(Reported) {
    guard let written = labelled(name) else { return miss(name) }
    value = try elaborator.integers(written, at: site.nested, what(name)).map(fromEnd).sorted()
  }

  mutating func extents(_ name: String, _ value: inout [Int]) throws(Reported) {
    guard let written = labelled(name) else { return miss(name) }
    value = try elaborator.integers(written, at: site.nested, what(name))
    guard let type = operandTypes.first, let open = value.firstIndex(of: -1) else { return }
    var others = value
    others.remove(at: open)
    guard let count = TensorType.checkedElementCount(of: others), count > 0,
      type.elementCount % count == 0
    else {
      throw elaborator.report(
        "\(what(name)) cannot be completed: no extent in place of -1 gives the \(type.elementCount) elements of \(type)",
        at: written.range)
    }
    value[open] = type.elementCount / count
  }

  mutating func boolean(_ name: String, _ value: inout Bool) throws(Reported) {
    guard let written = labelled(name) else { return value = false }
    value = try elaborator.boolean(written, at: site.nested, what(name))
  }

  mutating func real(_ name: String, _ value: inout Float, default: Float?) throws(Reported) {
    if let written = labelled(name) {
      value = try elaborator.real(written, at: site.nested, what(name))
    } else if let `default` {
      value = `default`
    } else {
      miss(name)
    }
  }

  mutating func positionalReal(_ name: String, _ value: inout Float) throws(Reported) {
    guard let written = positional(orLabelled: name) else { return miss(name) }
    value = try elaborator.real(written, at: site.nested, what(name))
  }

  mutating func reals(
    _ name: String, _ value: inout [Float], default: [Float]
  ) throws(Reported) {
    guard let written = labelled(name) else { return value = `default` }
    value = try elaborator.reals(written, at: site.nested, what(name))
    if value.count != `default`.count {
      throw elaborator.report(
        "\(what(name)) has \(`default`.count) numbers, not \(value.count)", at: written.range)
    }
  }

  mutating func optionalReals(_ name: String, _ value: inout [Float]?) throws(Reported) {
    guard let written = labelled(name) else { return value = nil }
    let numbers: [Float]
    if case .list = written.kind {
      numbers = try elaborator.reals(written, at: site.nested, what(name))
    } else {
      numbers = [try elaborator.real(written, at: site.nested, what(name))]
    }
    guard numbers.count == 1 || numbers.count == 2 else {
      throw elaborator.report(
        "\(what(name)) is a number or [height, width]", at: written.range)
    }
    value = [numbers[0], numbers[numbers.count - 1]]
  }

  mutating func pair(_ name: String, _ value: inout Pair, default: Pair?) throws(Reported) {
    var written: Pair?
    try optionalPair(name, &written)
    if let pair = written ?? `default` { value = pair } else { miss(name) }
  }

  mutating func optionalPair(_ name: String, _ value: inout Pair?) throws(Reported) {
    guard let written = labelled(name) else { return value = nil }
    let integers = try oneOrMore(written, name)
    switch integers.count {
    case 1: value = Pair(integers[0])
    case 2: value = Pair(integers[0], integers[1])
    default:
      throw elaborator.report(
        "\(what(name)) is an integer or [height, width]", at: written.range)
    }
  }

  mutating func padding(_ name: String, _ value: inout Padding) throws(Reported) {
    guard let written = labelled(name) else { return value = .none }
    let sides = try oneOrMore(written, name)
    switch sides.count {
    case 1: value = Padding(sides[0])
    case 2: value = Padding(top: sides[0], left: sides[1], bottom: sides[0], right: sides[1])
    case 4: value = Padding(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
    default:
      throw elaborator.report(
        "\(what(name)) is an integer, [height, width] or [top, left, bottom, right]",
        at: written.range)
    }
  }

  /// An integer as a list of one, or a list.
  private func oneOrMore(_ written: Expression, _ name: String) throws(Reported) -> [Int] {
    if case .list = written.kind {
      return try elaborator.integers(written, at: site.nested, what(name))
    }
    return [try elaborator.integer(written, at: site.nested, what(name))]
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable & Equatable>(
    _ name: String, _ value: inout Word, default: Word?
  ) throws(Reported) {
    guard let written = labelled(name) else {
      if let `default` { value = `default` } else { miss(name) }
      return
    }
    let words = Word.allCases.map(\.rawValue)
    guard case .name(let text) = written.kind, let word = Word(rawValue: text) else {
      var hint: String?
      if case .name(let text) = written.kind { hint = nearestNamesHint(for: text, in: words) }
      throw elaborator.report(
        "\(what(name)) is one of \(words.joined(separator: ", "))", at: written.range, hint: hint)
    }
    value = word
  }

  mutating func function(_ name: String, _ value: inout UnaryFunction?) throws(Reported) {
    guard let written = labelled(name) else { return value = nil }
    let call: CallSyntax
    switch written.kind {
    case .name(let text):
      call = CallSyntax(
        callee: NameSyntax(text: text, range: written.range), positional: [], named: [],
        range: written.range)
    case .call(let written): call = written
    default:
      throw elaborator.report(
        "\(what(name)) is a function of one element such as relu", at: written.range)
    }
    guard var function = Operators.epilogues[call.callee.text] else {
      throw elaborator.report(
        "\(what(name)) is not a function of one element: '\(call.callee.text)'",
        at: call.callee.range,
        hint: nearestNamesHint(for: call.callee.text, in: Operators.epilogues.keys))
    }
    var reader = CallReader(call, elaborator, site)
    try function.code(&reader)
    try reader.finish()
    value = function
  }
}
