import Diagnostics
import GraphIR

/// Attributes from the arguments of a call.
extension CallReader: AttributeCoder {
  mutating func integer(_ name: String, _ value: inout Int, default: Int?) {
    if let written = labelled(name) {
      attempt(&value) { reader throws(Reported) in try reader.integer(written, name) }
    } else if let `default` {
      value = `default`
    } else {
      miss(name)
    }
  }

  mutating func optionalInteger(_ name: String, _ value: inout Int?) {
    guard let written = labelled(name) else {
      value = nil
      return
    }
    attempt(&value) { reader throws(Reported) in try reader.integer(written, name) }
  }

  mutating func axis(_ name: String, _ value: inout Int) {
    guard let written = labelled(name) else { return miss(name) }
    attempt(&value) { reader throws(Reported) in
      reader.fromEnd(try reader.integer(written, name))
    }
  }

  mutating func optionalAxis(_ name: String, _ value: inout Int?) {
    optionalInteger(name, &value)
    value = value.map(fromEnd)
  }

  /// Counts a negative axis from the end; one that does not exist is left for shape inference to
  /// report.
  private func fromEnd(_ axis: Int) -> Int {
    let rank = operandTypes.first?.rank ?? 0
    return axis < 0 && axis >= -rank ? axis + rank : axis
  }

  mutating func integers(_ name: String, _ value: inout [Int], count: Int?, default: [Int]?) {
    guard let written = labelled(name) else {
      if let `default` { value = `default` } else { miss(name) }
      return
    }
    attempt(&value) { reader throws(Reported) in
      let integers = try reader.integers(written, name)
      if let count, integers.count != count {
        throw reader.elaborator.report(
          "\(reader.what(name)) has \(quantity(count, "integer")), one per axis of \(reader.operandTypes[0]), not \(integers.count)",
          at: written.range)
      }
      return integers
    }
  }

  mutating func axes(_ name: String, _ value: inout [Int]) {
    guard let written = labelled(name) else { return miss(name) }
    attempt(&value) { reader throws(Reported) in
      try reader.integers(written, name).map(reader.fromEnd).sorted()
    }
  }

  mutating func extents(_ name: String, _ value: inout [Int]) {
    guard let written = labelled(name) else { return miss(name) }
    attempt(&value) { reader throws(Reported) in
      var extents = try reader.integers(written, name)
      guard let type = reader.operandTypes.first, let open = extents.firstIndex(of: -1) else {
        return extents
      }
      var others = extents
      others.remove(at: open)
      guard let count = TensorType.checkedElementCount(of: others), count > 0,
        type.elementCount % count == 0
      else {
        throw reader.elaborator.report(
          "\(reader.what(name)) cannot be completed: no extent in place of -1 gives the \(quantity(type.elementCount, "element")) of \(type)",
          at: written.range)
      }
      extents[open] = type.elementCount / count
      return extents
    }
  }

  mutating func boolean(_ name: String, _ value: inout Bool) {
    guard let written = labelled(name) else {
      value = false
      return
    }
    attempt(&value) { reader throws(Reported) in
      try reader.elaborator.boolean(written, at: reader.site.nested, reader.what(name))
    }
  }

  mutating func real(_ name: String, _ value: inout Float, default: Float?) {
    if let written = labelled(name) {
      attempt(&value) { reader throws(Reported) in try reader.real(written, name) }
    } else if let `default` {
      value = `default`
    } else {
      miss(name)
    }
  }

  mutating func positionalReal(_ name: String, _ value: inout Float) {
    guard let written = positional(orLabelled: name) else { return miss(name) }
    attempt(&value) { reader throws(Reported) in try reader.real(written, name) }
  }

  mutating func reals(_ name: String, _ value: inout [Float], default: [Float]) {
    guard let written = labelled(name) else {
      value = `default`
      return
    }
    attempt(&value) { reader throws(Reported) in
      let numbers = try reader.reals(written, name)
      if numbers.count != `default`.count {
        throw reader.elaborator.report(
          "\(reader.what(name)) has \(quantity(`default`.count, "number")), not \(numbers.count)",
          at: written.range)
      }
      return numbers
    }
  }

  mutating func optionalReals(_ name: String, _ value: inout [Float]?) {
    guard let written = labelled(name) else {
      value = nil
      return
    }
    attempt(&value) { reader throws(Reported) in
      let numbers: [Float]
      if case .list = written.kind {
        numbers = try reader.reals(written, name)
      } else {
        numbers = [try reader.real(written, name)]
      }
      guard numbers.count == 1 || numbers.count == 2 else {
        throw reader.elaborator.report(
          "\(reader.what(name)) is a number or [height, width]", at: written.range)
      }
      return [numbers[0], numbers[numbers.count - 1]]
    }
  }

  mutating func pair(_ name: String, _ value: inout Pair, default: Pair?) {
    var written: Pair?
    optionalPair(name, &written)
    if let pair = written ?? `default` { value = pair } else { miss(name) }
  }

  mutating func pair(
    _ name: String, _ value: inout Pair, default: Pair?, from other: String
  ) {
    // Of a call that is examined, what the other one gives is not known.
    if isExamined, givenLabels.contains(other) {
      var written: Pair?
      optionalPair(name, &written)
    } else {
      pair(name, &value, default: `default`)
    }
  }

  mutating func optionalPair(_ name: String, _ value: inout Pair?) {
    guard let written = labelled(name) else {
      value = nil
      return
    }
    attempt(&value) { reader throws(Reported) in
      let integers = try reader.oneOrMore(written, name)
      switch integers.count {
      case 1: return Pair(integers[0])
      case 2: return Pair(integers[0], integers[1])
      default:
        throw reader.elaborator.report(
          "\(reader.what(name)) is an integer or [height, width]", at: written.range)
      }
    }
  }

  mutating func optionalResize(_ name: String, _ value: inout ImagePreprocessing.Resize?) {
    guard let written = labelled(name) else {
      value = nil
      return
    }
    attempt(&value) { reader throws(Reported) in
      let extents = try reader.oneOrMore(written, name)
      guard case .list = written.kind else { return .shorterSide(extents[0]) }
      guard extents.count == 2 else {
        throw reader.elaborator.report(
          "\(reader.what(name)) is the shorter side or [height, width]", at: written.range)
      }
      return .size(Pair(extents[0], extents[1]))
    }
  }

  mutating func padding(_ name: String, _ value: inout Padding) {
    guard let written = labelled(name) else {
      value = .none
      return
    }
    attempt(&value) { reader throws(Reported) in
      let sides = try reader.oneOrMore(written, name)
      switch sides.count {
      case 1: return Padding(sides[0])
      case 2: return Padding(top: sides[0], left: sides[1], bottom: sides[0], right: sides[1])
      case 4: return Padding(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
      default:
        throw reader.elaborator.report(
          "\(reader.what(name)) is an integer, [height, width] or [top, left, bottom, right]",
          at: written.range)
      }
    }
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable & Equatable>(
    _ name: String, _ value: inout Word, default: Word?
  ) {
    guard let written = labelled(name) else {
      if let `default` { value = `default` } else { miss(name) }
      return
    }
    attemptWord(name, &value) { reader throws(Reported) in
      let words = Word.allCases.map(\.rawValue)
      guard case .name(let text) = written.kind, let word = Word(rawValue: text) else {
        var hint: String?
        if case .name(let text) = written.kind {
          hint =
            Word.self == ElementType.self
            ? ElementType.hint(for: text) : nearestNamesHint(for: text, in: words)
        }
        throw reader.elaborator.report(
          "\(reader.what(name)) is one of \(words.joined(separator: ", "))", at: written.range,
          hint: hint)
      }
      return word
    }
  }

  // MARK: Values

  private func integer(_ written: Expression, _ name: String) throws(Reported) -> Int {
    try elaborator.integer(written, at: site.nested, what(name))
  }

  private func integers(_ written: Expression, _ name: String) throws(Reported) -> [Int] {
    try elaborator.integers(written, at: site.nested, what(name))
  }

  private func real(_ written: Expression, _ name: String) throws(Reported) -> Float {
    try elaborator.real(written, at: site.nested, what(name))
  }

  private func reals(_ written: Expression, _ name: String) throws(Reported) -> [Float] {
    try elaborator.reals(written, at: site.nested, what(name))
  }

  /// An integer as a list of one, or a list.
  private func oneOrMore(_ written: Expression, _ name: String) throws(Reported) -> [Int] {
    if case .list = written.kind { return try integers(written, name) }
    return [try integer(written, name)]
  }
}
