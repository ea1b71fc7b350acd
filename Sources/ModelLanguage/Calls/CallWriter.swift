import GraphIR

/// Writes the arguments of one call.
struct CallWriter: AttributeCoder {
  let operandTypes: [TensorType]
  /// The arguments so far, as text.
  private(set) var arguments: [String]
  /// What comes after the other arguments: the epilogue is the last to happen.
  private var last: [String] = []

  init(operands: [String], types: [TensorType]) {
    self.arguments = operands
    self.operandTypes = types
  }

  /// `name(argument, label: argument)`
  func call(_ name: String) -> String {
    "\(name)(\((arguments + last).joined(separator: ", ")))"
  }

  mutating func write(_ label: String, _ text: String) { arguments.append("\(label): \(text)") }

  mutating func integer(_ name: String, _ value: inout Int, default: Int?) {
    if value != `default` { write(name, String(value)) }
  }

  mutating func optionalInteger(_ name: String, _ value: inout Int?) {
    if let value { write(name, String(value)) }
  }

  mutating func axis(_ name: String, _ value: inout Int) { write(name, String(value)) }

  mutating func optionalAxis(_ name: String, _ value: inout Int?) { optionalInteger(name, &value) }

  mutating func integers(
    _ name: String, _ value: inout [Int], count: Int?, default: [Int]?
  ) {
    if value != `default` { write(name, listText(value)) }
  }

  mutating func axes(_ name: String, _ value: inout [Int]) { write(name, listText(value)) }

  mutating func extents(_ name: String, _ value: inout [Int]) { write(name, listText(value)) }

  mutating func boolean(_ name: String, _ value: inout Bool) {
    if value { write(name, "true") }
  }

  mutating func real(_ name: String, _ value: inout Float, default: Float?) {
    if value.bitPattern != `default`?.bitPattern { write(name, realText(value)) }
  }

  mutating func positionalReal(_ name: String, _ value: inout Float) {
    arguments.append(realText(value))
  }

  mutating func reals(_ name: String, _ value: inout [Float], default: [Float]) {
    if value.map(\.bitPattern) != `default`.map(\.bitPattern) {
      write(name, "[\(value.map(realText).joined(separator: ", "))]")
    }
  }

  mutating func optionalReals(_ name: String, _ value: inout [Float]?) {
    guard let value else { return }
    let isOne = value.allSatisfy { $0 == value[0] }
    write(
      name, isOne ? realText(value[0]) : "[\(value.map(realText).joined(separator: ", "))]")
  }

  mutating func pair(_ name: String, _ value: inout Pair, default: Pair?) {
    if value != `default` { write(name, pairText(value)) }
  }

  mutating func pair(
    _ name: String, _ value: inout Pair, default: Pair?, from other: String
  ) {
    pair(name, &value, default: `default`)
  }

  mutating func optionalPair(_ name: String, _ value: inout Pair?) {
    if let value { write(name, pairText(value)) }
  }

  mutating func optionalResize(_ name: String, _ value: inout ImagePreprocessing.Resize?) {
    switch value {
    case .shorterSide(let side): write(name, String(side))
    case .size(let size): write(name, listText([size.height, size.width]))
    case nil: break
    }
  }

  mutating func padding(_ name: String, _ value: inout Padding) {
    guard value != .none else { return }
    if value.top != value.bottom || value.left != value.right {
      write(name, listText([value.top, value.left, value.bottom, value.right]))
    } else {
      write(name, pairText(Pair(value.top, value.left)))
    }
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable & Equatable>(
    _ name: String, _ value: inout Word, default: Word?
  ) {
    if value != `default` { write(name, value.rawValue) }
  }

  mutating func function(_ name: String, _ value: inout UnaryFunction?) {
    guard var function = value else { return }
    var writer = CallWriter(operands: [], types: [])
    function.code(&writer)
    let text = writer.arguments.isEmpty ? function.mnemonic : writer.call(function.mnemonic)
    last.append("\(name): \(text)")
  }

  mutating func gateFunctions(
    _ name: String, _ value: inout [GateFunction], default: [GateFunction]
  ) {
    guard value != `default` else { return }
    let texts = value.map { function in
      let numbers = function.numbers.map(realText).joined(separator: ", ")
      return function.mnemonic + (numbers.isEmpty ? "" : "(\(numbers))")
    }
    write(name, "[\(texts.joined(separator: ", "))]")
  }
}

private func listText(_ values: [Int]) -> String {
  "[\(values.map(String.init).joined(separator: ", "))]"
}

private func pairText(_ pair: Pair) -> String {
  pair.height == pair.width ? String(pair.height) : listText([pair.height, pair.width])
}

/// The shortest text that reads back to the same number; whole numbers without a fraction.
func realText(_ value: Float) -> String {
  let text = value.description
  return text.hasSuffix(".0") && text != "-0.0" ? String(text.dropLast(2)) : text
}
