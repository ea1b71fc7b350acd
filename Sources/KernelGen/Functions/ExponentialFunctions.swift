import LLVMKit

/// Functions made of e^x that stay accurate near 0 and in their tails, where their formulas cancel or
/// a part of them leaves the range of floats.
extension IRModule {
  /// |x|.
  func magnitude(_ x: Value) -> Value { intrinsic("llvm.fabs", overload: [typeOf(x)], [x]) }

  /// 1.5 · 2^23: adding it rounds to an integer that stands in the low bits, for NaN too without
  /// undefined conversion.
  static var roundingShift: Float { 12_582_912 }

  /// e^(x + low) = 2^n · (1 + fraction): x + low = n · ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for
  /// e^r (Cephes, `expf.c`), and n in the low bits of `shifted`.
  func reduced(
    _ x: Value, low: Value? = nil, _ unit: VectorUnit
  ) -> (shifted: Value, fraction: Value) {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let shifted = multiplyAdd(x, k(1.442_695_04), k(Self.roundingShift), unit)
    let count = floatSubtract(shifted, k(Self.roundingShift))
    var rest = multiplyAdd(count, k(-0.693_359_375), x, unit)
    rest = multiplyAdd(count, k(2.121_944_4e-4), rest, unit)
    if let low { rest = floatAdd(rest, low) }
    let series = polynomial(
      rest,
      [1.987_569_15e-4, 1.398_199_95e-3, 8.333_451_9e-3, 4.166_579_6e-2, 0.166_666_655, 0.5], unit)
    return (shifted, multiplyAdd(floatMultiply(rest, rest), series, rest, unit))
  }

  /// 2^(n + exponent), or 0 where that is -127.
  private func powerOfTwo(_ shifted: Value, plus exponent: Int, _ unit: VectorUnit) -> Value {
    func n(_ value: Int) -> Value { integer(value, like: shifted, unit) }
    let bits = shiftLeft(bitCast(shifted, to: integerType(like: shifted, unit)), n(23))
    return bitCast(wrappingAdd(bits, n((exponent + 127) << 23)), to: typeOf(shifted))
  }

  /// e^(x + low) for x ≤ 0, times 2^64: where that alone would be denormal, a product with it may not
  /// be. 0 from where the product with any float is.
  private func raisedPower(_ x: Value, low: Value? = nil, _ unit: VectorUnit) -> Value {
    let bounded = atLeast(x, constant(-132.4, like: x, unit))
    let (shifted, fraction) = reduced(bounded, low: low, unit)
    let scale = powerOfTwo(shifted, plus: 64, unit)
    return multiplyAdd(fraction, scale, scale, unit)
  }

  /// 2^-64.
  private func lowering(like x: Value, _ unit: VectorUnit) -> Value {
    constant(0x1p-64, like: x, unit)
  }

  /// e^(x + low) for x ≤ 0; 0 where that is below the normal range.
  func power(ofNonPositive x: Value, low: Value? = nil, _ unit: VectorUnit) -> Value {
    let bounded = atLeast(x, constant(-88.03, like: x, unit))
    let (shifted, fraction) = reduced(bounded, low: low, unit)
    let scale = powerOfTwo(shifted, plus: 0, unit)
    return multiplyAdd(fraction, scale, scale, unit)
  }

  /// e^-x times 2^64 for x ≥ 0.
  func power(ofMinus x: Value, _ unit: VectorUnit) -> Value {
    raisedPower(floatNegate(x), unit)
  }

  /// x / (1 + e^-v) for a v of the sign of x: with e^-|v| alone, which is at most 1.
  ///
  /// - Parameter power: e^-|v| times 2^64.
  func sigmoidProduct(_ x: Value, _ power: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let down = lowering(like: x, unit)
    let tail = floatMultiply(floatMultiply(x, power), down)
    let product = select(compare(.orderedLess, x, k(0)), tail, x)
    return floatDivide(product, multiplyAdd(power, down, k(1), unit))
  }

  /// alpha · (e^x - 1) below 0: 2^n · fraction + (2^n - 1) cancels nowhere.
  func exponentialUnit(_ x: Value, _ alpha: Float, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let (shifted, fraction) = reduced(atMost(atLeast(x, k(-87)), k(0)), unit)
    let scale = powerOfTwo(shifted, plus: 0, unit)
    let below = multiplyAdd(fraction, scale, floatSubtract(scale, k(1)), unit)
    return select(compare(.orderedGreater, x, k(0)), x, floatMultiply(below, k(alpha)))
  }

  /// ln(1 + e^x) = max(x, 0) + ln(1 + p) with p = e^-|x|, and a polynomial for ln(1 + p) / p on 0…1.
  func softplus(_ x: Value, _ unit: VectorUnit) -> Value {
    let power = floatMultiply(power(ofMinus: magnitude(x), unit), lowering(like: x, unit))
    let series = polynomial(
      power,
      [
        -0.003_243_853_46, 0.019_850_688_3, -0.056_958_080_1, 0.106_035_075, -0.153_055_055,
        0.196_759_09, -0.249_541_278, 0.333_299_618, -0.499_999_024, 0.999_999_995,
      ], unit)
    let line = atLeast(x, constant(0, like: x, unit))
    return multiplyAdd(power, series, line, unit)
  }

  /// x · tanh(ln(1 + e^x)) = x · (q² + 2q) / (q² + 2q + 2) with q = e^x; of both halves of the last by
  /// q² above 0.
  func mish(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let raised = power(ofMinus: magnitude(x), unit)
    let down = lowering(like: x, unit)
    let power = floatMultiply(raised, down)
    let isBelow = compare(.orderedLess, x, k(0))
    let double = multiplyAdd(power, k(2), k(1), unit)
    let half = floatAdd(power, k(2))
    let tail = floatMultiply(floatMultiply(floatMultiply(x, raised), half), down)
    let product = select(isBelow, tail, floatMultiply(x, double))
    let whole = select(
      isBelow, multiplyAdd(power, half, k(2), unit),
      multiplyAdd(floatMultiply(power, k(2)), power, double, unit))
    return floatDivide(product, whole)
  }

  /// x times the share of the normal distribution below x. That above a = |x| is e^(-a²/2) times a
  /// smooth function, here t · P(t) with t = 1 / (1 + 0.3 a): a times it is missing of max(x, 0). Below
  /// 0 no result is larger than the power, so that none is lost where it is a normal number.
  func normalGate(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let size = atMost(magnitude(x), k(20))
    let (square, error) = exactSquare(size, unit)
    let half = floatMultiply(square, k(-0.5))
    let power = power(ofNonPositive: half, low: floatMultiply(error, k(-0.5)), unit)
    let t = floatDivide(k(1), multiplyAdd(size, k(0.3), k(1), unit))
    let series = polynomial(
      t,
      [
        -0.020_623_673_5, 0.112_436_689, -0.228_216_031, 0.191_787_619, -0.079_425_898_9,
        0.096_158_023_8, 0.078_389_279_2, 0.110_235_494, 0.119_571_807, 0.119_686_69,
      ], unit)
    let factor = floatMultiply(floatMultiply(t, series), size)
    // 0 · x below 0: not a number for -∞, as the product that defines it.
    let line = select(compare(.orderedGreater, x, k(0)), x, floatMultiply(x, k(0)))
    return multiplyAdd(floatNegate(factor), power, line, unit)
  }

  /// x² as a float and what that lacks.
  private func exactSquare(_ x: Value, _ unit: VectorUnit) -> (Value, Value) {
    let square = floatMultiply(x, x)
    if unit.instructionSet.hasFusedMultiplyAdd {
      return (square, fusedMultiplyAdd(x, x, floatNegate(square)))
    }
    // Twelve bits and the rest, whose products are exact (T. J. Dekker, A floating-point technique for
    // extending the available precision, 1971).
    let type = integerType(like: x, unit)
    let first = bitCast(
      and(bitCast(x, to: type), integer(0x7fff_f000, like: x, unit)), to: typeOf(x))
    let second = floatSubtract(x, first)
    let high = floatSubtract(floatMultiply(first, first), square)
    return (square, floatAdd(high, floatMultiply(floatAdd(first, x), second)))
  }

  /// e^-|v| times 2^64 with v = 2 √(2/π) · (x + 0.044715 · x³), whose rounding to a float would be that
  /// of a power far from 0.
  func power(ofMinusGeluCurve x: Value, _ unit: VectorUnit) -> Value {
    let size = widened(atMost(magnitude(x), constant(20, like: x, unit)), unit)
    func k(_ value: Double) -> Value { wideConstant(value, like: x, unit) }
    let factor = 2 * (2 / Double.pi).squareRoot()
    let square = floatMultiply(size, size)
    let curve = floatMultiply(
      size, floatAdd(floatMultiply(square, k(-0.044715 * factor)), k(-factor)))
    let high = narrowed(curve, to: typeOf(x))
    let low = narrowed(floatSubtract(curve, widened(high, unit)), to: typeOf(x))
    return raisedPower(high, low: low, unit)
  }

  /// slope · x + term with one rounding: the two may cancel.
  func line(_ x: Value, _ slope: Float, _ term: Float, _ unit: VectorUnit) -> Value {
    if unit.instructionSet.hasFusedMultiplyAdd {
      return multiplyAdd(
        x, constant(slope, like: x, unit), constant(term, like: x, unit), unit)
    }
    func k(_ value: Float) -> Value { wideConstant(Double(value), like: x, unit) }
    return narrowed(
      floatAdd(floatMultiply(widened(x, unit), k(slope)), k(term)), to: typeOf(x))
  }

  /// erf: x · P(x²) / Q(x²) up to where it rounds to 1, of least relative error. All coefficients are
  /// positive, so that no sum cancels.
  func errorFunction(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let bounded = atMost(atLeast(x, k(-3.92)), k(3.92))
    let square = floatMultiply(bounded, bounded)
    let upper = polynomial(
      square,
      [
        2.050_366_9e-6, 2.848_565_06e-4, 3.764_285_71e-3, 5.274_458_23e-2, 0.190_374_896,
        1.128_379_11,
      ], unit)
    let lower = polynomial(
      square,
      [3.809_327_25e-5, 1.162_220_84e-3, 1.496_653_17e-2, 0.114_096_098, 0.502_048_075, 1], unit)
    let ratio = floatDivide(floatMultiply(bounded, upper), lower)
    return atMost(atLeast(ratio, k(-1)), k(1))
  }

  // MARK: Doubles

  func wideType(like x: Value, _ unit: VectorUnit) -> IRType {
    typeOf(x) == float ? double : vector(double, unit.lanes)
  }

  func widened(_ x: Value, _ unit: VectorUnit) -> Value {
    extend(x, to: wideType(like: x, unit))
  }

  func wideConstant(_ value: Double, like x: Value, _ unit: VectorUnit) -> Value {
    typeOf(x) == float ? double(value) : splat(double(value), lanes: unit.lanes)
  }
}
