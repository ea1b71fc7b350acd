import Foundation
import GraphIR

extension UnaryFunction {
  /// The function of one element; NaN gives NaN throughout, but for `saturate`.
  @inline(__always)
  public func callAsFunction(_ x: Float) -> Float {
    switch self {
    // The comparisons are written so that NaN, which compares false, falls through as itself.
    case .relu: return x < 0 ? 0 : x
    case .clip(let low, let high):
      let raised = x < low ? low : x
      return raised > high ? high : raised
    case .saturate(let low, let high):
      let raised = x > low ? x : low
      let nearest = raised < high ? raised : high
      return nearest == 0 ? 0 : nearest
    case .sigmoid: return Float(logistic(Double(x)))
    case .tanh: return Float(Foundation.tanh(Double(x)))
    case .leakyRelu(let slope): return x >= 0 ? x : slope * x
    case .hardSigmoid(let alpha, let beta):
      return Float(unitClamped(Double(alpha) * Double(x) + Double(beta)))
    case .hardSwish: return Float(Double(x) * unitClamped(Double(x) / 6 + 0.5))
    case .silu: return Float(Double(x) * logistic(Double(x)))
    case .exp: return Float(Foundation.exp(Double(x)))
    case .log: return Float(Foundation.log(Double(x)))
    case .sqrt: return x.squareRoot()
    case .reciprocal: return 1 / x
    case .negate: return -x
    case .absolute: return x.magnitude
    case .floor: return x.rounded(.down)
    case .ceil: return x.rounded(.up)
    case .erf: return Float(Foundation.erf(Double(x)))
    case .elu(let alpha): return x > 0 ? x : Float(Double(alpha) * expm1(Double(x)))
    case .softplus: return Float(logOfOnePlusPower(Double(x)))
    case .mish: return Float(Double(x) * Foundation.tanh(logOfOnePlusPower(Double(x))))
    case .gelu: return Float(Double(x) / 2 * erfc(-Double(x) / 2.0.squareRoot()))
    case .geluTanh:
      let wide = Double(x)
      let curve = (2 / Double.pi).squareRoot() * (wide + 0.044715 * wide * wide * wide)
      return Float(wide * logistic(2 * curve))
    case .sin: return Float(Foundation.sin(Double(x)))
    case .cos: return Float(Foundation.cos(Double(x)))
    case .tan: return Float(Foundation.tan(Double(x)))
    case .asin: return Float(Foundation.asin(Double(x)))
    case .acos: return Float(Foundation.acos(Double(x)))
    case .atan: return Float(Foundation.atan(Double(x)))
    case .sinh: return Float(Foundation.sinh(Double(x)))
    case .cosh: return Float(Foundation.cosh(Double(x)))
    case .asinh: return Float(Foundation.asinh(Double(x)))
    case .acosh: return Float(Foundation.acosh(Double(x)))
    case .atanh: return Float(Foundation.atanh(Double(x)))
    case .round: return x.rounded(.toNearestOrEven)
    }
  }

  /// The function of every element.
  func mapped(over values: [Float]) -> [Float] {
    switch self {
    case .relu: values.map { UnaryFunction.relu($0) }
    default: values.map { self($0) }
    }
  }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// ln(1 + eˣ), where no power overflows.
private func logOfOnePlusPower(_ x: Double) -> Double {
  (x < 0 ? 0 : x) + log1p(exp(-x.magnitude))
}

private func unitClamped(_ x: Double) -> Double {
  let raised = x < 0 ? 0 : x
  return raised > 1 ? 1 : raised
}

/// Two operands, broadcast, then the epilogue if there is one (floats only).
func combine(
  _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, then: UnaryFunction?
) -> Tensor {
  guard let shape = broadcastShape(a.shape, b.shape) else {
    preconditionFailure("\(a.type) and \(b.type) do not broadcast")
  }
  if a.element == .int64 {
    let result = combine(function, a.integers, a.shape, b.integers, b.shape, shape)
    return Tensor(shape, integers: result)
  }
  if a.element == .bool {
    let isEither = function == .maximum
    let result = zip(a.booleans, a.shape, b.booleans, b.shape, shape) {
      isEither ? $0 || $1 : $0 && $1
    }
    return Tensor(shape, booleans: result)
  }
  let result = combine(function, a.floats, a.shape, b.floats, b.shape, shape)
  return Tensor(shape, floats: then?.mapped(over: result) ?? result)
}

/// A function of the bits of two tensors of one type of integers, broadcast.
func combineBits(_ function: BitFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
  let (shape, operands) = broadcastTogether([a, b])
  guard let first = operands[0].wholeNumbers, let second = operands[1].wholeNumbers else {
    preconditionFailure("\(a.type) and \(b.type) have no bits to combine")
  }
  let result = Tensor(shape, integers: zip(first, second).map { function($0, $1) })
  return a.element == .int64 ? result : cast(result, to: a.element)
}

extension BinaryFunction {
  /// The function of two floats.
  @inline(__always)
  func callAsFunction(_ a: Float, _ b: Float) -> Float {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    // If either is NaN the result is: as NumPy, PyTorch and ONNX Runtime have it.
    case .minimum: a < b || a.isNaN ? a : b
    case .maximum: a > b || a.isNaN ? a : b
    case .power: Float(pow(Double(a), Double(b)))
    case .prelu: a < 0 ? a * b : a
    case .remainder: fmod(a, b)
    }
  }

  /// The function of two integers.
  @inline(__always)
  func callAsFunction(_ a: Int64, _ b: Int64) -> Int64 {
    switch self {
    case .add: a &+ b
    case .subtract: a &- b
    case .multiply: a &* b
    case .divide: b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    case .power: integerPower(a, b)
    case .prelu: a < 0 ? a &* b : a
    case .remainder: b == 0 ? a : a.remainderReportingOverflow(dividingBy: b).partialValue
    }
  }
}

private func combine(
  _ function: BinaryFunction, _ a: [Float], _ aShape: [Int], _ b: [Float], _ bShape: [Int],
  _ shape: [Int]
) -> [Float] {
  switch function {
  // The usual ones as loops of their own.
  case .add: zip(a, aShape, b, bShape, shape) { $0 + $1 }
  case .multiply: zip(a, aShape, b, bShape, shape) { $0 * $1 }
  default: zip(a, aShape, b, bShape, shape) { function($0, $1) }
  }
}

private func combine(
  _ function: BinaryFunction, _ a: [Int64], _ aShape: [Int], _ b: [Int64], _ bShape: [Int],
  _ shape: [Int]
) -> [Int64] {
  zip(a, aShape, b, bShape, shape) { function($0, $1) }
}

/// Wraps on overflow; a negative exponent gives the truncated quotient, and 0 for base 0.
public func integerPower(_ base: Int64, _ exponent: Int64) -> Int64 {
  if exponent < 0 {
    switch base {
    case 1: return 1
    case -1: return exponent % 2 == 0 ? 1 : -1
    default: return 0
    }
  }
  var (result, square, rest) = (Int64(1), base, exponent)
  while rest > 0 {
    if rest % 2 == 1 { result &*= square }
    square &*= square
    rest /= 2
  }
  return result
}

/// Applies `body` to the elements of two operands, broadcast to `shape`.
@inline(__always)
private func zip<Element>(
  _ a: [Element], _ aShape: [Int], _ b: [Element], _ bShape: [Int], _ shape: [Int],
  _ body: (Element, Element) -> Element
) -> [Element] {
  let count = shape.reduce(1, *)
  guard count > 0 else { return [] }
  let aStrides = broadcastStrides(of: aShape, to: shape)
  let bStrides = broadcastStrides(of: bShape, to: shape)
  let inner = shape.last ?? 1
  let (aStep, bStep) = (aStrides.last ?? 0, bStrides.last ?? 0)
  return [Element](unsafeUninitializedCapacity: count) { result, filled in
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var index = [Int](repeating: 0, count: max(0, shape.count - 1))
        var (aRow, bRow) = (0, 0)
        for row in 0..<(count / inner) {
          let target = result.baseAddress! + row * inner
          for i in 0..<inner {
            (target + i).initialize(to: body(a[aRow + i * aStep], b[bRow + i * bStep]))
          }
          // Step to the next row as an odometer does, last axis first.
          for axis in index.indices.reversed() {
            index[axis] += 1
            aRow += aStrides[axis]
            bRow += bStrides[axis]
            if index[axis] < shape[axis] { break }
            aRow -= aStrides[axis] * shape[axis]
            bRow -= bStrides[axis] * shape[axis]
            index[axis] = 0
          }
        }
      }
    }
    filled = count
  }
}
