/// One recurrent node on x f32[4, 2, 3], with weights w and r of an LSTM of 5 units, and w3 and r3 of a
/// GRU.
private func node(
  _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXWriter.Attribute)] = [],
  error: String, hint: String? = nil
) -> Mistake {
  .node(
    kind, inputs, attributes, opset: 14, error: error, hint: hint
  ) { writer in
    writer.input("x", 4, 2, 3)
    writer.input("lengths", [.fixed(2)], element: 6)
    writer.ones("w", 1, 20, 3)
    writer.ones("r", 1, 20, 5)
    writer.ones("w3", 1, 15, 3)
    writer.ones("r3", 1, 15, 5)
    writer.ones("flat", 20, 5)
    writer.ones("b", 1, 20)
    writer.integers("long", 5, 4)
    writer.integers("empty", 0, 4)
    writer.integers("three", 1, 2, 3)
  }
}

/// Recurrent nodes that cannot be imported, and why.
let recurrentMistakes: [Mistake] = [
  node("LSTM", ["x", "w"], error: "its operand 3 is missing"),
  node(
    "LSTM", ["x", "w", "flat"],
    error: "its R should be [directions, 4 · H, H], not f32[20, 5]"),
  node("LSTM", ["flat", "w", "r"], error: "its X should have three axes, not be f32[20, 5]"),
  node("GRU", ["x", "w", "r3"], error: "its W should be f32[1, 15, 3], not f32[1, 20, 3]"),
  node("LSTM", ["x", "w", "r", "b"], error: "its B should be f32[1, 40], not f32[1, 20]"),
  node(
    "LSTM", ["x", "w", "r", "", "", "x"],
    error: "its initial_h should be f32[1, 2, 5], not f32[4, 2, 3]"),
  node(
    "LSTM", ["x", "w", "r"], [("direction", .string("bidirectional"))],
    error: "its W should be f32[2, 20, 3], not f32[1, 20, 3]"),
  node(
    "LSTM", ["x", "w", "r"], [("direction", .string("backward"))],
    error: "direction 'backward' is not one that ONNX defines"),
  node(
    "LSTM", ["x", "w", "r"], [("hidden_size", .int(4))],
    error: "hidden_size is 4, but its R is f32[1, 20, 5]"),
  node("LSTM", ["x", "w", "r"], [("clip", .float(0))], error: "clip is 0.0; it must be above 0"),
  node(
    "GRU", ["x", "w3", "r3"], [("activations", .strings(["Sigmoid"]))],
    error: "it has 1 activation and needs 2"),
  node(
    "GRU", ["x", "w3", "r3"], [("activations", .strings(["Sigmoid", "Swish"]))],
    error: "the activation 'Swish' is not one that ONNX defines"),
  node(
    "GRU", ["x", "w3", "r3"],
    [("activations", .strings(["Sigmoid", "Affine"])), ("activation_alpha", .floats([2]))],
    error: "the activation 'Affine' needs a number in activation_beta"),
  node(
    "LSTM", ["x", "w", "r", "", "lengths"],
    error: "its sequence_lens ('lengths') depends on the data that the model is given",
    hint: "static shapes need it to follow from constants and shapes"),
  node(
    "LSTM", ["x", "w", "r", "", "long"],
    error: "its sequence_lens holds 5; lengths are 1 to 4"),
  node(
    "LSTM", ["x", "w", "r", "", "empty"],
    error: "its sequence_lens holds 0; lengths are 1 to 4"),
  node(
    "LSTM", ["x", "w", "r", "", "three"],
    error: "its sequence_lens should hold 2 lengths, not 3"),
  node(
    "GRU", ["x", "w3", "r3", "", "", "", "r3"], error: "its operand 7, 'r3', is not supported"),
  node(
    "LSTM", ["x", "w", "r"], [("linear_before_reset", .int(1))],
    error: "the attribute 'linear_before_reset' is not supported"),
]
