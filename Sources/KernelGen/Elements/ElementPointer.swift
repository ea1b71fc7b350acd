import GraphIR
import LLVMKit
import Planning

/// Elements in memory: where one is, and what it and those around it are.
///
/// Distances are counted in elements. Only here is known how many bytes they are, and how elements become the
/// f32 that kernels compute with, or stay what they are where they only move.
struct ElementPointer {
  let address: Value
  let element: ElementType

  init(_ address: Value, _ element: ElementType) {
    self.address = address
    self.element = element
  }

  /// Those of an operand, or a scratch, of f32.
  static func floats(_ address: Value) -> ElementPointer { ElementPointer(address, .float32) }
}

// MARK: Places

extension IRModule {
  /// The element so many times a constant number of elements further.
  func offset(
    _ pointer: ElementPointer, by elements: Value, times step: Int = 1
  ) -> ElementPointer {
    offset(pointer, bytes: bytes(elements, times: step, of: pointer.element))
  }

  /// The element so many further.
  func offset(_ pointer: ElementPointer, by elements: Int) -> ElementPointer {
    ElementPointer(
      offset(pointer.address, bytes: elements * pointer.element.byteCount), pointer.element)
  }

  /// The element a distance further that `bytes(_:times:of:)` gave, or a table of such distances.
  func offset(_ pointer: ElementPointer, bytes: Value) -> ElementPointer {
    ElementPointer(offset(pointer.address, bytes: bytes), pointer.element)
  }

  /// A table of such distances, as i64.
  func privateTable(
    _ name: String, bytesOf elements: some Sequence<Int>, _ element: ElementType
  ) -> Value {
    privateTable(name, elements.map { $0 * element.byteCount })
  }

  /// A distance that several pointers are moved by.
  func bytes(_ elements: Value, times step: Int = 1, of element: ElementType) -> Value {
    multiply(elements, int64(step * element.byteCount))
  }

  /// The element so many times a constant number further, which may lead outside of the memory.
  func wildOffset(
    _ pointer: ElementPointer, by elements: Value, times step: Int = 1
  ) -> ElementPointer {
    wildOffset(pointer, bytes: bytes(elements, times: step, of: pointer.element))
  }

  /// The element so many further, which may lead outside of the memory.
  func wildOffset(_ pointer: ElementPointer, by elements: Int) -> ElementPointer {
    wildOffset(pointer, bytes: int64(elements * pointer.element.byteCount))
  }

  /// The element a distance further, which may lead outside of the memory.
  func wildOffset(_ pointer: ElementPointer, bytes: Value) -> ElementPointer {
    ElementPointer(wildOffset(pointer.address, bytes: bytes), pointer.element)
  }

  /// See `nearby(_:bytes:_:)`.
  func nearby(_ pointer: ElementPointer, by elements: Int, _ unit: VectorUnit) -> ElementPointer {
    ElementPointer(
      nearby(pointer.address, bytes: elements * pointer.element.byteCount, unit), pointer.element)
  }

  /// See `settled(_:_:)`.
  func settled(_ pointer: ElementPointer, _ unit: VectorUnit) -> ElementPointer {
    ElementPointer(settled(pointer.address, unit), pointer.element)
  }

  /// See `opaque(_:)`.
  func opaque(_ pointer: ElementPointer) -> ElementPointer {
    ElementPointer(opaque(pointer.address), pointer.element)
  }

  /// See `anotherName(of:)`.
  func anotherName(of pointer: ElementPointer) -> ElementPointer {
    ElementPointer(anotherName(of: pointer.address), pointer.element)
  }

  /// One of two places of elements of one type.
  func select(_ condition: Value, _ a: ElementPointer, _ b: ElementPointer) -> ElementPointer {
    ElementPointer(select(condition, a.address, b.address), a.element)
  }
}

// MARK: Elements as f32

extension IRModule {
  /// One element.
  func load(_ pointer: ElementPointer) -> Value {
    asFloat(loadStored(pointer), pointer.element, lanes: 1)
  }

  /// One element in all lanes.
  func loadBroadcast(_ pointer: ElementPointer, _ unit: VectorUnit) -> Value {
    broadcast(load(pointer), lanes: unit.lanes)
  }

  /// A vector of elements.
  func loadVector(_ pointer: ElementPointer, _ unit: VectorUnit) -> Value {
    loadVector(pointer, lanes: unit.lanes, unit)
  }

  /// The first `lanes` elements of a vector, zeros behind them; touches no other memory.
  func loadVector(_ pointer: ElementPointer, lanes: Int, _ unit: VectorUnit) -> Value {
    asFloat(loadStored(pointer, lanes: lanes, unit), pointer.element, lanes: unit.lanes)
  }

  /// Stores one element; where elements are no f32 it must be one of their type.
  func store(_ value: Value, _ pointer: ElementPointer) {
    storeStored(exactly(value, pointer.element, lanes: 1), pointer)
  }

  /// Stores a vector, whose elements must be of the type of those in memory.
  func storeVector(_ value: Value, _ pointer: ElementPointer, _ unit: VectorUnit) {
    storeVector(value, pointer, lanes: unit.lanes, unit)
  }

  /// Stores the first `lanes` elements of a vector, touching no other memory.
  func storeVector(_ value: Value, _ pointer: ElementPointer, lanes: Int, _ unit: VectorUnit) {
    storeStored(exactly(value, pointer.element, lanes: unit.lanes), pointer, lanes: lanes, unit)
  }
}

// MARK: Elements that are f32, or what they are in memory, meanwhile

extension IRModule {
  /// One element as f32, or as it is.
  func load(_ pointer: ElementPointer, as element: ElementType) -> Value {
    element == pointer.element ? loadStored(pointer) : load(pointer)
  }

  /// The first `lanes` elements of a vector as f32, or as they are.
  func loadVector(
    _ pointer: ElementPointer, lanes: Int, as element: ElementType, _ unit: VectorUnit
  ) -> Value {
    element == pointer.element
      ? loadStored(pointer, lanes: lanes, unit) : loadVector(pointer, lanes: lanes, unit)
  }

  /// Stores one element that is f32, or as in memory.
  func store(_ value: Value, _ pointer: ElementPointer, as element: ElementType) {
    element == pointer.element ? storeStored(value, pointer) : store(value, pointer)
  }

  /// Stores the first `lanes` elements of a vector of f32, or of what they are in memory.
  func storeVector(
    _ value: Value, _ pointer: ElementPointer, lanes: Int, as element: ElementType,
    _ unit: VectorUnit
  ) {
    element == pointer.element
      ? storeStored(value, pointer, lanes: lanes, unit)
      : storeVector(value, pointer, lanes: lanes, unit)
  }
}

// MARK: Elements as they are

extension IRModule {
  /// The type of elements, one or a vector, that were loaded as they are.
  func type(of element: ElementType, lanes: Int = 1) -> IRType {
    let one =
      switch element {
      case .float32: float
      case .int64: int64
      case .int32: int32
      case .int8, .uint8, .bool: byte
      }
    return lanes == 1 ? one : vector(one, lanes)
  }

  /// So many elements side by side, one unless said.
  func loadStored(_ pointer: ElementPointer, lanes: Int = 1) -> Value {
    load(
      type(of: pointer.element, lanes: lanes), pointer.address,
      alignment: pointer.element.byteCount)
  }

  /// The first `lanes` elements of a vector of the unit, zeros behind them; touches no other memory.
  func loadStored(_ pointer: ElementPointer, lanes: Int, _ unit: VectorUnit) -> Value {
    guard lanes < unit.lanes else { return loadStored(pointer, lanes: lanes) }
    let type = type(of: pointer.element, lanes: unit.lanes)
    guard pointer.element.hasMaskedAccess else {
      return (0..<lanes).reduce(zero(type)) { vector, lane in
        insert(loadStored(offset(pointer, by: lane)), into: vector, lane: lane)
      }
    }
    return loadFirst(
      lanes, of: type, lanes: unit.lanes, pointer.address, alignment: pointer.element.byteCount)
  }

  /// Stores what was loaded so, one element or several side by side.
  func storeStored(_ value: Value, _ pointer: ElementPointer) {
    store(value, pointer.address, alignment: pointer.element.byteCount)
  }

  /// Stores the first `lanes` elements of a vector of the unit, touching no other memory.
  func storeStored(_ value: Value, _ pointer: ElementPointer, lanes: Int, _ unit: VectorUnit) {
    guard lanes < unit.lanes else { return storeStored(value, pointer) }
    guard pointer.element.hasMaskedAccess else {
      for lane in 0..<lanes {
        storeStored(extract(value, lane: lane), offset(pointer, by: lane))
      }
      return
    }
    storeFirst(
      lanes, of: value, lanes: unit.lanes, pointer.address, alignment: pointer.element.byteCount)
  }

  /// Elements that were loaded as they are, one or a vector of so many lanes, as f32.
  func asFloat(_ stored: Value, _ element: ElementType, lanes: Int) -> Value {
    let floats = type(of: .float32, lanes: lanes)
    switch element {
    case .float32: return stored
    case .bool:
      let isTrue = compare(.notEqual, stored, zero(type(of: element, lanes: lanes)))
      return select(isTrue, number(1, lanes: lanes), number(0, lanes: lanes))
    case .uint8:
      return integerToFloat(zeroExtend(stored, type(of: .int32, lanes: lanes)), floats)
    case .int8, .int32, .int64: return integerToFloat(stored, floats)
    }
  }

  /// A float, in as many lanes.
  func number(_ value: Float, lanes: Int) -> Value {
    lanes == 1 ? float(value) : splat(float(value), lanes: lanes)
  }

  /// f32 as the elements of a type that they are equal to.
  private func exactly(_ value: Value, _ element: ElementType, lanes: Int) -> Value {
    switch element {
    case .float32: value
    case .int32, .int64: floatToInteger(value, type(of: element, lanes: lanes))
    case .int8, .uint8, .bool:
      truncate(
        floatToInteger(value, type(of: .int32, lanes: lanes)), type(of: element, lanes: lanes))
    }
  }
}

extension ElementType {
  /// Whether all instruction sets load and store parts of vectors of such elements well; those of bytes are
  /// taken one by one.
  fileprivate var hasMaskedAccess: Bool { byteCount >= ElementType.float32.byteCount }
}
