import LLVMKit

/// How the lanes of a vector are computed with: as f32, or as integers that wrap around.
struct LaneArithmetic {
  enum Element { case float, int16, int32 }

  var element = Element.float
  let lanes: Int
  let unit: VectorUnit

  /// Floats, one a lane of the unit.
  init(_ unit: VectorUnit) {
    lanes = unit.lanes
    self.unit = unit
  }

  init(_ element: Element, lanes: Int, _ unit: VectorUnit) {
    self.element = element
    self.lanes = lanes
    self.unit = unit
  }

  func type(_ m: borrowing IRModule) -> IRType {
    switch element {
    case .float: m.vectorType(unit)
    case .int16: m.vector(m.int16, lanes)
    case .int32: m.vector(m.int32, lanes)
    }
  }

  /// A number in all lanes, an integer where lanes are.
  func constant(_ value: Double, _ m: borrowing IRModule) -> Value {
    switch element {
    case .float: m.splat(m.float(Float(value)), lanes: lanes)
    case .int16: m.broadcast(m.truncate(m.int32(Int(value)), m.int16), lanes: lanes)
    case .int32: m.broadcast(m.int32(Int(value)), lanes: lanes)
    }
  }

  func add(_ a: Value, _ b: Value, _ m: borrowing IRModule) -> Value {
    element == .float ? m.floatAdd(a, b) : m.wrappingAdd(a, b)
  }

  func subtract(_ a: Value, _ b: Value, _ m: borrowing IRModule) -> Value {
    element == .float ? m.floatSubtract(a, b) : m.wrappingSubtract(a, b)
  }

  func negate(_ a: Value, _ m: borrowing IRModule) -> Value {
    element == .float ? m.floatNegate(a) : m.wrappingSubtract(m.zero(type(m)), a)
  }

  /// factor · value.
  func multiply(_ value: Value, _ factor: Double, _ m: borrowing IRModule) -> Value {
    let constant = constant(factor, m)
    return element == .float
      ? m.floatMultiply(value, constant) : m.wrappingMultiply(value, constant)
  }

  /// factor · value + sum.
  func multiply(
    _ value: Value, _ factor: Double, addedTo sum: Value, _ m: borrowing IRModule
  ) -> Value {
    element == .float
      ? m.multiplyAdd(value, constant(factor, m), sum, unit)
      : m.wrappingAdd(sum, multiply(value, factor, m))
  }
}
