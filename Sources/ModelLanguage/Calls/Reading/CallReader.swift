import Diagnostics
import GraphIR

/// Reads the arguments of one call. A missing attribute is reported by `finish`, after unknown
/// ones, because a name that is misspelt is also missing; and a wrong one does not keep others from
/// being read.
///
/// A call that is only examined is read up to `finish`, without values: there are no operands, and
/// attributes keep what they are.
struct CallReader {
  let call: CallSyntax
  let elaborator: Elaborator
  let site: Site
  /// Whether the call is not carried out: what it is given has no values.
  let isExamined: Bool
  /// The operands so far.
  var operands: [NodeID] = []
  private var nextPositional = 0
  /// Labels that the call may have, as far as it is read.
  private(set) var knownLabels: [String] = []
  /// Labels of arguments that are words of the language, or functions, and no values.
  private(set) var wordLabels: Set<String> = []
  /// Labels of arguments that are there, by position or by name.
  private(set) var givenLabels: Set<String> = []
  private var missing: [String] = []
  /// Whether an attribute was wrong, and reported.
  private var isWrong = false
  private var chosenName: String?

  init(_ call: CallSyntax, _ elaborator: Elaborator, _ site: Site, isExamined: Bool = false) {
    self.call = call
    self.elaborator = elaborator
    self.site = site
    self.isExamined = isExamined
  }

  /// The callee's name.
  var callee: String { call.callee.text }

  var operandTypes: [TensorType] { operands.map { elaborator.graph[$0].type } }

  /// The name of the call's node: the statement's for the outermost call.
  mutating func nodeName() throws(Reported) -> String {
    if let chosenName { return chosenName }
    let name = try elaborator.nodeName(callee, at: site, call.range)
    chosenName = name
    return name
  }

  // MARK: Arguments

  /// The argument with a label, which becomes a known one.
  mutating func labelled(_ label: String) -> Expression? {
    knownLabels.append(label)
    guard let argument = call.named.first(where: { $0.label.text == label }) else { return nil }
    givenLabels.insert(label)
    return argument.value
  }

  /// The next argument by position.
  mutating func positional() -> Expression? {
    guard nextPositional < call.positional.count else { return nil }
    nextPositional += 1
    return call.positional[nextPositional - 1]
  }

  /// The next argument by position, or else the one with a label.
  mutating func positional(orLabelled label: String) -> Expression? {
    if let labelled = labelled(label) { return labelled }
    guard let positional = positional() else { return nil }
    givenLabels.insert(label)
    return positional
  }

  /// Sets an attribute to what `read` gives, or lets it be where that is a mistake, so that all
  /// mistakes of a call are reported: `finish` throws.
  mutating func attempt<Attribute>(
    _ value: inout Attribute, _ read: (CallReader) throws(Reported) -> Attribute
  ) {
    guard !isExamined else { return }
    do throws(Reported) {
      value = try read(self)
    } catch {
      isWrong = true
    }
  }

  /// Does the same for an attribute that is a word or a function, which needs no values to be known.
  mutating func attemptWord<Attribute>(
    _ label: String, _ value: inout Attribute,
    _ read: (CallReader) throws(Reported) -> Attribute
  ) {
    wordLabels.insert(label)
    do throws(Reported) {
      value = try read(self)
    } catch {
      isWrong = true
    }
  }

  /// Notes that a required attribute has no value, which is missing unless it is given and wrong.
  mutating func miss(_ label: String) {
    if !givenLabels.contains(label) { missing.append(label) }
  }

  /// How a message begins that speaks of an attribute.
  func what(_ label: String) -> String { "'\(label)' of \(callee)" }

  /// Reads operands by position.
  mutating func readOperands(_ count: OperandCount) throws(Reported) {
    switch count {
    case .exactly(let count):
      let written = (0..<count).compactMap { _ in positional() }
      if !isExamined {
        operands += try elaborator.all(written) { expression throws(Reported) in
          try elaborator.tensor(expression, at: site.nested, "an operand of \(callee)")
        }
      }
      guard written.count == count else {
        throw elaborator.report(
          "\(callee) takes \(quantity(count, "operand")), not \(written.count)", at: call.range)
      }
    case .atLeastOne:
      try readVariadic()
    }
  }

  /// All arguments by position, or the elements of one list.
  private mutating func readVariadic() throws(Reported) {
    var written: [Expression] = []
    while let expression = positional() { written.append(expression) }
    if isExamined, !written.isEmpty { return }
    var values = try elaborator.evaluate(written[...], at: site.nested)
    if values.count == 1, case .list(let elements) = values[0] { values = elements }
    for value in values {
      guard case .tensor(let id) = value else {
        throw elaborator.report(
          "an operand of \(callee) is a tensor, not \(value.description)", at: call.range)
      }
      operands.append(id)
    }
    guard !operands.isEmpty else {
      throw elaborator.report("\(callee) takes at least 1 operand, not 0", at: call.range)
    }
  }

  /// The operand with a label, if it is given.
  mutating func readLabelledOperand(_ label: String) throws(Reported) -> Bool {
    guard let expression = labelled(label) else { return false }
    operands.append(try elaborator.tensor(expression, at: site.nested, what(label)))
    return true
  }

  /// Checks that every argument was used and right, and every required one given; throws for a
  /// call that is only examined, too, which goes no further.
  func finish() throws(Reported) {
    try checkLabels()
    if isWrong, !isExamined { throw Reported() }
    if nextPositional < call.positional.count {
      throw elaborator.report(
        "\(callee) takes \(quantity(nextPositional, "argument")) by position, not \(call.positional.count)",
        at: call.positional[nextPositional].range,
        hint: knownLabels.isEmpty ? nil : "write attributes with their names")
    }
    if let first = missing.first {
      throw elaborator.report("\(callee) needs '\(first)'", at: call.range)
    }
    if isExamined { throw Reported() }
  }

  private func checkLabels() throws(Reported) {
    let unknown = call.named.filter { !knownLabels.contains($0.label.text) }
    for argument in unknown {
      elaborator.report(
        "unknown attribute '\(argument.label.text)' of \(callee)", at: argument.label.range,
        hint: nearestNamesHint(for: argument.label.text, in: knownLabels))
    }
    if !unknown.isEmpty { throw Reported() }
  }

  /// Reads a call of the operation that has this prototype.
  mutating func readOperation(_ prototype: Operation) throws(Reported) -> Operation {
    switch prototype {
    case .convolution: try readConvolution()
    case .transposedConvolution: try readTransposedConvolution()
    case .dynamicConvolution: try readDynamicConvolution()
    case .binary(.prelu, _): try readPrelu()
    case .linear: try readLinear()
    case .attention: try readAttention()
    case .recurrent: try readRecurrent(prototype)
    case .batchNormalization: try readBatchNormalization()
    case .quantize, .dequantize: try readQuantization(prototype)
    default: try readSimple(prototype)
    }
  }

  /// Reads a call whose operands are all given by position.
  mutating func readSimple(_ prototype: Operation) throws(Reported) -> Operation {
    var operation = prototype
    try readOperands(prototype.positionalOperands)
    operation.code(&self)
    try finish()
    return operation
  }
}
