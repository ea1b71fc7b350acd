import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// Operators that change the size of images: what a line becomes in the flat form, and mistakes.
@Suite struct ImageOperatorTests {
  @Test(
    arguments: [
      (
        "conv_transpose2d(x, 6, kernel: 2, stride: 2)",
        "conv_transpose2d(x, kernel: 2, stride: 2, weight: $y.weight f32[4, 6, 2, 2]) : f32[1, 6, 16, 16]"
      ),
      (
        "conv_transpose2d(x, 6, kernel: [3, 4], stride: [2, 1], padding: 1, output_padding: [1, 0], dilation: [1, 2], groups: 2, bias: true, then: relu)",
        "conv_transpose2d(x, kernel: [3, 4], stride: [2, 1], padding: 1, output_padding: [1, 0], dilation: [1, 2], groups: 2, weight: $y.weight f32[4, 3, 3, 4], bias: $y.bias f32[6], then: relu) : f32[1, 6, 16, 12]"
      ),
      (
        "conv_transpose2d(x, weight: $w f32[4, 3, 1, 1], bias: $b f32[3])",
        "conv_transpose2d(x, kernel: 1, weight: $w f32[4, 3, 1, 1], bias: $b f32[3]) : f32[1, 3, 8, 8]"
      ),
      ("resize(x, size: 16)", "resize(x, size: 16) : f32[1, 4, 16, 16]"),
      ("resize(x, scale: 2)", "resize(x, size: 16) : f32[1, 4, 16, 16]"),
      (
        "resize(x, scale: [1.3, 2], mode: linear)",
        "resize(x, scale: [1.3, 2], mode: linear) : f32[1, 4, 10, 16]"
      ),
      (
        "resize(x, size: [5, 8], mode: cubic, coordinates: align_corners, cubic: -0.5, antialias: true, exclude_outside: true)",
        "resize(x, size: [5, 8], mode: cubic, coordinates: align_corners, cubic: -0.5, exclude_outside: true, antialias: true) : f32[1, 4, 5, 8]"
      ),
      (
        "resize(x, size: [5, 8], scale: [0.7, 1], rounding: floor)",
        "resize(x, scale: [0.7, 1], rounding: floor) : f32[1, 4, 5, 8]"
      ),
      (
        "local_response_norm(x, size: 5, alpha: 2e-5, bias: 2)",
        "local_response_norm(x, size: 5, alpha: 2e-05, bias: 2) : f32[1, 4, 8, 8]"
      ),
      ("depth_to_space(x, size: 2)", "depth_to_space(x, size: 2) : f32[1, 1, 16, 16]"),
      (
        "space_to_depth(x, size: 4, order: crd)",
        "space_to_depth(x, size: 4, order: crd) : f32[1, 64, 2, 2]"
      ),
      ("prelu(x, x)", "prelu(x, x) : f32[1, 4, 8, 8]"),
    ])
  func oneLine(written: String, flat: String) throws {
    let graph = try model("input x: f32[N, 4, 8, 8]\ny = \(written)\noutput y")
    let lines = printModel(graph).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[2] == "y = \(flat)")
    expectRoundTrip(graph)
  }

  @Test func dynamicConvolution() throws {
    let graph = try model(
      """
      input x: f32[N, 4, 8, 8]
      input a: f32[N, 3]
      y = dynamic_conv2d(x, a, 6, kernel: 3, stride: 2, groups: 2, bias: true, then: relu)
      z = dynamic_conv2d(x, a, weight: $w f32[3, 4, 4, 1, 1], add: x)
      output y
      output z
      """)
    let lines = printModel(graph).split(separator: "\n")
    #expect(
      lines[3...4] == [
        "y = dynamic_conv2d(x, a, kernel: 3, stride: 2, groups: 2, weight: $y.weight f32[3, 6, 2, 3, 3], bias: $y.bias f32[6], then: relu) : f32[1, 6, 3, 3]",
        "z = dynamic_conv2d(x, a, kernel: 1, weight: $w f32[3, 4, 4, 1, 1], add: x) : f32[1, 4, 8, 8]",
      ])
    expectRoundTrip(graph)
  }

  @Test(arguments: [("prelu(x)", 4), ("prelu(x, slopes: 1)", 1)])
  func trainedSlopes(written: String, count: Int) throws {
    let graph = try model("input x: f32[N, 4, 8, 8]\nact = \(written)\noutput act")
    let slope = try #require(graph.node(named: "act.weight"))
    #expect(graph[slope].type == TensorType([count]))
    let node = graph[try #require(graph.node(named: "act"))]
    #expect(node.operation == .binary(.prelu, then: nil))
    #expect(graph[node.inputs[1]].type == TensorType([count, 1, 1]))
    expectRoundTrip(graph)
  }

  @Test(
    arguments: [
      ("conv_transpose2d(x)", "conv_transpose2d needs 'channels'"),
      ("conv_transpose2d(x, 8)", "conv_transpose2d needs 'kernel'"),
      ("conv_transpose2d(x, 8, kernel: 0)", "'kernel' of conv_transpose2d is at least 1"),
      (
        "conv_transpose2d(x, 9, kernel: 2, groups: 2)",
        "conv_transpose2d with 2 groups needs channels divisible by it, not 4 in and 9 out"
      ),
      (
        "conv_transpose2d(x, 8, weight: $w f32[4, 3, 1, 1], groups: 2)",
        "8 does not fit the weight f32[4, 3, 1, 1] of conv_transpose2d"
      ),
      (
        "conv_transpose2d(x, weight: $w f32[4, 3, 1, 1], kernel: 2)",
        "'kernel' of conv_transpose2d does not fit the weight f32[4, 3, 1, 1]"
      ),
      (
        "conv_transpose2d(x, weight: $w f32[4, 3, 1, 1], groups: 9223372036854775807, bias: true)",
        "needs a weight [4, K / groups, R, S]"
      ),
      ("conv_transpose2d(x, 8, kernel: 2, padding: 9)", "padding that leaves nothing"),
      (
        "conv_transpose2d(flatten(x), 8, kernel: 2)", "takes an image [N, C, H, W], not f32[1, 256]"
      ),
      ("resize(x)", "resize needs 'size'"),
      ("resize(x, scale: -1)", "resize needs 'size'"),
      ("resize(x, scale: [1, 2, 3])", "'scale' of resize is a number or [height, width]"),
      ("resize(x, size: 8, scale: 3)", "does not go with the scales [3.0, 3.0]"),
      ("resize(x, size: 8, mode: bilinear)", "'mode' of resize is one of nearest, linear, cubic"),
      ("resize(x, size: 8, mode: cubic, cubic: nan)", "an attribute that is not a number"),
      ("local_response_norm(x)", "local_response_norm needs 'size'"),
      ("depth_to_space(x, size: 2, order: rcd)", "'order' of depth_to_space is one of dcr, crd"),
      ("depth_to_space(x, size: 3)", "needs channels that 9 divides"),
      ("prelu(x, slopes: 3)", "'slopes' of prelu is 1 or 4, the channels of f32[1, 4, 8, 8]"),
      ("prelu(constant(1.0))", "prelu takes [N, C, …], not f32[]"),
      ("dynamic_conv2d(x, x, 8, kernel: 3)", "takes attention [N, kernels], not f32[1, 4, 8, 8]"),
      ("dynamic_conv2d(x, 8, kernel: 3)", "an operand of dynamic_conv2d is a tensor"),
      ("dynamic_conv2d(x, flatten(x))", "dynamic_conv2d needs 'channels'"),
      (
        "dynamic_conv2d(x, flatten(x), 8, weight: $w f32[256, 6, 4, 1, 1])",
        "8 does not fit the weight f32[256, 6, 4, 1, 1]"
      ),
    ])
  func mistakes(written: String, message: String) {
    let error = #expect(throws: (any Error).self) {
      try model("input x: f32[N, 4, 8, 8]\ny = \(written)\noutput y")
    }
    #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
