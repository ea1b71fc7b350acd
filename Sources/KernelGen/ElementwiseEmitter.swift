import LLVMKit
import Planning

/// Emits an `ElementwiseKernel`: nested loops, the innermost in vectors where its strides allow.
struct ElementwiseEmitter {
  let kernel: ElementwiseKernel
  let unit: VectorUnit

  private var arity: Int { kernel.function.arity }

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: arity + 1, unit)
    let first = m.multiply(task, m.int64(kernel.rowsPerTask))
    let end = m.minimum(m.add(first, m.int64(kernel.rowsPerTask)), m.int64(kernel.extents[0]))
    m.loop(from: first, to: end) { row, _ in
      emitAxis(1, advance(arguments, axis: 0, by: row, m), m)
      return []
    }
    m.returnVoid()
  }

  private func advance(
    _ pointers: [Value], axis: Int, by index: Value, _ m: borrowing IRModule
  ) -> [Value] {
    zip(pointers, kernel.strides).map { pointer, strides in
      strides[axis] == 0 ? pointer : m.offset(pointer, bytes: m.floats(index, strides[axis]))
    }
  }

  private func emitAxis(_ axis: Int, _ pointers: [Value], _ m: borrowing IRModule) {
    guard axis < kernel.extents.count else {
      m.store(
        value(pointers.dropLast().map { m.load(m.float, $0, alignment: 4) }, m), pointers.last!,
        alignment: 4)
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
      let operands = zip(here.dropLast(), kernel.strides).map { pointer, strides in
        strides[axis] == 0
          ? m.loadBroadcast(pointer, unit) : m.loadVector(pointer, lanes: lanes, unit)
      }
      m.storeVector(value(operands, m), here.last!, lanes: lanes, unit)
    }
  }

  private func value(_ operands: [Value], _ m: borrowing IRModule) -> Value {
    switch kernel.function {
    case .copy: return operands[0]
    case .fill(let value):
      let isVector = kernel.strides.last!.last! == 1 && kernel.extents.count > 1
      return isVector ? m.splat(m.float(value), lanes: unit.lanes) : m.float(value)
    case .unary(let function): return m.apply(function, operands[0], unit)
    case .binary(let function, let then):
      let result = m.apply(function, operands[0], operands[1])
      return then.map { m.apply($0, result, unit) } ?? result
    case .scaleShift(let then):
      let result = m.multiplyAdd(operands[0], operands[1], operands[2], unit)
      return then.map { m.apply($0, result, unit) } ?? result
    }
  }
}
