import Diagnostics
import GraphIR

/// Attributes that are functions, written with their numbers, `clip(0, 6)`, or without any, `relu`.
extension CallReader {
  mutating func function(_ name: String, _ value: inout UnaryFunction?) {
    guard let written = labelled(name) else {
      value = nil
      return
    }
    attemptWord(name, &value) { reader throws(Reported) in try reader.unaryFunction(written, name) }
  }

  private func unaryFunction(
    _ written: Expression, _ name: String
  ) throws(Reported) -> UnaryFunction {
    guard let call = functionCall(written) else {
      throw elaborator.report(
        "\(what(name)) is a function of one element such as relu", at: written.range)
    }
    guard var function = Operators.epilogues[call.callee.text] else {
      throw elaborator.report(
        "\(what(name)) is not a function of one element: '\(call.callee.text)'",
        at: call.callee.range,
        hint: nearestNamesHint(for: call.callee.text, in: Operators.epilogues.keys))
    }
    var reader = CallReader(call, elaborator, site, isExamined: isExamined)
    function.code(&reader)
    try reader.finish()
    return function
  }

  /// A function that is written with its numbers, `clip(0, 6)`, or without any, `relu`.
  private func functionCall(_ written: Expression) -> CallSyntax? {
    switch written.kind {
    case .name(let text):
      CallSyntax(
        callee: NameSyntax(text: text, range: written.range), positional: [], named: [],
        range: written.range)
    case .call(let call): call
    default: nil
    }
  }

  mutating func gateFunctions(
    _ name: String, _ value: inout [GateFunction], default: [GateFunction]
  ) {
    guard let written = labelled(name) else {
      value = `default`
      return
    }
    attemptWord(name, &value) { reader throws(Reported) in
      guard case .list(let elements) = written.kind else {
        throw reader.elaborator.report(
          "\(reader.what(name)) is a list of functions such as [sigmoid, tanh]", at: written.range)
      }
      return try reader.elaborator.all(elements) { element throws(Reported) in
        try reader.gateFunction(element, name)
      }
    }
  }

  private func gateFunction(
    _ written: Expression, _ name: String
  ) throws(Reported) -> GateFunction {
    guard let call = functionCall(written) else {
      throw elaborator.report(
        "\(what(name)) holds functions of one element such as tanh", at: written.range)
    }
    guard var function = Operators.gateFunctions[call.callee.text] else {
      throw elaborator.report(
        "\(what(name)) has no function '\(call.callee.text)'", at: call.callee.range,
        hint: nearestNamesHint(for: call.callee.text, in: Operators.gateFunctions.keys))
    }
    var reader = CallReader(call, elaborator, site, isExamined: isExamined)
    function.code(&reader)
    try reader.finish()
    return function
  }
}
