import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// A number for each kind of operation: a new one does not compile until it is counted here, and
/// does not pass until it has an example.
private func kind(_ operation: GraphIR.Operation) -> Int {
  switch operation {
  case .input, .parameter, .constant: 0
  case .convolution: 1
  case .linear: 2
  case .matrixMultiply: 3
  case .batchNormalization: 4
  case .unary: 5
  case .binary: 6
  case .maxPool: 7
  case .averagePool: 8
  case .globalAveragePool: 9
  case .reduce: 10
  case .reshape: 11
  case .transpose: 12
  case .concatenate: 13
  case .slice: 14
  case .pad: 15
  case .broadcast: 16
  case .softmax: 17
  case .identity: 18
  case .dropout: 19
  case .stridedShortcut: 20
  case .shapeOf: 21
  case .gather: 22
  case .cast: 23
  case .transposedConvolution: 24
  case .resize: 25
  case .localResponse: 26
  case .depthToSpace: 27
  case .spaceToDepth: 28
  case .dynamicConvolution: 29
  case .gatherElements: 30
  case .compare: 31
  case .select: 32
  case .topIndices: 33
  case .scatterElements: 34
  case .recurrent: 35
  case .attention: 36
  case .alignRegions: 37
  case .suppressBoxes: 38
  case .truePlaces: 39
  case .quantize: 40
  case .dequantize: 41
  case .integerConvolution: 42
  case .bits: 43
  }
}

/// As `kind`, for functions of one element.
private func functionKind(_ function: UnaryFunction) -> Int {
  switch function {
  case .relu: 0
  case .clip: 1
  case .sigmoid: 2
  case .tanh: 3
  case .leakyRelu: 4
  case .hardSigmoid: 5
  case .hardSwish: 6
  case .silu: 7
  case .exp: 8
  case .log: 9
  case .sqrt: 10
  case .reciprocal: 11
  case .negate: 12
  case .absolute: 13
  case .floor: 14
  case .ceil: 15
  case .erf: 16
  case .elu: 17
  case .softplus: 18
  case .mish: 19
  case .gelu: 20
  case .geluTanh: 21
  case .sin: 22
  case .cos: 23
  case .tan: 24
  case .asin: 25
  case .acos: 26
  case .atan: 27
  case .sinh: 28
  case .cosh: 29
  case .asinh: 30
  case .acosh: 31
  case .atanh: 32
  case .round: 33
  case .saturate: 34
  }
}

@Suite struct OperatorsTests {
  @Test func everyOperationHasAnExample() {
    #expect(Set(operationExamples.map { kind($0.operation) }) == Set(1...43))
    let functions = operationExamples.compactMap { example -> Int? in
      if case .unary(let function) = example.operation { functionKind(function) } else { nil }
    }
    #expect(Set(functions) == Set(0...34))
  }

  @Test(arguments: operationExamples)
  func everyOperationRoundTrips(example: OperationExample) throws {
    expectRoundTrip(try example.graph())
  }

  @Test func everyFunctionMayFollowAConvolution() throws {
    for example in operationExamples {
      guard case .unary(let function) = example.operation else { continue }
      var graph = Graph(name: "m")
      let x = graph.addInput("x", TensorType([1, 2, 3, 3]))
      let weight = graph.addParameter("y.weight", TensorType([4, 2, 1, 1]))
      let y = try graph.add(.convolution(Convolution(then: function)), [x, weight], name: "y")
      graph.addOutput("y", y)
      expectRoundTrip(graph)
    }
  }

  /// What a line of the language becomes in the flat form.
  @Test(
    arguments: [
      (
        "max_pool(x, kernel: [3, 2], stride: 2, padding: 1)",
        "max_pool(x, kernel: [3, 2], stride: 2, padding: 1) : f32[1, 4, 4, 5]"
      ),
      (
        "max_pool(x, kernel: 2, padding: [0, 1])",
        "max_pool(x, kernel: 2, padding: [0, 1]) : f32[1, 4, 7, 9]"
      ),
      (
        "average_pool(x, kernel: 2, padding: [0, 0, 1, 1], count_padding: true)",
        "average_pool(x, kernel: 2, padding: [0, 0, 1, 1], count_padding: true) : f32[1, 4, 8, 8]"
      ),
      (
        "max_pool(x, kernel: 2, ceil_mode: false, dilation: 1)",
        "max_pool(x, kernel: 2) : f32[1, 4, 7, 7]"
      ),
      ("flatten(x)", "reshape(x, shape: [1, 256]) : f32[1, 256]"),
      ("flatten(x, axis: -1)", "reshape(x, shape: [1, 4, 8, 8]) : f32[1, 4, 8, 8]"),
      ("flatten(x, axis: 4)", "reshape(x, shape: [1, 4, 8, 8, 1]) : f32[1, 4, 8, 8, 1]"),
      ("squeeze(x)", "reshape(x, shape: [4, 8, 8]) : f32[4, 8, 8]"),
      ("squeeze(x, axes: [-4])", "reshape(x, shape: [4, 8, 8]) : f32[4, 8, 8]"),
      (
        "unsqueeze(x, axes: [0, -1])",
        "reshape(x, shape: [1, 1, 4, 8, 8, 1]) : f32[1, 1, 4, 8, 8, 1]"
      ),
      ("reshape(x, shape: [N, -1, 16])", "reshape(x, shape: [1, 16, 16]) : f32[1, 16, 16]"),
      ("softmax(x, axis: -1)", "softmax(x, axis: 3) : f32[1, 4, 8, 8]"),
      (
        "reduce_mean(x, axes: [-1, 2], keep_dimensions: true)",
        "reduce_mean(x, axes: [2, 3], keep_dimensions: true) : f32[1, 4, 1, 1]"
      ),
      ("concat([x, x], axis: 1)", "concat(x, x, axis: 1) : f32[1, 8, 8, 8]"),
      ("concat(x, x, axis: -4)", "concat(x, x, axis: 0) : f32[2, 4, 8, 8]"),
      ("slice(x, step: [1, 1, 2, -2])", "slice(x, step: [1, 1, 2, -2]) : f32[1, 4, 4, 4]"),
      (
        "slice(x, start: [0, 1, 0, 0], end: [1, 3, 8, 8])",
        "slice(x, start: [0, 1, 0, 0], end: [1, 3, 8, 8]) : f32[1, 2, 8, 8]"
      ),
      ("pad(x, before: [0, 0, 1, 1])", "pad(x, before: [0, 0, 1, 1]) : f32[1, 4, 9, 9]"),
      (
        "pad(x, after: [0, 0, 1, 1], mode: reflect)",
        "pad(x, after: [0, 0, 1, 1], mode: reflect) : f32[1, 4, 9, 9]"
      ),
      ("clip(x, 0, 6)", "clip(x, 0, 6) : f32[1, 4, 8, 8]"),
      ("clip(x, low: -1.5, high: inf)", "clip(x, -1.5, inf) : f32[1, 4, 8, 8]"),
      ("cast(x, to: i64)", "cast(x, to: i64) : i64[1, 4, 8, 8]"),
      ("shape(x)", "shape(x) : i64[4]"),
      ("dropout(x)", "dropout(x) : f32[1, 4, 8, 8]"),
      (
        "strided_shortcut(x, stride: 2, before: 2, after: 2)",
        "strided_shortcut(x, stride: 2, before: 2, after: 2) : f32[1, 8, 4, 4]"
      ),
      (
        "transpose(x, permutation: [0, 2, 3, 1])",
        "transpose(x, permutation: [0, 2, 3, 1]) : f32[1, 8, 8, 4]"
      ),
      ("x + x", "add(x, x) : f32[1, 4, 8, 8]"),
      ("x - x", "sub(x, x) : f32[1, 4, 8, 8]"),
      ("x * x", "mul(x, x) : f32[1, 4, 8, 8]"),
      ("x / x", "div(x, x) : f32[1, 4, 8, 8]"),
      ("-x", "negate(x) : f32[1, 4, 8, 8]"),
      (
        "conv2d(x, weight: $w* f32[2, 4, 3, 3], bias: $b f32[2], then: relu)",
        "conv2d(x, kernel: 3, weight: $w* f32[2, 4, 3, 3], bias: $b f32[2], then: relu) : f32[1, 2, 6, 6]"
      ),
      (
        "conv2d(x, 2, kernel: 1, bias: true)",
        "conv2d(x, kernel: 1, weight: $y.weight f32[2, 4, 1, 1], bias: $y.bias f32[2]) : f32[1, 2, 8, 8]"
      ),
      (
        "conv2d(x, 4, kernel: 1, groups: 4, add: x)",
        "conv2d(x, kernel: 1, groups: 4, weight: $y.weight f32[4, 1, 1, 1], add: x) : f32[1, 4, 8, 8]"
      ),
      (
        "linear(x, 3)",
        "linear(x, weight: $y.weight f32[3, 8], bias: $y.bias f32[3]) : f32[1, 4, 8, 3]"
      ),
      (
        "linear(x, features: 3, bias: false, then: silu)",
        "linear(x, weight: $y.weight f32[3, 8], then: silu) : f32[1, 4, 8, 3]"
      ),
      ("linear(x, weight: $w f32[3, 8])", "linear(x, weight: $w f32[3, 8]) : f32[1, 4, 8, 3]"),
      (
        "batch_norm(x, epsilon: 1e-3, bias: $b f32[4])",
        "batch_norm(x, epsilon: 0.001, weight: $y.weight f32[4], bias: $b f32[4], running_mean: $y.running_mean f32[4], running_var: $y.running_var f32[4]) : f32[1, 4, 8, 8]"
      ),
    ])
  func oneLine(written: String, flat: String) throws {
    let graph = try model("input x: f32[N, 4, 8, 8]\ny = \(written)\noutput y")
    let lines = printModel(graph).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[2] == "y = \(flat)")
    expectRoundTrip(graph)
  }
}
