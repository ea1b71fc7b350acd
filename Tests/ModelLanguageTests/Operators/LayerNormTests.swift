import GraphIR
import Interpreter
import ModelLanguage
import TestSupport
import Testing

/// `layer_norm` and `parameter`: what they add to a graph, and mistakes.
@Suite struct LayerNormTests {
  private func parameters(_ graph: Graph) -> [String] {
    graph.constants.filter { graph[$0].operation == .parameter }
      .map { "\(graph[$0].name) \(graph[$0].type)" }
  }

  @Test(
    arguments: [
      ("layer_norm(x)", ["y.weight f32[4]", "y.bias f32[4]"]),
      ("layer_norm(x, axes: [1], epsilon: 1e-6)", ["y.weight f32[2]", "y.bias f32[2]"]),
      ("layer_norm(x, axes: [-1, 2])", ["y.weight f32[3, 4]", "y.bias f32[3, 4]"]),
      ("layer_norm(x, axes: [1, 3])", ["y.weight f32[2, 4]", "y.bias f32[2, 4]"]),
      ("rms_norm(x)", ["y.weight f32[4]"]),
      ("rms_norm(x, axes: [1, 2], epsilon: 0.5)", ["y.weight f32[2, 3]"]),
    ])
  func hasAWeightAndABias(call: String, expected: [String]) throws {
    let graph = try model("input x: f32[N, 2, 3, 4]\ny = \(call)\noutput y")
    #expect(parameters(graph) == expected)
    #expect(graph[graph.outputs[0].node].name == "y")
    #expect(graph[graph.outputs[0].node].type == TensorType([1, 2, 3, 4]))
    expectRoundTrip(graph)
  }

  /// Pixels [1, 3] and [2, 4] over the channels: mean 2 and 3, variance 1 and 1.
  @Test func normalisesOverTheAxes() throws {
    var graph = try model(
      "input x: f32[1, 2, 1, 2]\ny = layer_norm(x, axes: [1], epsilon: 0)\noutput y")
    for id in graph.constants where graph[id].operation == .parameter {
      let isWeight = graph[id].name == "y.weight"
      graph.bind(id, to: Tensor([2], floats: isWeight ? [2, 3] : [10, 20]))
    }
    let x = Tensor([1, 2, 1, 2], floats: [1, 2, 3, 4])
    #expect(try Interpreter(graph).run(inputs: ["x": x])["y"]?.floats == [8, 8, 23, 23])
  }

  /// Rows [1, 7] and [2, 14] have the mean squares 25 and 100.
  @Test func dividesByTheRootOfTheMeanSquare() throws {
    var graph = try model("input x: f32[2, 2]\ny = rms_norm(x, epsilon: 0)\noutput y")
    for id in graph.constants where graph[id].operation == .parameter {
      graph.bind(id, to: Tensor([2], floats: [5, 10]))
    }
    let x = Tensor([2, 2], floats: [1, 7, 2, 14])
    #expect(try Interpreter(graph).run(inputs: ["x": x])["y"]?.floats == [1, 14, 1, 14])
  }

  @Test func aParameterHasTheNameOfItsStatement() throws {
    let graph = try model(
      """
      input x: f32[N, 4]
      token = parameter() : f32[1, 4]
      y = stack 2 of scaled(x + token)
      output y
      block scaled(x) {
        scale = parameter() : f32[extent(x, 1)]
        return scale * x
      }
      """)
    #expect(
      parameters(graph) == ["token f32[1, 4]", "y.0.scale f32[4]", "y.1.scale f32[4]"])
    expectRoundTrip(graph)
  }

  @Test func mistakesAreShown() {
    let text = #"""
      model m
      input x: f32[1, 4]
      a = layer_norm(x, axes: [2])
      b = layer_norm(x, axes: [])
      c = layer_norm(shape(x))
      d = layer_norm(x, epsilon: -1)
      e = parameter()
      f = relu(parameter()) : f32[4]
      g = parameter(x) : f32[4]
      output x
      """#
    #expect(
      mistakes(text) == #"""
        m.resin:3:25: error: 'axes' of layer_norm is a list of distinct axes below 2
           3 | a = layer_norm(x, axes: [2])
             |                         ^~~
        m.resin:4:5: error: layer_norm takes f32 and at least one axis of it
           4 | b = layer_norm(x, axes: [])
             |     ^~~~~~~~~~~~~~~~~~~~~~~
        m.resin:5:5: error: layer_norm takes f32 and at least one axis of it
           5 | c = layer_norm(shape(x))
             |     ^~~~~~~~~~~~~~~~~~~~
        m.resin:6:5: error: 'epsilon' of layer_norm is a finite number of at least 0
           6 | d = layer_norm(x, epsilon: -1)
             |     ^~~~~~~~~~~~~~~~~~~~~~~~~~
        m.resin:7:5: error: parameter needs a statement and a type of its own
           7 | e = parameter()
             |     ^~~~~~~~~~~ write NAME = parameter() : f32[8, 16]
        m.resin:8:10: error: parameter needs a statement and a type of its own
           8 | f = relu(parameter()) : f32[4]
             |          ^~~~~~~~~~~ write NAME = parameter() : f32[8, 16]
        m.resin:9:15: error: parameter takes 0 arguments by position, not 1
           9 | g = parameter(x) : f32[4]
             |               ^
        """#)
  }
}
