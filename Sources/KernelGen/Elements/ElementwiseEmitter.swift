import GraphIR
import LLVMKit
import Planning

/// Emits an `ElementwiseKernel`: nested loops, the innermost in vectors where its strides allow.
struct ElementwiseEmitter {
  let kernel: ElementwiseKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: kernel.strides.count, unit)
    let pointers = zip(arguments, kernel.elements).map { ElementPointer($0, $1) }
    let (first, end) = m.run(task, of: kernel.rowsPerTask, total: kernel.extents[0])
    m.loop(from: first, to: end) { row, _ in
      emitAxis(1, advance(pointers, axis: 0, by: row, m), m)
      return []
    }
    m.returnVoid()
  }

  private func advance(
    _ pointers: [ElementPointer], axis: Int, by index: Value, _ m: borrowing IRModule
  ) -> [ElementPointer] {
    zip(pointers, kernel.strides).map { pointer, strides in
      strides[axis] == 0 ? pointer : m.offset(pointer, by: index, times: strides[axis])
    }
  }

  /// What elements are while they are computed with, or moved.
  private var computed: ElementType { kernel.computedElement }

  private func emitAxis(_ axis: Int, _ pointers: [ElementPointer], _ m: borrowing IRModule) {
    guard axis < kernel.extents.count else {
      let operands = pointers.prefix(kernel.inputCount).map { m.load($0, as: computed) }
      for (result, place) in results(operands, lanes: 1, m) {
        m.store(result, pointers[place], as: computed)
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

  private func emitVectors(
    _ axis: Int, _ pointers: [ElementPointer], _ m: borrowing IRModule
  ) {
    m.forEachVector(kernel.extents[axis], unit) { index, lanes in
      let here = advance(pointers, axis: axis, by: index, m)
      let operands = (0..<kernel.inputCount).map { operand in
        kernel.strides[operand][axis] == 0
          ? m.broadcast(m.load(here[operand], as: computed), lanes: unit.lanes)
          : m.loadVector(here[operand], lanes: lanes, as: computed, unit)
      }
      for (result, place) in results(operands, lanes: unit.lanes, m) {
        m.storeVector(result, here[place], lanes: lanes, as: computed, unit)
      }
    }
  }

  /// The values to store, and the numbers of the pointers to store them at.
  private func results(
    _ operands: [Value], lanes: Int, _ m: borrowing IRModule
  ) -> [(Value, Int)] {
    let first = value(kernel.function, operands, lanes: lanes, m)
    let last = kernel.strides.count - 1
    guard let second = kernel.second else { return [(first, last)] }
    let other = value(second, operands + [first], lanes: lanes, m)
    return [(first, last), (other, kernel.inputCount)]
  }

  /// The value of the expression, a vector where the loads were of vectors.
  private func value(
    _ expression: ElementwiseExpression, _ operands: [Value], lanes: Int,
    _ m: borrowing IRModule
  ) -> Value {
    func part(_ expression: ElementwiseExpression) -> Value {
      value(expression, operands, lanes: lanes, m)
    }
    switch expression {
    case .operand(let index): return operands[index]
    case .constant(let value):
      return m.number(value, lanes: lanes)
    case .unary(let function, let x): return m.apply(function, part(x), unit)
    case .binary(let function, let a, let b): return m.apply(function, part(a), part(b))
    case .bits(let function, let a, let b):
      let integers = m.integerType(like: part(a), unit)
      let result = m.apply(
        function, m.floatToInteger(part(a), integers), m.floatToInteger(part(b), integers))
      return m.integerToFloat(result, m.type(of: .float32, lanes: lanes))
    case .storedBits(let function, let a, let b): return m.apply(function, part(a), part(b))
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
