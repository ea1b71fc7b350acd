import GraphIR
import Interpreter
import Testing

/// `quantize` and `dequantize`, value by value.
@Suite struct QuantizationTests {
  private func quantized(
    _ values: [Float], scale: Float, zero: Tensor, to element: ElementType
  ) -> [Int64] {
    let operands = [
      Tensor([values.count], floats: values), Tensor([], floats: [scale]), zero,
    ]
    let result = evaluate(.quantize(Quantization(element: element)), operands)
    #expect(result.element == element)
    return result.wholeNumbers ?? []
  }

  @Test func halvesAreRoundedToTheEvenIntegerBeforeTheZeroPointIsAdded() {
    let zero = Tensor([], elements: [UInt8(3)])
    let values: [Float] = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.25]
    #expect(
      quantized(values, scale: 1, zero: zero, to: .uint8) == [3, 5, 5, 3, 1, 1, 3])
    #expect(
      quantized(values, scale: 0.5, zero: zero, to: .uint8) == [4, 6, 8, 2, 0, 0, 3])
  }

  @Test func valuesOutsideOfTheTypeBecomeItsEnds() {
    let values: [Float] = [300, -300, .infinity, -.infinity, .nan, 1e30, -1e30, 127.4, -0.0]
    #expect(
      quantized(values, scale: 1, zero: Tensor([], elements: [UInt8(1)]), to: .uint8)
        == [255, 0, 255, 0, 0, 255, 0, 128, 1])
    #expect(
      quantized(values, scale: 1, zero: Tensor([], elements: [Int8(-1)]), to: .int8)
        == [127, -128, 127, -128, -128, 127, -128, 126, -1])
    // x / 0 is infinite, 0 / 0 is not a number.
    #expect(
      quantized([1, -1, 0], scale: 0, zero: Tensor([], elements: [Int8(5)]), to: .int8)
        == [127, -128, -128])
  }

  @Test func everyEntryOfAnAxisHasItsOwnScale() {
    let x = Tensor([2, 3, 1], floats: [1, 2, 3, -1, -2, -3])
    let scales = Tensor([3], floats: [1, 0.5, 0.25])
    let zeros = Tensor([3], elements: [Int8](arrayLiteral: 0, 1, -2))
    let q = evaluate(.quantize(Quantization(element: .int8, axis: 1)), [x, scales, zeros])
    #expect(q.wholeNumbers == [1, 5, 10, -1, -3, -14])
    #expect(evaluate(.dequantize(axis: 1), [q, scales, zeros]) == x)
  }

  @Test func integersOf32BitsAreTheirNearestFloats() {
    let x = Tensor([3], elements: [Int32(16_777_217), .min, -5])
    let result = evaluate(
      .dequantize(axis: nil), [x, Tensor([], floats: [0.5]), Tensor([], elements: [Int32(0)])])
    #expect(result.floats == [8_388_608, -0x1p30, -2.5])
  }
}
