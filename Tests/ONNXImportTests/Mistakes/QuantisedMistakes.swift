import ONNXImport

/// One node on x f32[2, 4], q u8[2, 4], b i8[2, 4], image u8[1, 2, 3, 3], w i8[3, 2, 1, 1], s and t, scales f32[] and
/// f32[3], z and zb, zero points u8[] and i8[], bias i32[3] and words i64[2].
private func node(
  _ kind: String, _ inputs: [String], domain: String = "",
  _ attributes: [(String, ONNXWriter.Attribute)] = [], error: String
) -> Mistake {
  .node(kind, inputs, domain: domain, attributes, opset: 17, error: error, hint: nil) { writer in
    let (uint8, int8, int32) = (2, 3, 6)
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 * 7 % 100) } }
    let one = withUnsafeBytes(of: Float(1)) { Array($0) }
    writer.input("x", 2, 4)
    writer.input("q", [.fixed(2), .fixed(4)], element: uint8)
    writer.input("b", [.fixed(2), .fixed(4)], element: int8)
    writer.input("image", [.fixed(1), .fixed(2), .fixed(3), .fixed(3)], element: uint8)
    writer.initializer("w", [3, 2, 1, 1], element: int8, raw: bytes(6))
    writer.initializer("s", [], raw: one)
    writer.ones("t", 3)
    writer.ones("square", 2, 2)
    writer.ones("two", 2)
    writer.initializer("ztwo", [2], element: uint8, raw: [1, 2])
    writer.initializer("z", [], element: uint8, raw: [3])
    writer.initializer("zt", [3], element: uint8, raw: [1, 2, 3])
    writer.initializer("zb", [], element: int8, raw: [3])
    writer.initializer("bias", [3], element: int32, raw: bytes(12))
    writer.initializer("long", [4], element: int32, raw: bytes(16))
    writer.integers("words", 1, 2)
    writer.input("deep", [.fixed(1), .fixed(9000)], element: uint8)
    writer.input("high", [.fixed(9000), .fixed(1)], element: uint8)
  }
}

/// Nodes on quantised values that cannot be imported, and why.
let quantisedMistakes: [Mistake] = [
  node(
    "DequantizeLinear", ["q", "s", "zb"],
    error: "its zero point is of int8, and what it belongs to of uint8"),
  node(
    "DequantizeLinear", ["q", "t", "zt"],
    error: "a scale f32[3] does not lie along axis 1 of u8[2, 4]"),
  node(
    "DequantizeLinear", ["q", "s", "zt"],
    error: "dequantize needs a zero point of type u8[], not u8[3]"),
  node(
    "DequantizeLinear", ["q", "square"], [("axis", .int(7))],
    error: "axis 7 does not exist in a tensor of 2 axes"),
  node("DequantizeLinear", ["q"], error: "its operand 2 is missing"),
  node("QuantizeLinear", ["x"], error: "its operand 2 is missing"),
  node(
    "QLinearConv", ["image", "s", "z", "w", "s", "zb", "s"],
    [("channels_last", .int(1))], error: "channels_last is not supported"),
  node(
    "QLinearConv", ["x", "s", "z", "w", "s", "zb", "s", "z"],
    error: "its operand 1 must be of integers of 8 bits, not float"),
  node(
    "QLinearConv", ["image", "s", "z", "w", "square", "zb", "s", "z"],
    error: "a scale f32[2, 2] does not lie along axis 0 of i8[3, 2, 1, 1]"),
  node(
    "QLinearConv", ["image", "s", "z", "w", "s", "z", "s", "z"],
    error: "its zero point is of uint8, and what it belongs to of int8"),
  node(
    "QLinearConv", ["image", "s", "z", "w", "s", "zb", "s", "bias"],
    error: "it gives integers of 8 bits, not int32"),
  node(
    "QLinearConv", ["image", "s", "z", "w", "s", "zb", "s", "z", "words"],
    error: "its operand 9 must be of integers of 32 bits, not int64"),
  node(
    "QLinearConv", ["image", "s", "z", "w", "s", "zb", "s", "z", "long"],
    error: "conv2d needs a bias of type f32[3], not f32[4]"),
  node(
    "QLinearConv", ["q", "s", "z", "w", "s", "zb", "s", "z"],
    error:
      "[N, C, W], [N, C, H, W] or [N, C, D, H, W] and a weight of as many axes are supported, not "
      + "[2, 4] and [3, 2, 1, 1]"),
  node("QLinearConv", ["image", "s", "z"], error: "its operand 4 is missing"),
  node(
    "QLinearMatMul", ["q", "s", "z", "b", "s", "zb", "s", "z"],
    error: "matmul cannot multiply f32[2, 4] by f32[2, 4]"),
  node(
    "ConvInteger", ["image", "w", "zb"],
    error: "its zero point is of int8, and what it belongs to of uint8"),
  node(
    "ConvInteger", ["image", "words"],
    error: "its operand 2 must be of integers of 8 bits, not int64"),
  node(
    "MatMulInteger", ["q", "b", "zt"],
    error: "a zero point u8[3] does not lie along axis 0 of u8[2, 4]"),
  node("MatMulInteger", ["q", "z"], error: "a scalar is not a matrix"),
  node(
    "MatMulInteger", ["deep", "high"],
    error: "its sums of 9000 products may not be exact as f32, which they are computed in"),
  node(
    "QLinearConcat", ["s", "z", "q"], domain: "com.microsoft", [("axis", .int(1))],
    error: "it takes a scale, a zero point, and three operands for each value"),
  node(
    "QLinearConcat", ["s", "z", "q", "s", "z", "image", "s", "z"], domain: "com.microsoft",
    [("axis", .int(0))], error: "concat along axis 0 cannot join f32[2, 4] and f32[1, 2, 3, 3]"),
  node(
    "QLinearAdd", ["q", "s", "z", "image", "s", "z", "s", "z"], domain: "com.microsoft",
    error: "add of f32[2, 4] and f32[1, 2, 3, 3]: the shapes do not fit"),
  node(
    "QGemm", ["q", "s", "z", "b", "s", "zb", "", "s", "z"], domain: "com.microsoft",
    [("transB", .int(1)), ("beta", .float(2)), ("gamma", .int(1))],
    error: "the attribute 'gamma' is not supported"),
  node(
    "QGemm", ["q", "two", "ztwo", "b", "s", "zb", "bias", "s", "z"], domain: "com.microsoft",
    error: "a bias needs one scale of the first operand, not f32[2]"),
  node(
    "QLinearSigmoid", ["q", "s", "z"], domain: "com.microsoft", error: "its operand 4 is missing"),
]
