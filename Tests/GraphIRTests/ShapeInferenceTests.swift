import GraphIR
import Testing

/// An operation on operands that do not fit, and what the error must say.
struct MisfitCase: Sendable, CustomTestStringConvertible {
  let operation: Operation
  let operands: [TensorType]
  let message: String

  init(_ operation: Operation, _ operands: [TensorType], _ message: String) {
    self.operation = operation
    self.operands = operands
    self.message = message
  }

  var testDescription: String { "\(operation.mnemonic): \(message)" }
}

private func f32(_ shape: Int...) -> TensorType { TensorType(shape) }

private func i64(_ shape: Int...) -> TensorType { TensorType(shape, element: .int64) }

private func u8(_ shape: Int...) -> TensorType { TensorType(shape, element: .uint8) }

private let image = f32(1, 4, 5, 6)

private let misfits: [MisfitCase] = [
  MisfitCase(.unary(.relu), [], "relu takes 1 operand, not 0"),
  MisfitCase(.unary(.relu), [i64(2)], "relu takes f32, but its operand is i64[2]"),
  MisfitCase(
    .unary(.relu), [TensorType([2], element: .uint8)],
    "relu takes f32, but its operand is u8[2]: cast it first"),
  MisfitCase(
    .binary(.add, then: nil), [TensorType([2], element: .int32), TensorType([2], element: .int32)],
    "add cannot combine i32[2] and i32[2]: cast them to one type, i64 or f32, first"),
  MisfitCase(
    .compare(.less), [TensorType([2], element: .int8), i64(2)],
    "less cannot compare i8[2] and i64[2]: cast them to one type, i64 or f32, first"),
  MisfitCase(
    .bits(.and), [u8(2), i64(2)],
    "bit_and takes two operands of one type of integers, not u8[2] and i64[2]"),
  MisfitCase(
    .bits(.or), [f32(2), f32(2)],
    "bit_or takes two operands of one type of integers, not f32[2] and f32[2]"),
  MisfitCase(
    .bits(.exclusiveOr), [i64(2), i64(3)], "bit_xor of i64[2] and i64[3]: the shapes do not fit"),
  MisfitCase(
    .gather(axis: 0), [f32(2), TensorType([2], element: .int32)],
    "gather takes i64 indices, not i32[2]: cast it first"),
  MisfitCase(
    .pad(PadAmounts(before: [1], after: [0], value: 256)), [TensorType([2], element: .uint8)],
    "pad of u8[2] cannot fill in 256.0"),
  MisfitCase(.convolution(Convolution()), [f32(1, 4, 5), f32(1, 4, 3, 3)], "takes an image"),
  MisfitCase(.convolution(Convolution()), [image, f32(8, 3, 3, 3)], "needs a weight [K, 4, R, S]"),
  MisfitCase(
    .convolution(Convolution(groups: 3)), [image, f32(3, 1, 1, 1)], "channels divisible by it"),
  MisfitCase(.convolution(Convolution(groups: 0)), [image, f32(3, 1, 1, 1)], "at least 1 group"),
  MisfitCase(
    .convolution(Convolution()), [image, f32(8, 4, 6, 1)], "does not fit the padded image"),
  MisfitCase(
    .convolution(Convolution(stride: Pair(0))), [image, f32(8, 4, 3, 3)], "needs a stride from 1"),
  MisfitCase(
    .convolution(Convolution(padding: Padding(-1))), [image, f32(8, 4, 3, 3)],
    "needs a padding from 0"),
  MisfitCase(
    .convolution(Convolution(hasBias: true)), [image, f32(8, 4, 3, 3), f32(4)],
    "needs a bias of type f32[8], not f32[4]"),
  MisfitCase(
    .convolution(Convolution(hasResidual: true)), [image, f32(8, 4, 1, 1), f32(1, 8, 1, 1)],
    "needs a residual of type f32[1, 8, 5, 6]"),
  MisfitCase(
    .dynamicConvolution(Convolution()), [image, f32(1, 2), f32(8, 4, 3, 3)],
    "takes kernels [M, K, C / groups, R, S], at least 1, not f32[8, 4, 3, 3]"),
  MisfitCase(
    .dynamicConvolution(Convolution()), [image, f32(1, 3), f32(2, 8, 4, 3, 3)],
    "dynamic_conv2d needs attention of type f32[1, 2], not f32[1, 3]"),
  MisfitCase(
    .dynamicConvolution(Convolution()), [image, f32(1, 2), f32(2, 8, 3, 3, 3)],
    "needs a weight [K, 4, R, S]"),
  MisfitCase(
    .transposedConvolution(TransposedConvolution()), [image, f32(8, 4, 3, 3)],
    "conv_transpose2d of f32[1, 4, 5, 6] in 1 group needs a weight [4, K / groups, R, S]"),
  MisfitCase(
    .transposedConvolution(TransposedConvolution(groups: 3)), [image, f32(4, 4, 3, 3)],
    "in 3 groups needs a weight"),
  MisfitCase(
    .transposedConvolution(TransposedConvolution(groups: -1)), [image, f32(4, 4, 3, 3)],
    "at least 1 group"),
  MisfitCase(
    .transposedConvolution(TransposedConvolution(padding: Padding(4))), [image, f32(4, 4, 3, 3)],
    "padding that leaves nothing"),
  MisfitCase(
    .transposedConvolution(TransposedConvolution(outputPadding: Pair(-1))),
    [image, f32(4, 4, 3, 3)], "needs an output padding from 0"),
  MisfitCase(
    .transposedConvolution(TransposedConvolution(groups: 2, hasBias: true)),
    [image, f32(4, 4, 3, 3), f32(4)], "needs a bias of type f32[8], not f32[4]"),
  MisfitCase(.linear(hasBias: false, then: nil), [f32(2, 3), f32(5, 4)], "needs a weight [O, 3]"),
  MisfitCase(.linear(hasBias: false, then: nil), [f32(), f32(5, 4)], "needs a weight [O, 1]"),
  MisfitCase(.matrixMultiply, [f32(2, 3), f32(4, 5)], "cannot multiply f32[2, 3] by f32[4, 5]"),
  MisfitCase(
    .batchNormalization(epsilon: 0), [image, f32(4), f32(4), f32(3), f32(4)],
    "needs a mean of type f32[4]"),
  MisfitCase(
    .batchNormalization(epsilon: -1), [image, f32(4), f32(4), f32(4), f32(4)], "epsilon ≥ 0"),
  MisfitCase(.unary(.clip(low: .nan, high: 6)), [image], "clip has an attribute that is not a num"),
  MisfitCase(
    .binary(.add, then: .leakyRelu(slope: .nan)), [image, image],
    "add has an attribute that is not a number"),
  MisfitCase(
    .pad(PadAmounts(before: [0], after: [1], value: .nan)), [f32(2)],
    "pad has an attribute that is not a number"),
  MisfitCase(.binary(.add, then: nil), [f32(2, 3), f32(2)], "the shapes do not fit"),
  MisfitCase(.binary(.add, then: nil), [f32(2), i64(2)], "cannot combine f32[2] and i64[2]"),
  MisfitCase(.binary(.add, then: .relu), [i64(2), i64(2)], "add takes f32"),
  MisfitCase(.maxPool(Pooling(kernel: Pair(7))), [image], "7×7 window that does not fit"),
  MisfitCase(
    .maxPool(Pooling(kernel: Pair(2), padding: Padding(2))), [image], "windows of padding only"),
  MisfitCase(.resize(Resize(size: Pair(0, 4))), [image], "needs a size from 1 to 1048576, not 0×4"),
  MisfitCase(.resize(Resize(size: Pair(4))), [f32(4, 4)], "takes an image"),
  MisfitCase(
    .resize(Resize(size: Pair(10, 12), scales: [2, 3])), [image],
    "to 10×12 does not go with the scales [2.0, 3.0]"),
  MisfitCase(
    .resize(Resize(size: Pair(1, 6), scales: [0, 1])), [image],
    "to 1×6 does not go with the scales [0.0, 1.0]"),
  MisfitCase(
    .resize(Resize(size: Pair(4), cubicCoefficient: .nan)), [image], "that is not a number"),
  MisfitCase(.localResponse(LocalResponse(size: 0)), [image], "needs a size from 1 to"),
  MisfitCase(
    .localResponse(LocalResponse(size: 3, alpha: .nan)), [image], "that is not a number"),
  MisfitCase(.depthToSpace(DepthBlocks(block: 3)), [image], "needs channels that 9 divides"),
  MisfitCase(.depthToSpace(DepthBlocks(block: 0)), [image], "needs a block from 1 to 1024, not 0"),
  MisfitCase(
    .spaceToDepth(DepthBlocks(block: 2)), [image], "needs rows and columns that 2 divides"),
  MisfitCase(
    .alignRegions(RegionAlignment(size: Pair(2))), [f32(4, 5, 6), f32(3, 4), i64(3)],
    "takes an image"),
  MisfitCase(
    .alignRegions(RegionAlignment(size: Pair(2))), [image, f32(3, 5), i64(3)],
    "takes regions [R, 4]"),
  MisfitCase(
    .alignRegions(RegionAlignment(size: Pair(2))), [image, f32(3, 4), i64(2)],
    "needs i64[3] that say in which image each is, not i64[2]"),
  MisfitCase(
    .alignRegions(RegionAlignment(size: Pair(0))), [image, f32(3, 4), i64(3)],
    "a size of at least one row and column"),
  MisfitCase(
    .alignRegions(RegionAlignment(size: Pair(2), samples: 257)), [image, f32(3, 4), i64(3)],
    "takes 0 to 256 samples, not 257"),
  MisfitCase(
    .alignRegions(RegionAlignment(size: Pair(1 << 31))), [image, f32(3, 4), i64(3)],
    "which is too large"),
  MisfitCase(.suppressBoxes(Suppression()), [f32(1, 6, 5), f32(1, 2, 6)], "takes boxes [N, B, 4]"),
  MisfitCase(
    .suppressBoxes(Suppression()), [f32(1, 6, 4), f32(1, 6, 2)], "needs scores [1, C, 6] of f32"),
  MisfitCase(
    .suppressBoxes(Suppression(count: 7)), [f32(1, 6, 4), f32(1, 2, 6)],
    "cannot keep 7 of the boxes f32[1, 6, 4]"),
  MisfitCase(
    .suppressBoxes(Suppression(overlap: .nan)), [f32(1, 6, 4), f32(1, 2, 6)],
    "that is not a number"),
  MisfitCase(.truePlaces, [f32(3)], "takes truth values, not f32[3]"),
  MisfitCase(
    .quantize(Quantization(element: .int32)), [image, f32(), TensorType([], element: .int32)],
    "gives u8 or i8, not i32"),
  MisfitCase(
    .quantize(Quantization(element: .uint8)), [u8(3), f32(), u8()],
    "takes f32, but its operand is u8[3]"),
  MisfitCase(
    .quantize(Quantization(element: .uint8)), [image, f32(1), u8(1)],
    "needs a scale of type f32[], not f32[1]"),
  MisfitCase(
    .quantize(Quantization(element: .uint8, axis: 1)), [image, f32(3), u8(3)],
    "needs a scale of type f32[4], not f32[3]"),
  MisfitCase(
    .quantize(Quantization(element: .int8)), [image, f32(), u8()],
    "needs a zero point of type i8[], not u8[]"),
  MisfitCase(
    .quantize(Quantization(element: .uint8, axis: 4)), [image, f32(4), u8(4)], "names axis 4"),
  MisfitCase(.dequantize(axis: nil), [i64(3), f32(), i64()], "takes u8, i8 or i32, not i64[3]"),
  MisfitCase(.dequantize(axis: 0), [u8(3), f32(3), u8()], "a zero point of type u8[3], not u8[]"),
  MisfitCase(.dequantize(axis: nil), [u8(3), f32()], "takes 3 operands, not 2"),
  MisfitCase(.globalAveragePool, [f32(1, 4, 0, 6)], "of an empty image"),
  MisfitCase(.reduce(.mean, axes: [4], keepDimensions: false), [image], "names axis 4"),
  MisfitCase(.reduce(.mean, axes: [1, 1], keepDimensions: false), [image], "without repetition"),
  MisfitCase(.reduce(.maximum, axes: [0], keepDimensions: false), [f32(0)], "over an empty axis"),
  MisfitCase(.reshape([7]), [f32(2, 3)], "cannot give f32[2, 3], with 6 elements, the shape [7]"),
  MisfitCase(.reshape([Int.max, 4]), [f32(4)], "reshape cannot give"),
  MisfitCase(.transpose([0, 0]), [f32(2, 3)], "needs a permutation"),
  MisfitCase(.concatenate(axis: 0), [], "needs an operand"),
  MisfitCase(.concatenate(axis: 0), [f32(2, 3), f32(2, 4)], "cannot join"),
  MisfitCase(.slice([SliceRange(start: 0, end: 3)]), [f32(2)], "does not lie in an axis of 2"),
  MisfitCase(.slice([SliceRange(start: 0, end: 2, step: 0)]), [f32(2)], "does not lie"),
  MisfitCase(.slice([]), [f32(2)], "needs 1 ranges, not 0"),
  MisfitCase(.pad(PadAmounts(before: [-1], after: [0])), [f32(2)], "at least 0"),
  MisfitCase(.pad(PadAmounts(before: [2], after: [0], mode: .reflect)), [f32(2)], "larger than"),
  MisfitCase(.pad(PadAmounts(before: [1], after: [0], mode: .edge)), [f32(0)], "larger than"),
  MisfitCase(
    .pad(PadAmounts(before: [1 << 31, 1 << 31], after: [0, 0])), [f32(1, 1)], "too large"),
  MisfitCase(.broadcast([2, 4]), [f32(2, 3)], "cannot give f32[2, 3] the shape [2, 4]"),
  MisfitCase(.broadcast([1 << 30, 1 << 30]), [f32(1)], "too large"),
  MisfitCase(.softmax(axis: 2), [f32(2, 3)], "names axis 2"),
  MisfitCase(
    .stridedShortcut(StridedShortcut(stride: Pair(0), channelsBefore: 0, channelsAfter: 0)),
    [image], "needs strides from 1 to"),
  MisfitCase(.gather(axis: 0), [f32(2), f32(1)], "takes i64 indices"),
  MisfitCase(.gather(axis: 1), [f32(2), i64(1)], "names axis 1"),
  MisfitCase(
    .scatterElements(axis: 0), [f32(2, 3), i64(1, 3), f32(2, 3)],
    "scatter_elements into f32[2, 3] along axis 0 cannot put f32[2, 3] at i64[1, 3]"),
]

@Test("operands that do not fit give an error that says why", arguments: misfits)
func misfit(_ misfit: MisfitCase) {
  let error = #expect(throws: ShapeError.self) { try misfit.operation.resultType(misfit.operands) }
  #expect(error?.message.contains(misfit.message) == true, "\(error?.message ?? "")")
}

@Test("windows that only ceil mode adds must start inside the image or the padding before it")
func ceilMode() throws {
  func extent(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int) throws -> Int {
    let pooling = Pooling(
      kernel: Pair(kernel), stride: Pair(stride), padding: Padding(padding), ceilMode: true)
    return try Operation.maxPool(pooling).resultType([f32(1, 1, size, size)]).shape[2]
  }
  #expect(try extent(6, 3, 2, 0) == 3)
  #expect(try extent(7, 3, 2, 0) == 3)
  #expect(try extent(6, 2, 3, 1) == 3)
  // The third window would start behind the image.
  #expect(try extent(5, 2, 3, 1) == 2)
  // A window larger than the image, by less than its stride.
  #expect(try extent(2, 3, 2, 0) == 1)
  #expect(throws: ShapeError.self) { try extent(1, 3, 2, 0) }
}

@Test("shapes broadcast from the right")
func broadcasting() {
  #expect(broadcastShape([2, 1, 3], [4, 1]) == [2, 4, 3])
  #expect(broadcastShape([], [2]) == [2])
  #expect(broadcastShape([0], [1]) == [0])
  #expect(broadcastShape([2], [3]) == nil)
}

@Test("element counts are checked for sign, overflow and size")
func elementCounts() {
  #expect(TensorType.checkedElementCount(of: [2, 3]) == 6)
  #expect(TensorType.checkedElementCount(of: []) == 1)
  #expect(TensorType.checkedElementCount(of: [-1]) == nil)
  #expect(TensorType.checkedElementCount(of: [Int.max, 2]) == nil)
  #expect(TensorType.checkedElementCount(of: [1 << 20, 1 << 21]) == nil)
}
