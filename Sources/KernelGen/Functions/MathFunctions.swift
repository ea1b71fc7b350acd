import GraphIR
import LLVMKit

/// Functions of one element, for scalars and vectors alike. NaN in gives NaN out everywhere but in `saturate`.
extension IRModule {
  /// A float constant of the type of `like`: in every lane of a vector.
  func constant(_ value: Float, like: Value, _ unit: VectorUnit) -> Value {
    isScalar(like) ? float(value) : splat(float(value), lanes: unit.lanes)
  }

  func isScalar(_ value: Value) -> Bool { typeOf(value) == float }

  /// The function applied to every lane.
  func apply(_ function: UnaryFunction, _ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    switch function {
    case .relu: return atLeast(x, k(0))
    case .clip(let low, let high): return atMost(atLeast(x, k(low)), k(high))
    case .saturate(let low, let high):
      let raised = select(compare(.orderedLess, k(low), x), x, k(low))
      let nearest = select(compare(.orderedLess, raised, k(high)), raised, k(high))
      // A low end of 0 took the place of -0.
      return low.sign == .minus ? floatAdd(nearest, k(0)) : nearest
    case .sigmoid: return sigmoid(x, unit)
    case .tanh: return hyperbolicTangent(x, unit)
    case .leakyRelu(let slope):
      return select(compare(.orderedLess, x, k(0)), floatMultiply(x, k(slope)), x)
    case .hardSigmoid(let alpha, let beta):
      return atMost(atLeast(line(x, alpha, beta, unit), k(0)), k(1))
    case .hardSwish:
      // x + 3 is exact where it is small.
      let gate = atMost(atLeast(floatAdd(x, k(3)), k(0)), k(6))
      return floatMultiply(x, floatMultiply(gate, k(1 / 6)))
    case .silu: return sigmoidProduct(x, power(ofMinus: magnitude(x), unit), unit)
    case .exp: return exponential(x, unit)
    case .log: return logarithm(x, unit)
    case .sqrt: return intrinsic("llvm.sqrt", overload: [typeOf(x)], [x])
    case .reciprocal: return floatDivide(k(1), x)
    case .negate: return floatNegate(x)
    case .absolute: return magnitude(x)
    case .floor: return intrinsic("llvm.floor", overload: [typeOf(x)], [x])
    case .ceil: return intrinsic("llvm.ceil", overload: [typeOf(x)], [x])
    case .erf: return errorFunction(x, unit)
    case .elu(let alpha): return exponentialUnit(x, alpha, unit)
    case .softplus: return softplus(x, unit)
    case .mish: return mish(x, unit)
    case .gelu: return normalGate(x, unit)
    case .geluTanh: return sigmoidProduct(x, power(ofMinusGeluCurve: x, unit), unit)
    case .sin: return circular(.sin, x, unit)
    case .cos: return circular(.cos, x, unit)
    case .tan: return circular(.tan, x, unit)
    case .asin: return arcSine(x, unit)
    case .acos: return arcCosine(x, unit)
    case .atan: return arcTangent(x, unit)
    case .sinh: return hyperbolicSine(x, unit)
    case .cosh: return hyperbolicCosine(x, unit)
    case .asinh: return inverseHyperbolicSine(x, unit)
    case .acosh: return inverseHyperbolicCosine(x, unit)
    case .atanh: return inverseHyperbolicTangent(x, unit)
    case .round: return rounded(x, unit)
    }
  }

  /// The function applied to every pair of lanes.
  func apply(_ function: BinaryFunction, _ a: Value, _ b: Value) -> Value {
    switch function {
    case .add: floatAdd(a, b)
    case .subtract: floatSubtract(a, b)
    case .multiply: floatMultiply(a, b)
    case .divide: floatDivide(a, b)
    case .minimum: propagatingNaN(a, select(compare(.orderedLess, a, b), a, b))
    case .maximum: propagatingNaN(a, select(compare(.orderedGreater, a, b), a, b))
    case .power: intrinsic("llvm.pow", overload: [typeOf(a)], [a, b])
    case .prelu: select(compare(.orderedLess, a, zero(typeOf(a))), floatMultiply(a, b), a)
    case .remainder: floatRemainder(a, b)
    }
  }

  /// The function applied to the bits of every pair of integers.
  func apply(_ function: BitFunction, _ a: Value, _ b: Value) -> Value {
    switch function {
    case .and: and(a, b)
    case .or: or(a, b)
    case .exclusiveOr: exclusiveOr(a, b)
    }
  }

  /// `a` where it is NaN, `otherwise` elsewhere. The selects above already keep a NaN of `b`.
  private func propagatingNaN(_ a: Value, _ otherwise: Value) -> Value {
    select(compare(.unordered, a, a), a, otherwise)
  }

  /// max(x, bound) that keeps NaN: the one form that is a single instruction.
  func atLeast(_ x: Value, _ bound: Value) -> Value {
    select(compare(.orderedGreater, bound, x), bound, x)
  }

  func atMost(_ x: Value, _ bound: Value) -> Value {
    select(compare(.orderedLess, bound, x), bound, x)
  }

  /// Horner's rule, highest coefficient first.
  func polynomial(_ x: Value, _ coefficients: [Float], _ unit: VectorUnit) -> Value {
    var result = constant(coefficients[0], like: x, unit)
    for coefficient in coefficients.dropFirst() {
      result = multiplyAdd(result, x, constant(coefficient, like: x, unit), unit)
    }
    return result
  }

  func integerType(like x: Value, _ unit: VectorUnit) -> IRType {
    isScalar(x) ? int32 : vector(int32, unit.lanes)
  }

  func integer(_ value: Int, like x: Value, _ unit: VectorUnit) -> Value {
    isScalar(x) ? int32(value) : splat(int32(value), lanes: unit.lanes)
  }

  /// e^x: 2^n · e^r, with 2^n through the exponent.
  func exponential(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    func n(_ value: Int) -> Value { integer(value, like: x, unit) }
    let bounded = atMost(atLeast(x, k(-104)), k(89))
    let (shifted, fraction) = reduced(bounded, unit)
    let power = floatAdd(fraction, k(1))
    let type = integerType(like: x, unit)
    let exponent = wrappingSubtract(
      bitCast(shifted, to: type), n(Int(Self.roundingShift.bitPattern)))
    // In two halves, so that results below the normal range and above the largest power of two come
    // out right.
    let half = shiftRight(exponent, n(1))
    func scale(_ exponent: Value) -> Value {
      bitCast(shiftLeft(wrappingAdd(exponent, n(127)), n(23)), to: typeOf(x))
    }
    return floatMultiply(
      floatMultiply(power, scale(half)), scale(wrappingSubtract(exponent, half)))
  }

  private func sigmoid(_ x: Value, _ unit: VectorUnit) -> Value {
    let one = constant(1, like: x, unit)
    return floatDivide(one, floatAdd(one, exponential(floatNegate(x), unit)))
  }

  /// tanh: an odd polynomial near 0, where 1 - 2 / (e^2x + 1) would cancel (Cephes, `tanhf.c`).
  func hyperbolicTangent(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let square = floatMultiply(x, x)
    let series = polynomial(
      square,
      [-5.704_988_72e-3, 2.063_908_88e-2, -5.373_971_55e-2, 1.333_144_26e-1, -3.333_328_2e-1],
      unit)
    let small = multiplyAdd(floatMultiply(series, square), x, x, unit)
    let large = floatSubtract(
      k(1), floatDivide(k(2), floatAdd(exponential(floatAdd(x, x), unit), k(1))))
    return select(compare(.orderedLess, magnitude(x), k(0.625)), small, large)
  }

  /// ln x: x = m · 2^n with √½ ≤ m < √2 and a polynomial for ln m (Cephes, `logf.c`).
  func logarithm(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    func n(_ value: Int) -> Value { integer(value, like: x, unit) }
    let type = integerType(like: x, unit)
    let bits = bitCast(x, to: type)
    let mantissa = bitCast(
      or(and(bits, n(0x007f_ffff)), n(0x3f00_0000)), to: typeOf(x))
    let exponent = integerToFloat(
      wrappingSubtract(and(shiftRight(bits, n(23)), n(0xff)), n(126)), typeOf(x))
    let low = compare(.orderedLess, mantissa, k(0.707_106_78))
    let count = select(low, floatSubtract(exponent, k(1)), exponent)
    let rest = floatSubtract(select(low, floatAdd(mantissa, mantissa), mantissa), k(1))
    let square = floatMultiply(rest, rest)
    let series = polynomial(
      rest,
      [
        7.037_683_6e-2, -1.151_461_03e-1, 1.167_699_87e-1, -1.242_014_08e-1, 1.424_932_28e-1,
        -1.666_805_77e-1, 2.000_071_48e-1, -2.499_999_4e-1, 3.333_333_1e-1,
      ], unit)
    var tail = floatMultiply(floatMultiply(rest, square), series)
    tail = multiplyAdd(count, k(-2.121_944_4e-4), tail, unit)
    tail = multiplyAdd(square, k(-0.5), tail, unit)
    var result = multiplyAdd(count, k(0.693_359_375), floatAdd(rest, tail), unit)
    let infinity = k(.infinity)
    result = select(compare(.orderedEqual, x, infinity), infinity, result)
    // Denormals count as zero, as everywhere in compiled code.
    result = select(compare(.orderedLess, x, k(.leastNormalMagnitude)), k(-.infinity), result)
    result = select(compare(.orderedLess, x, k(0)), k(.nan), result)
    return select(compare(.unordered, x, x), x, result)
  }
}
