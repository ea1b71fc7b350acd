import GraphIR
import LLVMKit
import Planning

/// Elements in memory as the f32 that is computed with.
extension IRModule {
  /// Loads one element.
  func loadElement(_ pointer: Value, _ element: ElementType) -> Value {
    guard element == .uint8 else { return load(float, pointer, alignment: 4) }
    return integerToFloat(zeroExtend(load(byte, pointer, alignment: 1), int32), float)
  }

  /// Stores one element; of f32 that become u8 each must be an integer of that type.
  func storeElement(_ value: Value, _ pointer: Value, _ element: ElementType) {
    guard element == .uint8 else { return store(value, pointer, alignment: 4) }
    store(truncate(floatToInteger(value, int32), byte), pointer, alignment: 1)
  }

  /// Loads the first `lanes` elements into a vector, touching no other memory.
  func loadElements(
    _ pointer: Value, lanes: Int, _ element: ElementType, _ unit: VectorUnit
  ) -> Value {
    guard element == .uint8 else { return loadVector(pointer, lanes: lanes, unit) }
    let integers = vector(int32, unit.lanes)
    var bytes: Value
    if lanes == unit.lanes {
      bytes = load(vector(byte, lanes), pointer, alignment: 1)
    } else {
      bytes = zero(vector(byte, unit.lanes))
      for lane in 0..<lanes {
        bytes = insert(
          load(byte, offset(pointer, bytes: lane), alignment: 1), into: bytes, lane: lane)
      }
    }
    return integerToFloat(zeroExtend(bytes, integers), vectorType(unit))
  }

  /// Stores the first `lanes` elements of a vector, touching no other memory; of f32 that become u8 each must be an
  /// integer of that type.
  func storeElements(
    _ value: Value, _ pointer: Value, lanes: Int, _ element: ElementType, _ unit: VectorUnit
  ) {
    guard element == .uint8 else { return storeVector(value, pointer, lanes: lanes, unit) }
    let bytes = truncate(
      floatToInteger(value, vector(int32, unit.lanes)), vector(byte, unit.lanes))
    guard lanes < unit.lanes else { return store(bytes, pointer, alignment: 1) }
    for lane in 0..<lanes {
      store(extract(bytes, lane: lane), offset(pointer, bytes: lane), alignment: 1)
    }
  }
}
