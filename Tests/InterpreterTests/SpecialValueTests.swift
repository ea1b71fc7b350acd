import GraphIR
import Interpreter
import Testing

private let nan = Float.nan
private let inf = Float.infinity

/// NaN and infinities through the interpreter: every expected value is what PyTorch 2 gives.
@Suite struct SpecialValueTests {
  private func expect(
    _ operation: Operation, _ operands: [Tensor], _ expected: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let result = evaluate(operation, operands).floats
    #expect(result.count == expected.count, sourceLocation: sourceLocation)
    for (a, b) in zip(result, expected) where !(a == b || a.isNaN && b.isNaN) {
      #expect(
        abs(a - b) <= 1e-6 * max(1, abs(b)), "\(operation.mnemonic): \(result), not \(expected)",
        sourceLocation: sourceLocation)
    }
  }

  /// Of NaN, +∞ and -∞.
  @Test(
    arguments: [
      (.relu, [nan, inf, 0]), (.clip(low: -1, high: 6), [nan, 6, -1]), (.sigmoid, [nan, 1, 0]),
      (.tanh, [nan, 1, -1]), (.leakyRelu(slope: 0.1), [nan, inf, -inf]),
      (.hardSigmoid(alpha: 1 / 6, beta: 0.5), [nan, 1, 0]), (.hardSwish, [nan, inf, nan]),
      (.silu, [nan, inf, nan]), (.exp, [nan, inf, 0]), (.log, [nan, inf, nan]),
      (.sqrt, [nan, inf, nan]), (.reciprocal, [nan, 0, 0]), (.negate, [nan, -inf, inf]),
      (.absolute, [nan, inf, inf]), (.floor, [nan, inf, -inf]), (.ceil, [nan, inf, -inf]),
      (.erf, [nan, 1, -1]), (.elu(alpha: 2), [nan, inf, -2]), (.softplus, [nan, inf, 0]),
      (.mish, [nan, inf, nan]), (.gelu, [nan, inf, nan]), (.geluTanh, [nan, inf, nan]),
      (.sin, [nan, nan, nan]), (.cos, [nan, nan, nan]), (.tan, [nan, nan, nan]),
      (.asin, [nan, nan, nan]), (.acos, [nan, nan, nan]),
      (.atan, [nan, .pi / 2, -.pi / 2]), (.sinh, [nan, inf, -inf]), (.cosh, [nan, inf, inf]),
      (.asinh, [nan, inf, -inf]), (.acosh, [nan, inf, nan]), (.atanh, [nan, nan, nan]),
      (.round, [nan, inf, -inf]), (.saturate(low: -128, high: 127), [-128, 127, -128]),
    ] as [(UnaryFunction, [Float])])
  func functionsOfOneElement(function: UnaryFunction, expected: [Float]) {
    expect(.unary(function), [Tensor([3], floats: [nan, inf, -inf])], expected)
  }

  @Test(
    arguments: [
      (.add, [nan, nan, nan, inf, nan, nan, -inf, inf, inf, inf, -inf]),
      (.subtract, [nan, nan, nan, nan, -inf, inf, -inf, inf, -inf, inf, -inf]),
      (.multiply, [nan, nan, nan, inf, -inf, -inf, -inf, inf, nan, nan, nan]),
      (.divide, [nan, nan, nan, nan, nan, nan, -inf, inf, 0, inf, -inf]),
      (.minimum, [nan, nan, nan, inf, -inf, -inf, -inf, 1, 0, 0, -inf]),
      (.maximum, [nan, nan, nan, inf, inf, inf, 1, inf, inf, inf, 0]),
      (.power, [nan, 1, nan, inf, inf, 0, -inf, inf, 0, 1, 1]),
      (.remainder, [nan, nan, nan, nan, nan, nan, nan, nan, 0, nan, nan]),
    ] as [(BinaryFunction, [Float])])
  func functionsOfTwoElements(function: BinaryFunction, expected: [Float]) {
    let a: [Float] = [nan, 1, nan, inf, -inf, inf, -inf, inf, 0, inf, -inf]
    let b: [Float] = [1, nan, nan, inf, inf, -inf, 1, 1, inf, 0, 0]
    expect(
      .binary(function, then: nil), [Tensor([11], floats: a), Tensor([11], floats: b)], expected)
  }

  @Test func slopesOfPrelu() {
    let x = Tensor([3], floats: [nan, inf, -inf])
    expect(.binary(.prelu, then: nil), [x, Tensor([], floats: [0.5])], [nan, inf, -inf])
    expect(.binary(.prelu, then: nil), [x, Tensor([], floats: [0])], [nan, inf, nan])
  }

  /// A line of three, its softmax, sum, mean, largest, smallest, and pools over two neighbours.
  struct Line: Sendable {
    let values, softmax: [Float]
    let sum, mean, largest, smallest: Float
    let maxPool, averagePool: [Float]
    let order: [Int64]
  }

  @Test(arguments: [
    Line(
      values: [nan, 1, 2], softmax: [nan, nan, nan], sum: nan, mean: nan, largest: nan,
      smallest: nan, maxPool: [nan, 2], averagePool: [nan, 1.5], order: [0, 2]),
    Line(
      values: [inf, 1, 2], softmax: [nan, nan, nan], sum: inf, mean: inf, largest: inf, smallest: 1,
      maxPool: [inf, 2], averagePool: [inf, 1.5], order: [0, 2]),
    Line(
      values: [-inf, 1, 2], softmax: [0, 0.26894143, 0.7310586], sum: -inf, mean: -inf, largest: 2,
      smallest: -inf, maxPool: [1, 2], averagePool: [-inf, 1.5], order: [2, 1]),
    Line(
      values: [-inf, -inf, -inf], softmax: [nan, nan, nan], sum: -inf, mean: -inf, largest: -inf,
      smallest: -inf, maxPool: [-inf, -inf], averagePool: [-inf, -inf], order: [0, 1]),
    Line(
      values: [inf, -inf, 0], softmax: [nan, nan, nan], sum: nan, mean: nan, largest: inf,
      smallest: -inf, maxPool: [inf, 0], averagePool: [nan, -inf], order: [0, 2]),
  ])
  func linesAndWindows(line: Line) {
    let x = Tensor([3], floats: line.values)
    let image = Tensor([1, 1, 1, 3], floats: line.values)
    let pooling = Pooling(kernel: Pair(1, 2))
    expect(.softmax(axis: 0), [x], line.softmax)
    expect(.reduce(.sum, axes: [0], keepDimensions: false), [x], [line.sum])
    expect(.reduce(.mean, axes: [0], keepDimensions: false), [x], [line.mean])
    expect(.reduce(.maximum, axes: [0], keepDimensions: false), [x], [line.largest])
    expect(.reduce(.minimum, axes: [0], keepDimensions: false), [x], [line.smallest])
    expect(.maxPool(pooling), [image], line.maxPool)
    expect(.averagePool(pooling), [image], line.averagePool)
    expect(.globalAveragePool, [image], [line.mean])
    let places = evaluate(.topIndices(TopIndices(axis: 0, count: 2)), [x])
    #expect(places.integers == line.order)
  }

  @Test func comparisonsAndChoices() {
    let a = Tensor([4], floats: [nan, 1, inf, -inf])
    let b = Tensor([4], floats: [nan, nan, inf, inf])
    #expect(evaluate(.compare(.equal), [a, b]).booleans == [false, false, true, false])
    #expect(evaluate(.compare(.less), [a, b]).booleans == [false, false, false, true])
    #expect(evaluate(.compare(.lessOrEqual), [a, b]).booleans == [false, false, true, true])
    // What is not chosen does not reach the result.
    let condition = Tensor([2], booleans: [true, false])
    expect(
      .select, [condition, Tensor([2], floats: [1, nan]), Tensor([2], floats: [nan, 2])], [1, 2])
    #expect(evaluate(.cast(.bool), [a]).booleans == [true, true, true, true])
  }

  @Test func layers() {
    let x = Tensor([1, 3], floats: [nan, 1, 2])
    expect(
      .linear(hasBias: false, then: .relu), [x, Tensor([2, 3], floats: [1, 1, 1, 0, 1, 1])],
      [nan, nan])
    let y = Tensor([1, 3], floats: [inf, 1, 2])
    expect(
      .linear(hasBias: false, then: nil), [y, Tensor([2, 3], floats: [1, 1, 1, 0, 1, 1])],
      [inf, nan])
    // Only windows that see the element.
    let image = Tensor([1, 1, 1, 5], floats: [1, 2, 3, 4, nan])
    expect(
      .convolution(Convolution()), [image, Tensor([1, 1, 1, 2], floats: [1, 1])], [3, 5, 7, nan])
  }
}
