import GraphIR
import LLVMKit
import Planning

/// Floats that are stored as a `FloatFormat`: every emitter that reads such memory does so by this.
extension IRModule {
  /// Loads a vector of stored floats as f32, from an address aligned to one of them.
  func loadWidened(_ pointer: Value, _ format: FloatFormat, _ unit: VectorUnit) -> Value {
    guard format != .float32 else {
      return loadVector(.floats(pointer), unit)
    }
    func stored(_ type: IRType) -> Value {
      load(vector(type, unit.lanes), pointer, alignment: format.byteCount)
    }
    let bits = vector(int32, unit.lanes)
    switch format {
    case .float16 where unit.instructionSet.widensBinary16:
      return extend(stored(half), to: vectorType(unit))
    case .float16: return widened(binary16: zeroExtend(stored(int16), bits), unit)
    default:
      let sixteen = broadcast(int32(16), lanes: unit.lanes)
      return bitCast(
        shiftLeft(zeroExtend(stored(int16), bits), sixteen), to: vectorType(unit))
    }
  }

  /// The f32 of the same values as the binary16 in the low halves of integers, for a CPU without an
  /// instruction for it.
  ///
  /// With the bits in place and the exponent raised, y is right but for two kinds of numbers.
  /// Subnormal ones have an implicit bit too many, 2⁻¹⁵: 2y − 2⁻¹⁴ is right for them and less than y,
  /// which it is not for any other number. An infinity and a NaN need the highest exponent. No
  /// operand is a subnormal f32, which would count as zero.
  private func widened(binary16 bits: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Int) -> Value { broadcast(int32(value), lanes: unit.lanes) }
    func number(_ value: Float) -> Value { broadcast(float(value), lanes: unit.lanes) }
    let magnitude = shiftLeft(and(bits, k(0x7fff)), k(13))
    let sign = shiftLeft(and(bits, k(0x8000)), k(16))
    let y = bitCast(wrappingAdd(magnitude, k(112 << 23)), to: vectorType(unit))
    let ofSubnormal = floatSubtract(floatAdd(y, y), number(0x1p-14))
    let finite = select(compare(.orderedLess, ofSubnormal, y), ofSubnormal, y)
    let isSpecial = compare(.orderedGreaterOrEqual, y, number(0x1p16))
    let exponent = and(signExtend(isSpecial, vector(int32, unit.lanes)), k(0x7f80_0000))
    return bitCast(
      or(or(bitCast(finite, to: vector(int32, unit.lanes)), exponent), sign),
      to: vectorType(unit))
  }
}
