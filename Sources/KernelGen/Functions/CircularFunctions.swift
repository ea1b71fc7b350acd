import GraphIR
import LLVMKit

/// Sine, cosine, tangent and their inverses. The first three are computed in doubles, where a multiple
/// of π/2 can be taken off without losing what is left.
extension IRModule {
  enum Circular { case sin, cos, tan }

  /// Up to here a number has less than 2^21 quarter turns, so that each times 32 bits of π/2 is exact.
  private static var manyTurns: Double { 0x1p21 }

  /// x = n · π/2 + r with |r| ≤ π/4: sine or cosine of r by the last bits of n. The C library's for
  /// numbers of many turns, which are rare.
  func circular(_ function: Circular, _ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Double) -> Value { wideConstant(value, like: x, unit) }
    let wide = widened(x, unit)
    // The integer stands in the low bits.
    let shifted = floatAdd(floatMultiply(wide, k(2 / Double.pi)), k(0x1.8p52))
    let count = floatSubtract(shifted, k(0x1.8p52))
    // π/2 in parts of 32 bits; the last is rounded.
    var rest = floatSubtract(wide, floatMultiply(count, k(0x1.921f_b544p0)))
    rest = floatSubtract(rest, floatMultiply(count, k(0x1.0b46_11a6p-34)))
    rest = floatSubtract(rest, floatMultiply(count, k(0x1.3198_a2e0_3707_3p-69)))
    let (sine, cosine) = sineAndCosine(ofSmall: rest, k)
    func quarter(_ bit: Int) -> Value { hasBit(bit, of: shifted, like: x, unit) }
    let result: Value
    switch function {
    case .sin:
      let value = select(quarter(1), cosine, sine)
      result = select(quarter(2), floatNegate(value), value)
    case .cos:
      let value = select(quarter(1), sine, cosine)
      result = select(exclusiveOr(quarter(1), quarter(2)), floatNegate(value), value)
    case .tan:
      let isOdd = quarter(1)
      result = floatDivide(
        select(isOdd, floatNegate(cosine), sine), select(isOdd, sine, cosine))
    }
    return narrowed(withLibrary(function, wide, result, like: x, unit), to: typeOf(x))
  }

  /// Sine and cosine of doubles |r| ≤ π/4 (FreeBSD, `k_sinf.c` and `k_cosf.c`).
  ///
  /// - Parameter k: gives a constant of r's type.
  func sineAndCosine(
    ofSmall rest: Value, _ k: (Double) -> Value
  ) -> (sine: Value, cosine: Value) {
    let square = floatMultiply(rest, rest)
    func series(_ coefficients: [Double]) -> Value {
      coefficients.dropFirst().reduce(k(coefficients[0])) { sum, coefficient in
        floatAdd(floatMultiply(sum, square), k(coefficient))
      }
    }
    let sines = series([
      2.718_311_493_989_821_9e-6, -1.983_933_483_609_663_2e-4, 8.333_329_385_889_463e-3,
      -0.166_666_666_416_265_24,
    ])
    let cosines = series([
      2.439_044_879_627_741_7e-5, -1.388_676_377_460_993e-3, 4.166_662_332_373_906e-2,
      -0.499_999_997_251_031, 1,
    ])
    return (floatAdd(rest, floatMultiply(floatMultiply(rest, square), sines)), cosines)
  }

  /// Whether an integer in the low bits of doubles has a bit.
  private func hasBit(_ bit: Int, of shifted: Value, like x: Value, _ unit: VectorUnit) -> Value {
    func n(_ value: Int) -> Value {
      isScalar(x) ? int64(value) : splat(int64(value), lanes: unit.lanes)
    }
    let type = isScalar(x) ? int64 : vector(int64, unit.lanes)
    return compare(.notEqual, and(bitCast(shifted, to: type), n(bit)), n(0))
  }

  /// `result`, but the C library's value for numbers of many turns, where there are any.
  private func withLibrary(
    _ function: Circular, _ wide: Value, _ result: Value, like x: Value, _ unit: VectorUnit
  ) -> Value {
    let size = intrinsic("llvm.fabs", overload: [typeOf(wide)], [wide])
    let isLarge = compare(
      .orderedGreaterOrEqual, size, wideConstant(Self.manyTurns, like: x, unit))
    let any =
      isScalar(x)
      ? isLarge : intrinsic("llvm.vector.reduce.or", overload: [typeOf(isLarge)], [isLarge])
    func library(_ name: String) -> Value {
      intrinsic("llvm.\(name)", overload: [typeOf(wide)], [wide])
    }
    return loop(from: int64(0), to: zeroExtend(any, int64), carrying: [result]) { _, carried in
      let value =
        switch function {
        case .sin: library("sin")
        case .cos: library("cos")
        case .tan: floatDivide(library("sin"), library("cos"))
        }
      return [select(isLarge, value, carried[0])]
    }[0]
  }

  // MARK: Inverses

  /// arcsin x: a polynomial up to ½, π/2 - 2 · arcsin √((1 - x) / 2) above (Cephes, `asinf.c`).
  func arcSine(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let (isLarge, angle) = smallArcSine(x, unit)
    let large = floatSubtract(k(Float.pi / 2), floatAdd(angle, angle))
    return withSign(of: x, select(isLarge, large, angle))
  }

  /// arccos x: π/2 - arcsin x up to ½, 2 · arcsin √((1 - |x|) / 2) or π less it above.
  func arcCosine(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let (isLarge, angle) = smallArcSine(x, unit)
    let twice = floatAdd(angle, angle)
    let isNegative = compare(.orderedLess, x, k(0))
    let large = select(isNegative, floatSubtract(k(Float.pi), twice), twice)
    return select(isLarge, large, floatSubtract(k(Float.pi / 2), withSign(of: x, angle)))
  }

  /// arctan x: of tan(π/8) at most, from which π/4 or π/2 are away (Cephes, `atanf.c`).
  func arcTangent(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let size = magnitude(x)
    let isLarge = compare(.orderedGreater, size, k(2.414_213_56))
    let isMiddle = compare(.orderedGreater, size, k(0.414_213_562))
    let slope = select(
      isLarge, floatDivide(k(-1), size),
      select(isMiddle, floatDivide(floatSubtract(size, k(1)), floatAdd(size, k(1))), size))
    let start = select(isLarge, k(Float.pi / 2), select(isMiddle, k(Float.pi / 4), k(0)))
    let square = floatMultiply(slope, slope)
    let series = polynomial(
      square,
      [8.053_744_5e-2, -0.138_776_856, 0.199_777_106, -0.333_329_491], unit)
    let angle = multiplyAdd(floatMultiply(series, square), slope, slope, unit)
    return withSign(of: x, floatAdd(start, angle))
  }

  /// Whether |x| is above ½, and arcsin √((1 - |x|) / 2) where it is, arcsin |x| elsewhere.
  private func smallArcSine(
    _ x: Value, _ unit: VectorUnit
  ) -> (isLarge: Value, angle: Value) {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let size = magnitude(x)
    let isLarge = compare(.orderedGreater, size, k(0.5))
    let square = select(
      isLarge, floatMultiply(floatSubtract(k(1), size), k(0.5)), floatMultiply(x, x))
    let sine = select(isLarge, intrinsic("llvm.sqrt", overload: [typeOf(x)], [square]), size)
    let series = polynomial(
      square,
      [4.216_319_9e-2, 2.418_131_1e-2, 4.547_002_6e-2, 7.495_300_27e-2, 0.166_667_524], unit)
    return (isLarge, multiplyAdd(floatMultiply(series, square), sine, sine, unit))
  }

  /// A size with the sign of x.
  func withSign(of x: Value, _ size: Value) -> Value {
    intrinsic("llvm.copysign", overload: [typeOf(x)], [size, x])
  }

  /// The nearest integer, the even one of two: numbers from 2^23 on are integers.
  func rounded(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let size = magnitude(x)
    let whole = floatSubtract(floatAdd(size, k(0x1p23)), k(0x1p23))
    return select(compare(.orderedLess, size, k(0x1p23)), withSign(of: x, whole), x)
  }
}
