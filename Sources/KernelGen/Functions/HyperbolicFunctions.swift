import LLVMKit

/// Hyperbolic functions and their inverses: polynomials near 0, where their formulas cancel (Cephes,
/// `sinhf.c`, `asinhf.c`, `acoshf.c`, `atanhf.c`).
extension IRModule {
  /// (eˣ - e⁻ˣ) / 2.
  func hyperbolicSine(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let size = magnitude(x)
    let (half, inverse) = halfPowers(of: size, unit)
    let square = floatMultiply(x, x)
    let series = polynomial(square, [2.037_219_1e-4, 8.330_283_8e-3, 0.166_667_16], unit)
    let small = multiplyAdd(floatMultiply(series, square), x, x, unit)
    let large = withSign(of: x, floatSubtract(half, inverse))
    return select(compare(.orderedLess, size, k(1)), small, large)
  }

  /// (eˣ + e⁻ˣ) / 2.
  func hyperbolicCosine(_ x: Value, _ unit: VectorUnit) -> Value {
    let (half, inverse) = halfPowers(of: magnitude(x), unit)
    return floatAdd(half, inverse)
  }

  /// eˣ / 2 and e⁻ˣ / 2 for x ≥ 0, by the root of eˣ, which stays in the range of floats.
  private func halfPowers(of x: Value, _ unit: VectorUnit) -> (power: Value, inverse: Value) {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let root = exponential(floatMultiply(x, k(0.5)), unit)
    let half = floatMultiply(floatMultiply(root, k(0.5)), root)
    return (half, floatDivide(k(0.25), half))
  }

  /// ln(x + √(x² + 1)).
  func inverseHyperbolicSine(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let size = magnitude(x)
    let square = floatMultiply(x, x)
    let root = intrinsic("llvm.sqrt", overload: [typeOf(x)], [floatAdd(square, k(1))])
    let large = logarithm(ofSum: size, root, unit)
    let series = polynomial(
      square, [2.012_200_3e-2, -4.269_934e-2, 7.484_758_6e-2, -0.166_662_881], unit)
    let small = multiplyAdd(floatMultiply(series, square), x, x, unit)
    return select(compare(.orderedLess, size, k(0.5)), small, withSign(of: x, large))
  }

  /// ln(x + √(x² - 1)).
  func inverseHyperbolicCosine(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    func root(_ x: Value) -> Value { intrinsic("llvm.sqrt", overload: [typeOf(x)], [x]) }
    let above = floatSubtract(x, k(1))
    let large = logarithm(ofSum: x, root(floatMultiply(above, floatAdd(x, k(1)))), unit)
    let series = polynomial(
      above,
      [
        1.759_688_1e-3, -7.527_288_7e-3, 2.645_490_5e-2, -0.117_847_417, 1.414_213_53,
      ], unit)
    let result = select(
      compare(.orderedLess, above, k(0.5)), floatMultiply(series, root(above)), large)
    return select(compare(.orderedLess, x, k(1)), k(.nan), result)
  }

  /// ln((1 + x) / (1 - x)) / 2.
  func inverseHyperbolicTangent(_ x: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let ratio = floatDivide(floatAdd(k(1), x), floatSubtract(k(1), x))
    let large = floatMultiply(logarithm(ratio, unit), k(0.5))
    let square = floatMultiply(x, x)
    let series = polynomial(
      square,
      [0.181_740_078, 8.243_703e-2, 0.146_691_431, 0.199_782_165, 0.333_337_3], unit)
    let small = multiplyAdd(floatMultiply(series, square), x, x, unit)
    return select(compare(.orderedLess, magnitude(x), k(0.5)), small, large)
  }

  /// ln(x + root) where root is about x for large numbers, whose square may leave the range of floats.
  private func logarithm(ofSum x: Value, _ root: Value, _ unit: VectorUnit) -> Value {
    func k(_ value: Float) -> Value { constant(value, like: x, unit) }
    let isLarge = compare(.orderedGreater, x, k(0x1p20))
    let result = logarithm(select(isLarge, x, floatAdd(x, root)), unit)
    return floatAdd(result, select(isLarge, k(0.693_147_18), k(0)))
  }
}
