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
    let source = m.offset(ElementPointer(arguments[0], kernel.from), by: index)
    let target = m.offset(ElementPointer(arguments[1], kernel.to), by: index)
    m.storeStored(converted(m.loadStored(source, lanes: lanes), lanes, m), target)
  }

  private func converted(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    switch kernel.to {
    case .float32: m.asFloat(x, kernel.from, lanes: lanes)
    case .bool: m.zeroExtend(isTrue(x, lanes, m), m.type(of: .bool, lanes: lanes))
    case .int64, .int32, .int8, .uint8: asInteger(x, lanes, m)
    }
  }

  private func isTrue(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    kernel.from == .float32
      ? m.compare(.unorderedNotEqual, x, m.number(0, lanes: lanes))
      : m.compare(.notEqual, x, m.zero(m.type(of: kernel.from, lanes: lanes)))
  }

  private func asInteger(_ x: Value, _ lanes: Int, _ m: borrowing IRModule) -> Value {
    let (from, to) = (kernel.from.byteCount, kernel.to.byteCount)
    let integer = m.type(of: kernel.to, lanes: lanes)
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
      let result = m.type(of: element, lanes: lanes)
      return m.intrinsic(
        "llvm.fptosi.sat", overload: [result, m.type(of: .float32, lanes: lanes)], [x])
    }
    guard kernel.to != .int64 else { return saturated(x, .int64) }
    // The remainder is exact, and below every limit of the integer that it becomes first.
    let modulus = Float(sign: .plus, exponent: 8 * kernel.to.byteCount, significand: 1)
    let multiple = m.intrinsic(
      "llvm.trunc", overload: [m.type(of: .float32, lanes: lanes)],
      [m.floatMultiply(x, m.number(1 / modulus, lanes: lanes))])
    let rest = m.floatSubtract(x, m.floatMultiply(multiple, m.number(modulus, lanes: lanes)))
    let whole = saturated(rest, kernel.to == .int32 ? .int64 : .int32)
    return m.truncate(whole, m.type(of: kernel.to, lanes: lanes))
  }
}
