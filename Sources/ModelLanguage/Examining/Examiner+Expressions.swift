import Diagnostics

/// Names and calls in expressions.
extension Examiner {
  func examine(_ expression: Expression) {
    switch expression.kind {
    case .integer, .real, .boolean: break
    case .name(let name):
      names.use(name)
      _ = try? elaborator.lookUp(name, at: expression.range, in: names.scope)
    case .reference(_, let type): examine(type)
    case .list(let elements): elements.forEach(examine)
    case .negate(let operand), .not(let operand): examine(operand)
    case .infix(_, let left, let right):
      examine(left)
      examine(right)
    case .call(let call): examine(call)
    case .stack(let stack): examine(stack)
    }
  }

  private func examine(_ call: CallSyntax) {
    let name = call.callee.text
    let site = Site(scope: names.scope, statement: "", isOutermost: false)
    var reader = CallReader(call, elaborator, site, isExamined: true)
    var isOperator = true
    if let prototype = Operators.prototypes[name] {
      _ = try? reader.readOperation(prototype)
    } else if let builtin = Operators.builtins[name] {
      _ = try? builtin(&reader)
    } else if let block = elaborator.blocks[name] {
      isOperator = false
      if block.name.text == names.block {
        _ = elaborator.insideItself(name, at: call.range)
      }
      check(call, for: block)
    } else {
      isOperator = false
      _ = elaborator.unknownCallee(call.callee)
    }
    call.positional.forEach(examine)
    // What an operator does not take may be a word as well as a value.
    for argument in call.named
    where !isOperator || reader.knownLabels.contains(argument.label.text) {
      if reader.wordLabels.contains(argument.label.text) {
        examineFunctions(argument.value)
      } else {
        examine(argument.value)
      }
    }
  }

  /// The numbers of functions that an argument names: `clip(0, 6)`, `[sigmoid, tanh]`.
  private func examineFunctions(_ expression: Expression) {
    switch expression.kind {
    case .call(let call): (call.positional + call.named.map(\.value)).forEach(examine)
    case .list(let elements): elements.forEach(examineFunctions)
    default: break
    }
  }

  private func check(_ call: CallSyntax, for block: BlockSyntax) {
    do throws(Reported) {
      try elaborator.checkArguments(of: call, for: block)
      let named = call.named.map(\.label.text)
      for parameter in block.parameters.dropFirst(call.positional.count)
      where parameter.defaultValue == nil && !named.contains(parameter.name.text) {
        throw elaborator.missing(parameter.name.text, of: block, at: call.range)
      }
    } catch {}
  }

  private func examine(_ stack: StackSyntax) {
    let call = stack.call
    do throws(Reported) {
      let block = try elaborator.block(call.callee)
      try elaborator.checkStacked(call, block)
      check(call, for: block)
    } catch {}
    call.positional.prefix(1).forEach(examine)
    let others = call.positional.dropFirst() + call.named.map(\.value)
    switch stack.count {
    case .number(let count):
      examine(count)
      others.forEach(examine)
    case .elements(let element, let list):
      examine(list)
      _ = elaborator.isFree(element, in: names.certain)
      names.withElement(element) { others.forEach(examine) }
    case .integers(let element, let first, let last):
      examine(first)
      examine(last)
      _ = elaborator.isFree(element, in: names.certain)
      names.withElement(element) { others.forEach(examine) }
    }
  }
}
