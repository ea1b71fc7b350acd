import GraphIR
import Interpreter
import TestSupport
import Testing

/// The cases of all families.
private let goldenCases =
  convolutionGoldens + imageGoldens + poolGoldens + sumGoldens + unaryGoldens + binaryGoldens
  + movementGoldens + recurrentGoldens + attentionGoldens

@Test("operations agree with PyTorch", arguments: goldenCases)
func golden(_ golden: GoldenCase) throws {
  #expect(try golden.operation.resultType(golden.operands.map(\.type)) == golden.expected.type)
  let actual = evaluate(golden.operation, golden.operands)
  #expect(mismatch(actual, golden.expected, tolerance: 2e-7) == nil)
}

/// Bit patterns, so that NaN equals NaN and zeros keep their signs.
private func bits(_ tensor: Tensor) -> [UInt32] {
  tensor.floats.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
}

private func vector(_ values: Float...) -> Tensor { Tensor([values.count], floats: values) }

private func whole(_ values: Int64...) -> Tensor { Tensor([values.count], integers: values) }

@Test(
  "NaN stays NaN in unary functions",
  arguments: [
    UnaryFunction.relu, .clip(low: 0, high: 6), .sigmoid, .tanh, .leakyRelu(slope: 0.1),
    .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .silu, .exp, .log, .sqrt, .reciprocal,
    .negate, .absolute, .floor, .ceil, .erf, .elu(alpha: 0.5), .softplus, .mish, .gelu, .geluTanh,
    .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .round,
  ])
func nanStays(_ function: UnaryFunction) {
  #expect(evaluate(.unary(function), [vector(Float.nan)]).floats[0].isNaN)
}

@Test("minimum and maximum give NaN if either operand is")
func nanOfTwo() {
  for function in [BinaryFunction.minimum, .maximum] {
    let result = evaluate(
      .binary(function, then: nil), [vector(Float.nan, 1, 2), vector(1, Float.nan, 2)])
    #expect(bits(result) == bits(vector(Float.nan, Float.nan, 2)))
  }
}

@Test("a window with NaN has a NaN maximum, wherever it stands")
func nanInMaxPool() {
  for position in 0..<4 {
    var values: [Float] = [1, 2, 3, 4]
    values[position] = .nan
    let result = evaluate(
      .maxPool(Pooling(kernel: Pair(2))), [Tensor([1, 1, 2, 2], floats: values)])
    #expect(result.floats[0].isNaN)
  }
}

@Test("padding never wins a maximum")
func paddingInMaxPool() {
  let result = evaluate(
    .maxPool(Pooling(kernel: Pair(3), padding: Padding(1))), [Tensor([1, 1, 1, 1], floats: [-5])])
  #expect(result.floats == [-5])
}

@Test("softmax does not overflow, and NaN spreads along its line only")
func softmaxExtremes() {
  let x = Tensor([2, 2], floats: [1e30, -1e30, .nan, 0])
  #expect(bits(evaluate(.softmax(axis: 1), [x])) == bits(vector(Float(1), 0, .nan, .nan)))
}

@Test("a convolution adds its residual before its epilogue")
func convolutionEpilogue() {
  let attributes = Convolution(hasBias: true, hasResidual: true, then: .relu)
  let result = evaluate(
    .convolution(attributes),
    [
      Tensor([1, 1, 1, 2], floats: [2, 3]), Tensor([1, 1, 1, 1], floats: [2]), vector(1),
      Tensor([1, 1, 1, 2], floats: [-10, 10]),
    ])
  #expect(result.floats == [0, 17])
}

@Test("integer arithmetic is defined for every value")
func integerArithmetic() {
  func combine(_ function: BinaryFunction, _ a: Int64, _ b: Int64) -> Int64 {
    evaluate(.binary(function, then: nil), [whole(a), whole(b)]).integers[0]
  }
  #expect(combine(.divide, 7, -2) == -3)
  #expect(combine(.divide, 7, 0) == 0)
  #expect(combine(.divide, .min, -1) == .min)
  #expect(combine(.add, .max, 1) == .min)
  #expect(combine(.subtract, 3, 5) == -2)
  #expect(combine(.multiply, -3, 5) == -15)
  #expect(combine(.minimum, 3, 5) == 3)
  #expect(combine(.maximum, 3, 5) == 5)
  #expect(combine(.power, 3, 4) == 81)
  #expect(combine(.power, 3, -1) == 0)
  #expect(combine(.power, -1, -3) == -1)
  #expect(combine(.power, 2, .max) == 0)
}

@Test("casts truncate, clamp, and take NaN to 0")
func casts() {
  let x = vector(Float(1.9), -1.9, 0, .nan, .infinity, -.infinity)
  #expect(evaluate(.cast(.int64), [x]).integers == [1, -1, 0, 0, .max, .min])
  #expect(evaluate(.cast(.bool), [x]).booleans == [true, true, false, true, true, true])
  #expect(evaluate(.cast(.float32), [whole(3)]).floats == [3])
  let truth = evaluate(.cast(.bool), [whole(2, 0)])
  #expect(evaluate(.cast(.int64), [truth]).integers == [1, 0])
  #expect(evaluate(.cast(.float32), [truth]).floats == [1, 0])
}

@Test("casts to narrow integers keep the low bits")
func narrowCasts() {
  let x = vector(Float(1.9), -1.9, 255.5, 256, 300.7, -200, .nan, .infinity, 0x1p70)
  // As ONNX Runtime casts on x86-64, which the standard leaves open.
  #expect(
    evaluate(.cast(.uint8), [x]) == Tensor([9], elements: [UInt8(1), 255, 255, 0, 44, 56, 0, 0, 0]))
  #expect(
    evaluate(.cast(.int8), [x]) == Tensor([9], elements: [Int8(1), -1, -1, 0, 44, 56, 0, 0, 0]))
  let wide = whole(200, 1 << 32 + 5, -129)
  #expect(evaluate(.cast(.int8), [wide]) == Tensor([3], elements: [Int8(-56), 5, 127]))
  #expect(evaluate(.cast(.int32), [wide]) == Tensor([3], elements: [Int32(200), 5, -129]))
  let bytes = Tensor([2], elements: [UInt8(200), 0])
  #expect(evaluate(.cast(.int8), [bytes]) == Tensor([2], elements: [Int8(-56), 0]))
  #expect(evaluate(.cast(.float32), [bytes]).floats == [200, 0])
  #expect(evaluate(.cast(.bool), [bytes]).booleans == [true, false])
}

@Test("shape arithmetic: shape, gather, concat, slice and pad of integers")
func shapeArithmetic() {
  let shape = evaluate(.shapeOf, [Tensor([2, 3, 5], floats: .init(repeating: 0, count: 30))])
  #expect(shape == whole(2, 3, 5))
  #expect(evaluate(.gather(axis: 0), [shape, whole(-1, 0)]) == whole(5, 2))
  #expect(evaluate(.gather(axis: 0), [shape, whole(9, -9)]) == whole(5, 2))
  let scalar = Tensor([], integers: [1])
  #expect(evaluate(.gather(axis: 0), [shape, scalar]) == Tensor([], integers: [3]))
  #expect(
    evaluate(.concatenate(axis: 0), [shape, whole(-1)]) == whole(2, 3, 5, -1))
  let pad = PadAmounts(before: [1], after: [0], value: 7)
  #expect(evaluate(.pad(pad), [whole(2)]) == whole(7, 2))
  #expect(evaluate(.broadcast([2]), [whole(4)]) == whole(4, 4))
}

@Test("gather of images takes planes in the order asked for")
func gatherOfFloats() {
  let x = Tensor([1, 3, 2], floats: [0, 1, 2, 3, 4, 5])
  let indices = Tensor([2, 1], integers: [2, 0])
  #expect(
    evaluate(.gather(axis: 1), [x, indices]) == Tensor([1, 2, 1, 2], floats: [4, 5, 0, 1]))
}

@Test("scattered elements replace those of their line, the last of several for one place")
func scatter() {
  let x = Tensor([2, 3], floats: [0, 1, 2, 3, 4, 5])
  let indices = Tensor([2, 2], integers: [-1, 0, 9, 2])
  let updates = Tensor([2, 2], floats: [6, 7, 8, 9])
  #expect(
    evaluate(.scatterElements(axis: 1), [x, indices, updates])
      == Tensor([2, 3], floats: [7, 1, 6, 3, 4, 9]))
}

@Test("tensors without elements give tensors without elements")
func emptyTensors() {
  let x = Tensor([0, 2, 4, 4], floats: [])
  let weight = Tensor([3, 2, 1, 1], floats: .init(repeating: 1, count: 6))
  #expect(evaluate(.convolution(Convolution()), [x, weight]).shape == [0, 3, 4, 4])
  #expect(evaluate(.globalAveragePool, [x]).shape == [0, 2, 1, 1])
  #expect(evaluate(.softmax(axis: 1), [x]).shape == [0, 2, 4, 4])
  #expect(evaluate(.binary(.add, then: nil), [x, x]).shape == [0, 2, 4, 4])
  let empty = Tensor([0], integers: [])
  let one = vector(Float(1))
  #expect(evaluate(.gather(axis: 0), [one, empty]).shape == [0])
  #expect(evaluate(.concatenate(axis: 0), [x, x]).shape == [0, 2, 4, 4])
}
