import ONNXImport

/// One node on x f32[1, 4, 6, 6], v f32[1, 4, 3, 6, 6], m f32[2, 3], w f32[3, 4, 3, 3], u f32[3, 2,
/// 1, 3, 3] and i i64[2]; large f32[1, 1, 4096, 4097] and grid f32[1, 1, 1, 2].
private func node(
  _ kind: String, _ inputs: [String], outputs: [String] = ["y"],
  _ attributes: [(String, ONNXWriter.Attribute)] = [], opset: Int = 13,
  error: String, hint: String? = nil
) -> Mistake {
  .node(
    kind, inputs, outputs: outputs, attributes, opset: opset, error: error, hint: hint
  ) { writer in
    writer.input("x", 1, 4, 6, 6)
    writer.input("m", 2, 3)
    writer.input("v", 1, 4, 3, 6, 6)
    writer.input("large", 1, 1, 4096, 4097)
    writer.input("grid", 1, 1, 1, 2)
    writer.input("i", [.fixed(2)], element: 7)
    writer.ones("w", 3, 4, 3, 3)
    writer.ones("u", 3, 2, 1, 3, 3)
    writer.ones("c", 4)
    writer.integers("minus", 5, -3)
    writer.integers("none", 1, 0)
    writer.integers("many", 1 << 26)
  }
}

/// Nodes that cannot be imported, and why.
let nodeMistakes: [Mistake] = [
  node("Conv", ["x"], error: "its operand 2 is missing"),
  node(
    "Conv", ["m", "w"],
    error:
      "[N, C, W], [N, C, H, W] or [N, C, D, H, W] and a weight of as many axes are supported, not "
      + "[2, 3] and [3, 4, 3, 3]"),
  node(
    "Conv", ["x", "w"], [("group", .int(2))],
    error: "conv2d with 2 groups needs channels divisible by it, not 4 in and 3 out"),
  node(
    "Conv", ["x", "w"], [("kernel_shape", .ints([5, 5]))],
    error: "kernel_shape [5, 5] differs from the weight's [3, 3]"),
  node(
    "Conv", ["x", "w"], [("strides", .ints([0, 1]))],
    error: "strides [0, 1] should lie from 1 to 1048576"),
  node(
    "Conv", ["x", "w"], [("pads", .ints([1, 1]))],
    error: "pads [1, 1] should have 4 numbers for an operand of this rank"),
  node(
    "Conv", ["x", "w"], [("pads", .int(1))], error: "the attribute 'pads' is not of kind INTS"),
  node(
    "Conv", ["x", "w"], [("auto_pad", .string("SAME"))],
    error: "auto_pad 'SAME' is not one that ONNX defines"),
  node(
    "MaxPool", ["x"], outputs: ["y", "z"],
    [("kernel_shape", .ints([64, 64])), ("pads", .ints([63, 63, 63, 63]))],
    error: "indices of windows [64, 64] are not supported; of up to 1024 elements they are"),
  node("MaxPool", ["x"], error: "kernel_shape is missing"),
  node(
    "BitShift", ["i", "i"], [("direction", .string("UP"))],
    error: "direction 'UP' is not one that ONNX defines"),
  node(
    "BitShift", ["i", "i"], [("direction", .string("LEFT"))],
    error: "it shifts integers of 64 bits to the left by numbers that are not known, or above 24"),
  node(
    "BitShift", ["m", "i"], [("direction", .string("LEFT"))],
    error: "it shifts integers, not f32[2, 3]"),
  node("BitwiseAnd", ["x", "i"], opset: 18, error: "it takes integers, not f32[1, 4, 6, 6]"),
  node("BitwiseNot", ["m"], opset: 18, error: "it takes integers, not f32[2, 3]"),
  node(
    "AveragePool", ["x"], [("kernel_shape", .ints([7, 7]))],
    error: "average_pool has a 7×7 window that does not fit the padded image of f32[1, 4, 6, 6]"),
  node(
    "BatchNormalization", ["x", "c", "c", "c", "c"], outputs: ["y", "z"], opset: 14,
    error: "its output 2, 'z', is used but not supported"),
  node(
    "BatchNormalization", ["x", "c", "c", "c", "c"], [("spatial", .int(0))], opset: 8,
    error: "with spatial=0 its variance should be f32[4, 6, 6], not f32[4]"),
  node(
    "Celu", ["m"], [("alpha", .float(-1))],
    error: "alpha -1.0 is not supported; numbers above 0 are"),
  node(
    "ScatterElements", ["m", "i", "m"], [("reduction", .string("mean"))],
    error: "reduction 'mean' is not one that ONNX defines"),
  node(
    "Einsum", ["m", "m"], [("equation", .string("ij,jk"))],
    error: "the index 'j' of 'ij,jk' is both 3 and 2"),
  node(
    "GridSample", ["large", "grid"], opset: 16,
    error: "f32[1, 1, 4096, 4097] has more pixels in all images than the 16777216 that are "
      + "supported"),
  node(
    "GridSample", ["x", "m"],
    error: "positions f32[2, 3] do not fit f32[1, 4, 6, 6]"),
  node(
    "GatherND", ["m", "i"], [("batch_dims", .int(1))],
    error: "indices i64[2] do not fit f32[2, 3]"),
  node("Relu", ["i"], error: "relu takes f32, but its operand is i64[2]"),
  node("Add", ["x", "m"], error: "add of f32[1, 4, 6, 6] and f32[2, 3]: the shapes do not fit"),
  node("Add", ["x", "x", "x"], error: "its operand 3, 'x', is not supported"),
  node(
    "Gemm", ["x", "m"],
    error: "its first operand should be a matrix, not f32[1, 4, 6, 6]"),
  node("MatMul", ["m", "m"], error: "matmul cannot multiply f32[2, 3] by f32[2, 3]"),
  node(
    "Reshape", ["m", "i"],
    error: "its shape ('i') depends on the data that the model is given",
    hint: "static shapes need it to follow from constants and shapes"),
  node("Reshape", ["m", "minus"], error: "shape [5, -3] has a negative extent"),
  node("Flatten", ["m"], [("axis", .int(3))], error: "axis 3 does not exist in a tensor of 2 axes"),
  node(
    "Transpose", ["m"], [("perm", .ints([0, 0]))],
    error: "transpose of f32[2, 3] needs a permutation of its axes, not [0, 0]"),
  node("Squeeze", ["x", "minus"], error: "axis 5 does not exist in a tensor of 4 axes"),
  node("Concat", ["m"], error: "axis is missing"),
  node(
    "Concat", ["m", "x"], [("axis", .int(0))],
    error: "concat along axis 0 cannot join f32[2, 3] and f32[1, 4, 6, 6]"),
  node(
    "ConvTranspose", ["v", "u"], error: "a weight for 3 channels does not fit a volume of 4"),
  node(
    "Concat", ["x", "m"], [("axis", .int(3))],
    error: "concat along axis 3 cannot join f32[1, 4, 6, 6] and f32[2, 3]"),
  node("Gather", ["m", "minus"], error: "index 5 lies outside axis 0 of f32[2, 3]"),
  node("Slice", ["m"], error: "starts or ends are missing"),
  node(
    "Split", ["m"], outputs: ["y", "z"], [("axis", .int(0)), ("split", .ints([1, 2]))], opset: 11,
    error: "parts of [1, 2] do not make up axis 0 of f32[2, 3]"),
  node(
    "Pad", ["m", "minus"], [("mode", .string("mirror"))],
    error: "mode 'mirror' is not one that ONNX defines"),
  node(
    "Pad", ["m", "minus"], error: "pads [5, -3] do not fit f32[2, 3]: two per axis are needed"),
  node("Softmax", ["m"], [("axis", .int(2))], error: "axis 2 does not exist in a tensor of 2 axes"),
  node(
    "ReduceMean", ["m"], [("axes", .ints([0, -2]))], error: "axis -2 is named twice"),
  node("Cast", ["m"], [("to", .int(8))], error: "element type string is not supported"),
  node(
    "Where", ["i", "i", "i"],
    error: "select cannot choose by i64[2] between i64[2] and i64[2]"),
  node("Constant", [], error: "it holds no tensor, number or list of numbers"),
  node(
    "Div", ["i", "zero"], error: "it reads 'zero', which nothing gives"),
  node(
    "Bernoulli", ["x"], error: "the operator Bernoulli is not supported"),
  node(
    "Unique", ["x"],
    error: "the operator is computed when the file is read, but its operand 1 depends on the data "
      + "that the model is given",
    hint: "it is supported on constants, and on what follows from them and from static shapes"),
  node(
    "If", ["x"], error: "its then_branch is missing"),
  node("If", ["w"], error: "its condition must be one truth value, not f32[3, 4, 3, 3]"),
  node("Div", ["minus", "none"], error: "it divides integers by 0"),
  node("Mod", ["minus", "none"], error: "it divides integers by 0"),
  node("CumSum", ["c", "minus"], error: "its axis must be one integer"),
  node(
    "ScatterND", ["c", "minus", "c"],
    error: "indices i64[2] and updates f32[4] do not fit f32[4]"),
  node(
    "Einsum", ["c", "w"], [("equation", .string("ij,j"))],
    error: "'ij' does not fit an operand of 1 axis"),
  node(
    "QuantizeLinear", ["x", "w"],
    error: "a scale f32[3, 4, 3, 3] does not lie along axis 1 of f32[1, 4, 6, 6]"),
  node(
    "QuantizeLinear", ["x", "m"], [("block_size", .int(2))],
    error: "a scale f32[2, 3] does not fit blocks of 2 along axis 1 of f32[1, 4, 6, 6]"),
  node(
    "QuantizeLinear", ["x", "c"], [("output_dtype", .int(6))],
    error: "it gives integers of 4, 8 or 16 bits, not int32"),
  node(
    "DequantizeLinear", ["i", "none"], [("output_dtype", .int(2))],
    error: "it gives floats, not uint8"),
  node(
    "OneHot", ["minus", "many", "minus"],
    error: "a depth of 67108864.0 is not supported"),
]
