import GraphIR

/// `Attention` of the domain com.microsoft: the projection of queries, keys and values, then attention.
func importJoinedAttention(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  guard let heads = try context.integer("num_heads") else { throw Refusal("num_heads is missing") }
  guard context.opset >= 7, !context.hasOperand(4), !context.hasOperand(6) else {
    throw Refusal("keys and values of before are not supported", hint: "export without a cache")
  }
  guard try !context.flag("do_rotary") else { throw Refusal("do_rotary is not supported") }
  let x = try context.operand(0)
  let product = try context.add(
    .matrixMultiply, [x, try context.operand(1)], suffix: "product")
  let projected = try context.step(.add, product, try context.operand(2))
  let shape = context.shape(of: projected)
  guard shape.count == 3 else { throw Refusal("rows [N, rows, features] are needed") }
  let sizes = try context.integers("qkv_hidden_sizes") ?? [Int](repeating: shape[2] / 3, count: 3)
  guard sizes.count == 3, sizes.allSatisfy({ $0 > 0 && $0 <= shape[2] }),
    sizes.reduce(0, +) == shape[2]
  else {
    throw Refusal("\(shape[2]) features are no queries, keys and values of \(sizes)")
  }
  func part(_ index: Int) throws -> NodeID {
    let start = sizes[..<index].reduce(0, +)
    let ranges = shape[..<2].map { SliceRange(start: 0, end: $0) }
    let part = try context.add(
      .slice(ranges + [SliceRange(start: start, end: start + sizes[index])]), [projected],
      suffix: "part")
    return try context.apart(part, heads: heads, suffix: "heads")
  }
  var parts = AttentionParts(queries: try part(0), keys: try part(1), values: try part(2))
  try context.readMasks(padding: 3, bias: 5, into: &parts)
  return [.node(try context.joinedHeads(try context.attend(parts).result))]
}

/// `MultiHeadAttention` of queries, keys and values that are three operands, each with a bias if there is
/// one.
func importMultiHeadAttention(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  guard let heads = try context.integer("num_heads") else { throw Refusal("num_heads is missing") }
  guard context.hasOperand(1), context.hasOperand(2), !context.hasOperand(6),
    !context.hasOperand(7)
  else {
    throw Refusal("queries, keys and values should be three operands, without those of before")
  }
  let widths = try (0..<3).map { try context.operandType($0).shape.last ?? 0 }
  func part(_ index: Int) throws -> NodeID {
    var x = try context.operand(index)
    if context.shape(of: x).count == 4 { return x }
    if context.hasOperand(3) {
      let start = widths[..<index].reduce(0, +)
      guard try context.operandType(3).shape == [widths.reduce(0, +)] else {
        throw Refusal("its bias should be f32[\(widths.reduce(0, +))]")
      }
      let bias = try context.add(
        .slice([SliceRange(start: start, end: start + widths[index])]), [try context.operand(3)],
        suffix: "bias")
      x = try context.step(.add, x, bias)
    }
    return try context.apart(x, heads: heads, suffix: "heads")
  }
  var parts = AttentionParts(queries: try part(0), keys: try part(1), values: try part(2))
  try context.readMasks(padding: 4, bias: 5, into: &parts)
  return [.node(try context.joinedHeads(try context.attend(parts).result))]
}

extension OperatorContext {
  /// Reads what both have: the scale, masks, and whether later keys are hidden.
  fileprivate func readMasks(padding: Int, bias: Int, into parts: inout AttentionParts) throws {
    parts.isCausal = try flag("unidirectional")
    let filter = try float("mask_filter_value", default: -10000)
    let scale = try float("scale", default: 0)
    if scale != 0 { parts.scale = scale }
    if hasOperand(bias) { parts.masks.append(try operand(bias)) }
    guard hasOperand(padding) else { return }
    let (images, rows) = (shape(of: parts.queries)[0], shape(of: parts.queries)[2])
    let keys = shape(of: parts.keys)[2]
    let mask = try operand(padding)
    let seen: NodeID
    switch shape(of: mask) {
    case [images, keys], [images, rows, keys]:
      let lead = shape(of: mask).count == 2 ? [images, 1, 1, keys] : [images, 1, rows, keys]
      let whole = try add(.reshape(lead), [mask], suffix: "seen")
      let none = addConstant(Tensor([], integers: [0]), suffix: "none")
      seen = try add(.compare(.less), [none, whole], suffix: "seen")
    case [images]:
      let counts = try add(.reshape([images, 1, 1, 1]), [mask], suffix: "counts")
      seen = try add(.compare(.less), [try numbers(keys, behind: 0), counts], suffix: "seen")
    default:
      throw Refusal(
        "a mask \(type(of: mask)) is not supported", hint: "[N], [N, keys] or [N, rows, keys] are")
    }
    parts.masks.append(
      try add(.select, [seen, number(0), number(filter)], suffix: "mask"))
  }
}
