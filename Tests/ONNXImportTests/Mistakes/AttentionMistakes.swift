/// One node on q f32[1, 2, 3, 4], rows f32[1, 3, 8], words i64[1, 3], far f32[1, 1, 2³⁰, 1] and weights of
/// ones.
private func node(
  _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXWriter.Attribute)] = [],
  domain: String = "", error: String, hint: String? = nil
) -> Mistake {
  .node(
    kind, inputs, domain: domain, attributes, opset: 24, error: error, hint: hint
  ) { writer in
    writer.input("q", 1, 2, 3, 4)
    writer.input("rows", 1, 3, 8)
    writer.input("m", 2, 3)
    writer.input("words", [.fixed(1), .fixed(3)], element: 7)
    writer.input("count", [.fixed(1)], element: 7)
    writer.input("far", 1, 1, 1 << 30, 1)
    writer.ones("w", 8, 24)
    writer.ones("b", 24)
    writer.ones("table", 5, 8)
    writer.ones("eight", 8)
    writer.ones("three", 3)
  }
}

private func fused(
  _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXWriter.Attribute)] = [],
  error: String, hint: String? = nil
) -> Mistake {
  node(kind, inputs, attributes, domain: "com.microsoft", error: error, hint: hint)
}

/// Nodes of attention, and of what stands around it, that cannot be imported, and why.
let attentionMistakes: [Mistake] = [
  node("Attention", ["q", "q"], error: "its operand 3 is missing"),
  node(
    "Attention", ["rows", "rows", "rows"],
    error: "its operand 1 should have heads, not be f32[1, 3, 8]"),
  node("Attention", ["m", "q", "q"], error: "its operand 1 should have heads, not be f32[2, 3]"),
  node(
    "Attention", ["rows", "rows", "rows"], [("q_num_heads", .int(3)), ("kv_num_heads", .int(2))],
    error: "f32[1, 3, 8] has no features of 3 heads"),
  node(
    "Attention", ["rows", "rows", "rows"],
    [("q_num_heads", .int(Int.min)), ("kv_num_heads", .int(2))],
    error: "f32[1, 3, 8] has no features of -9223372036854775808 heads"),
  node(
    "Attention", ["q", "q", "q"], [("is_causal", .string("yes"))],
    error: "the attribute 'is_causal' is not of kind INT"),
  node(
    "Attention", ["q", "q", "q"], [("left_window_size", .int(-2))],
    error: "left_window_size -2 should be -1 or more"),
  node(
    "Attention", ["q", "q", "q"], [("qk_matmul_output_mode", .float(1))],
    error: "the attribute 'qk_matmul_output_mode' is not of kind INT"),
  node("Attention", ["q", "q", "q", "", "q"], error: "its operand 6 is missing"),
  node(
    "Attention", ["q", "q", "q", "", "q", "q", "count"],
    error: "nonpad_kv_seqlen does not go with keys of before"),
  node(
    "Attention", ["far", "far", "far"], [("left_window_size", .int(1))],
    error: "a tensor of shape [1073741824, 1073741824] is too large, or has a negative extent"),
  node(
    "Attention", ["far", "far", "far", "", "", "", "count"], [("is_causal", .int(1))],
    error: "its operands are known, but its result takes too much to compute"),
  fused("Attention", ["rows", "w", "b"], error: "num_heads is missing"),
  fused(
    "Attention", ["rows", "w", "b"], [("num_heads", .int(5))],
    error: "f32[1, 3, 8] has no features of 5 heads"),
  fused(
    "Attention", ["rows", "w", "b"],
    [("num_heads", .int(2)), ("qkv_hidden_sizes", .ints([Int.max, Int.max, 8]))],
    error: "24 features are no queries, keys and values of [9223372036854775807, "
      + "9223372036854775807, 8]"),
  fused(
    "Attention", ["rows", "w", "b"],
    [("num_heads", .int(2)), ("qkv_hidden_sizes", .ints([16, 8]))],
    error: "24 features are no queries, keys and values of [16, 8]"),
  fused(
    "Attention", ["rows", "w", "b", "m"], [("num_heads", .int(2))],
    error: "a mask f32[2, 3] is not supported", hint: "[N], [N, keys] or [N, rows, keys] are"),
  fused(
    "Attention", ["rows", "w", "b", "", "q"], [("num_heads", .int(2))],
    error: "keys and values of before are not supported", hint: "export without a cache"),
  fused(
    "Attention", ["rows", "w", "b"], [("num_heads", .int(2)), ("do_rotary", .int(1))],
    error: "do_rotary is not supported"),
  fused(
    "MultiHeadAttention", ["rows"], [("num_heads", .int(2))],
    error: "queries, keys and values should be three operands, without those of before"),
  fused(
    "MultiHeadAttention", ["rows", "rows", "rows", "eight"], [("num_heads", .int(2))],
    error: "its bias should be f32[24]"),
  fused(
    "MultiHeadAttention", ["rows", "rows", "rows"], [("num_heads", .int(0))],
    error: "f32[1, 3, 8] has no features of 0 heads"),
  fused(
    "SkipLayerNormalization", ["rows", "rows", "three"],
    error: "mul of f32[1, 3, 8] and f32[3]: the shapes do not fit"),
  fused("SkipLayerNormalization", ["rows"], error: "its operand 2 is missing"),
  fused(
    "SkipLayerNormalization", ["rows", "rows", "eight"], [("epsilon", .int(1))],
    error: "the attribute 'epsilon' is not of kind FLOAT"),
  fused(
    "EmbedLayerNormalization", ["count", "", "table", "table", "", "eight", "eight"],
    error: "words [N, rows] are needed, not [1]"),
  fused(
    "EmbedLayerNormalization", ["words", "", "table", "", "", "eight", "eight"],
    error: "its operand 4 is missing"),
  fused(
    "EmbedLayerNormalization", ["words", "", "table", "table", "", "three", "eight"],
    error: "mul of f32[1, 3, 8] and f32[3]: the shapes do not fit"),
]
