import GraphIR
import LLVMKit
import Planning

/// Emits an `ElementwiseKernel`: nested loops, the innermost in vectors where its strides allow.
struct ElementwiseEmitter {
  let kernel: ElementwiseKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: kernel.strides.count, unit)
    let (first, end) = m.run(task, of: kernel.rowsPerTask, total: kernel.extents[0])
    m.loop(from: first, to: end) { row, _ in
      emitAxis(1, advance(arguments, axis: 0, by: row, m), m)
      return []
    }
    m.returnVoid()
  }

  private func advance(
    _ pointers: [Value], axis: Int, by index: Value, _ m: borrowing IRModule
  ) -> [Value] {
    pointers.indices.map { operand in
      let stride = kernel.strides[operand][axis] * kernel.elements[operand].byteCount
      return stride == 0
        ? pointers[operand] : m.offset(pointers[operand], bytes: m.multiply(index, m.int64(stride)))
    }
  }

  private func emitAxis(_ axis: Int, _ pointers: [Value], _ m: borrowing IRModule) {
    guard axis < kernel.extents.count else {
      let operands = zip(pointers.prefix(kernel.inputCount), kernel.elements).map {
        m.loadElement($0, $1)
      }
      for (result, place) in results(operands, isVector: false, m) {
        m.storeElement(result, pointers[place], kernel.elements[place])
      }
      return
    }
    let isVector =
      axis == kernel.extents.count - 1 && kernel.strides.last![axis] == 1
      && kernel.strides.allSatisfy { $0[axis] == 0 || $0[axis] == 1 }
    if isVector {
      emitVectors(axis, pointers, m)
      return
    }
    m.loop(from: m.int64(0), to: m.int64(kernel.extents[axis])) { index, _ in
      emitAxis(axis + 1, advance(pointers, axis: axis, by: index, m), m)
      return []
    }
  }

  private func emitVectors(_ axis: Int, _ pointers: [Value], _ m: borrowing IRModule) {
    m.forEachVector(kernel.extents[axis], unit) { index, lanes in
      let here = advance(pointers, axis: axis, by: index, m)
      let operands = (0..<kernel.inputCount).map { operand in
        let element = kernel.elements[operand]
        return kernel.strides[operand][axis] == 0
          ? m.broadcast(m.loadElement(here[operand], element), lanes: unit.lanes)
          : m.loadElements(here[operand], lanes: lanes, element, unit)
      }
      for (result, place) in results(operands, isVector: true, m) {
        m.storeElements(result, here[place], lanes: lanes, kernel.elements[place], unit)
      }
    }
  }

  /// The values to store, and the numbers of the pointers to store them at.
  private func results(
    _ operands: [Value], isVector: Bool, _ m: borrowing IRModule
  ) -> [(Value, Int)] {
    let first = value(kernel.function, operands, isVector: isVector, m)
    let last = kernel.strides.count - 1
    guard let second = kernel.second else { return [(first, last)] }
    let other = value(second, operands + [first], isVector: isVector, m)
    return [(first, last), (other, kernel.inputCount)]
  }

  /// The value of the expression: a vector where the loads were of vectors.
  private func value(
    _ expression: ElementwiseExpression, _ operands: [Value], isVector: Bool,
    _ m: borrowing IRModule
  ) -> Value {
    func part(_ expression: ElementwiseExpression) -> Value {
      value(expression, operands, isVector: isVector, m)
    }
    switch expression {
    case .operand(let index): return operands[index]
    case .constant(let value):
      return isVector ? m.splat(m.float(value), lanes: unit.lanes) : m.float(value)
    case .unary(let function, let x): return m.apply(function, part(x), unit)
    case .binary(let function, let a, let b): return m.apply(function, part(a), part(b))
    case .bits(let function, let a, let b):
      let integers = m.integerType(like: part(a), unit)
      let result = m.apply(
        function, m.floatToInteger(part(a), integers), m.floatToInteger(part(b), integers))
      return m.integerToFloat(result, isVector ? m.vectorType(unit) : m.float)
    case .words(let function, let a, let b):
      let words = m.integerType(like: part(a), unit)
      let result = m.apply(function, m.bitCast(part(a), to: words), m.bitCast(part(b), to: words))
      return m.bitCast(result, to: isVector ? m.vectorType(unit) : m.float)
    case .compare(let comparison, let a, let b):
      let (one, zero) = (part(.constant(1)), part(.constant(0)))
      return m.select(m.compare(comparison.predicate, part(a), part(b)), one, zero)
    case .select(let condition, let a, let b):
      let holds = m.compare(.unorderedNotEqual, part(condition), part(.constant(0)))
      return m.select(holds, part(a), part(b))
    case .multiplyAdd(let a, let b, let c): return m.multiplyAdd(part(a), part(b), part(c), unit)
    }
  }
}

extension Comparison {
  fileprivate var predicate: FloatPredicate {
    switch self {
    case .equal: .orderedEqual
    case .less: .orderedLess
    case .lessOrEqual: .orderedLessOrEqual
    }
  }
}
