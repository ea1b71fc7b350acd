import GraphIR
import LLVMKit
import Planning

/// Emits a `ConvertKernel`: vectors, then single elements.
struct ConvertEmitter {
  let kernel: ConvertKernel
  let unit: VectorUnit

  func emit(_ name: String, into m: borrowing IRModule) {
    let (arguments, task) = m.beginKernel(name, arguments: 2, unit)
    let (first, end) = m.run(task, of: ConvertKernel.elementsPerTask, total: kernel.count)
    // A task begins at a whole vector, and all but the last end at one.
    let whole = m.minimum(end, m.int64(kernel.count / unit.lanes * unit.lanes))
    m.loop(from: first, to: whole, step: unit.lanes) { index, _ in
      emitElements(arguments, at: index, lanes: unit.lanes, m)
      return []
    }
    m.loop(from: whole, to: end) { index, _ in
      emitElements(arguments, at: index, lanes: 1, m)
      return []
    }
    m.returnVoid()
  }

  /// So many elements from `index` on.
  private func emitElements(
    _ arguments: [Value], at index: Value, lanes: Int, _ m: borrowing IRModule
  ) {
    func place(_ pointer: Value, _ element: ElementType) -> Value {
      m.offset(pointer, bytes: m.multiply(index, m.int64(element.byteCount)))
    }
    let x = m.load(
      type(kernel.from, lanes, m), place(arguments[0], kernel.from),
      alignment: kernel.from.byteCount)
    m.store(
      converted(x, lanes, m), place(arguments[1], kernel.to), alignment: kernel.to.byteCount)
  }

  private func type(_ element: ElementType, _ lanes: Int, _ m: borrowing IRModule) -> IRType {
    let one =
      switch element {
      case .float32: m.float
      case .int64: m.int64
      case .int32: m.int32
      case .int8, .uint8, .bool: m.byte
      }
    return lanes == 1 ? one : m.vector(one, lanes)
  }

  private func converted(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    switch kernel.to {
    case .float32: asFloat(x, lanes, m)
    case .bool: m.zeroExtend(isTrue(x, lanes, m), type(.bool, lanes, m))
    case .int64, .int32, .int8, .uint8: asInteger(x, lanes, m)
    }
  }

  private func number(_ value: Float, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    lanes == 1 ? m.float(value) : m.splat(m.float(value), lanes: lanes)
  }

  private func isTrue(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    kernel.from == .float32
      ? m.compare(.unorderedNotEqual, x, number(0, lanes, m))
      : m.compare(.notEqual, x, m.zero(type(kernel.from, lanes, m)))
  }

  private func asFloat(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    let float = type(.float32, lanes, m)
    switch kernel.from {
    case .float32: return x
    case .bool:
      return m.select(isTrue(x, lanes, m), number(1, lanes, m), number(0, lanes, m))
    case .uint8: return m.integerToFloat(m.zeroExtend(x, type(.int32, lanes, m)), float)
    case .int8, .int32, .int64: return m.integerToFloat(x, float)
    }
  }

  private func asInteger(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    let (from, to) = (kernel.from.byteCount, kernel.to.byteCount)
    let integer = type(kernel.to, lanes, m)
    switch kernel.from {
    case .float32: return truncated(x, lanes, m)
    case .bool: return m.zeroExtend(isTrue(x, lanes, m), integer)
    case .uint8 where from < to: return m.zeroExtend(x, integer)
    case .int64, .int32, .int8, .uint8:
      if from == to { return x }
      return from < to ? m.signExtend(x, integer) : m.truncate(x, integer)
    }
  }

  /// What is before the point; of that the low bits where the result is narrow.
  private func truncated(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    func saturated(_ x: Value, _ element: ElementType) -> Value {
      let result = type(element, lanes, m)
      return m.intrinsic(
        "llvm.fptosi.sat", overload: [result, type(.float32, lanes, m)], [x])
    }
    guard kernel.to != .int64 else { return saturated(x, .int64) }
    // The remainder is exact, and below every limit of the integer that it becomes first.
    let modulus = Float(sign: .plus, exponent: 8 * kernel.to.byteCount, significand: 1)
    let multiple = m.intrinsic(
      "llvm.trunc", overload: [type(.float32, lanes, m)],
      [m.floatMultiply(x, number(1 / modulus, lanes, m))])
    let rest = m.floatSubtract(x, m.floatMultiply(multiple, number(modulus, lanes, m)))
    let whole = saturated(rest, kernel.to == .int32 ? .int64 : .int32)
    return m.truncate(whole, type(kernel.to, lanes, m))
  }
}
