import Diagnostics
import GraphIR

/// `Attention` (sets 23 to 25): queries, keys and values with their heads apart, or side by side; a mask;
/// keys and values of before; how many keys of each image count; how far queries see.
func importAttention(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  // The type that the softmax is computed in; there is one.
  _ = try context.integer("softmax_precision")
  let areJoined = try context.operandType(0).rank == 3
  let queryHeads = try context.integer("q_num_heads")
  let keyHeads = try context.integer("kv_num_heads")
  var parts = AttentionParts(
    queries: try context.heads(0, count: queryHeads), keys: try context.heads(1, count: keyHeads),
    values: try context.heads(2, count: keyHeads))
  var before = 0
  if context.hasOperand(4) || context.hasOperand(5) {
    before = try context.operandType(4).shape.dropFirst(2).first ?? 0
    parts.keys = try context.following(4, parts.keys, suffix: "present_key")
    parts.values = try context.following(5, parts.values, suffix: "present_value")
  }
  let (rows, keys) = (context.shape(of: parts.queries)[2], context.shape(of: parts.keys)[2])
  parts.softcap = try context.float("softcap", default: 0)
  if context.hasAttribute("scale") { parts.scale = try context.float("scale", default: 1) }
  let isCausal = try context.flag("is_causal")
  let window = try KeyWindow(context, isCausal: isCausal, size: rows + keys)
  if context.hasOperand(3) { parts.masks.append(try context.mask(3, keys: keys)) }
  if context.hasOperand(6) {
    guard before == 0 else { throw Refusal("nonpad_kv_seqlen does not go with keys of before") }
    parts.masks += try context.countedKeys(6, window, rows: rows, keys: keys)
  } else if window.isCausal, before == 0 {
    parts.isCausal = true
  } else if window.isBounded {
    parts.masks.append(try context.seenKeys(window, rows: rows, keys: keys, before: before))
  }
  let mode = try context.integer("qk_matmul_output_mode", default: 0)
  let (result, scores) = try context.attend(
    parts, givesScores: context.hasResult(after: 2) ? mode : nil)
  let joined = areJoined ? try context.joinedHeads(result) : result
  return [.node(joined), .node(parts.keys), .node(parts.values), .node(scores ?? joined)]
}

/// How many keys before and behind its own position a query sees; all where nil.
private struct KeyWindow {
  var left: Int?
  var right: Int?

  /// All keys up to the query's own.
  static let causal = KeyWindow(left: nil, right: 0)

  private init(left: Int?, right: Int?) { (self.left, self.right) = (left, right) }

  /// - Parameter size: what no distance between a query and a key passes.
  init(_ context: OperatorContext, isCausal: Bool, size: Int) throws {
    func bound(_ name: String) throws -> Int? {
      let stated = try context.integer(name, default: -1)
      guard stated >= -1 else { throw Refusal("\(name) \(stated) should be -1 or more") }
      return stated < 0 ? nil : min(stated, size)
    }
    left = try bound("left_window_size")
    right = isCausal ? 0 : try bound("right_window_size")
  }

  var isBounded: Bool { left != nil || right != nil }
  /// Whether a query sees all keys up to its own, and no more.
  var isCausal: Bool { left == nil && right == 0 }
}

/// What attention is computed from.
struct AttentionParts {
  /// `[N, heads, rows, features]`.
  var queries: NodeID
  var keys: NodeID
  var values: NodeID
  /// Of numbers or truth values; each broadcasts to `[N, heads, rows, keys]`.
  var masks: [NodeID] = []
  var isCausal = false
  /// What scores are multiplied by; nil for the usual.
  var scale: Float?
  /// What scores are bounded by, if not 0.
  var softcap: Float = 0
}

extension OperatorContext {
  /// An operand with its heads apart, `[N, heads, rows, features]`.
  fileprivate func heads(_ index: Int, count: Int?) throws -> NodeID {
    let x = try operand(index)
    let shape = shape(of: x)
    guard shape.count != 4 else { return x }
    guard shape.count == 3, let count else {
      throw Refusal("its operand \(index + 1) should have heads, not be \(type(of: x))")
    }
    return try apart(x, heads: count, suffix: "heads")
  }

  /// `[N, rows, heads · features]` as `[N, heads, rows, features]`.
  func apart(_ x: NodeID, heads: Int, suffix: String) throws -> NodeID {
    let shape = shape(of: x)
    guard shape.count == 3, heads >= 1, shape[2] % heads == 0, shape[2] > 0 else {
      throw Refusal("\(type(of: x)) has no features of \(quantity(heads, "head"))")
    }
    let divided = try add(
      .reshape([shape[0], shape[1], heads, shape[2] / heads]), [x], suffix: "\(suffix).divided")
    return try add(.transpose([0, 2, 1, 3]), [divided], suffix: suffix)
  }

  /// `[N, heads, rows, features]` as `[N, rows, heads · features]`; the last operation of the node.
  func joinedHeads(_ x: NodeID) throws -> NodeID {
    let shape = shape(of: x)
    let rows = try add(.transpose([0, 2, 1, 3]), [x], suffix: "rows")
    return try add(.reshape([shape[0], shape[2], shape[1] * shape[3]]), [rows])
  }

  /// Rows behind those of an operand, which came before.
  fileprivate func following(_ index: Int, _ x: NodeID, suffix: String) throws -> NodeID {
    try add(.concatenate(axis: 2), [try operand(index), x], suffix: suffix)
  }

  /// A mask of numbers or truth values; keys that it does not have are hidden.
  fileprivate func mask(_ index: Int, keys: Int) throws -> NodeID {
    let mask = try operand(index)
    let shape = shape(of: mask)
    guard let last = shape.last, last > 1, last < keys else { return mask }
    var after = [Int](repeating: 0, count: shape.count)
    after[shape.count - 1] = keys - last
    let amounts = PadAmounts(
      before: after.map { _ in 0 }, after: after, value: -.infinity)
    return try add(.pad(amounts), [try added(mask)], suffix: "mask")
  }

  /// A mask of truth values as numbers to add.
  func added(_ mask: NodeID) throws -> NodeID {
    guard type(of: mask).element == .bool else { return mask }
    let (seen, hidden) = (number(0), number(-.infinity))
    return try add(.select, [mask, seen, hidden], suffix: "mask")
  }

  /// Which keys each query sees, whose position is that of its row behind `before` keys.
  fileprivate func seenKeys(
    _ window: KeyWindow, rows: Int, keys: Int, before: Int
  ) throws -> NodeID {
    try checkSize(of: [rows, keys])
    try payForComputing(rows * keys)
    let (left, right) = (window.left ?? rows + keys, window.right ?? rows + keys)
    let seen = (0..<rows).flatMap { row in
      (0..<keys).map { key in
        key >= row + before - left && key <= row + before + right
      }
    }
    return addConstant(Tensor([rows, keys], booleans: seen), suffix: "seen")
  }

  /// Masks for images of which only the first keys count, and whose last one is the last query's own.
  fileprivate func countedKeys(
    _ index: Int, _ window: KeyWindow, rows: Int, keys: Int
  ) throws -> [NodeID] {
    let count = try add(
      .reshape([try operandType(index).elementCount, 1, 1, 1]), [try operand(index)],
      suffix: "count")
    let own = try numbers(keys, behind: 0)
    var masks = [try add(.compare(.less), [own, count], suffix: "seen")]
    /// The count with which a key is so far behind a query.
    func counts(_ distance: Int) throws -> NodeID {
      try checkSize(of: [8, rows, keys])
      try payForComputing(8 * rows * keys)
      let values = (0..<rows).flatMap { row in
        (0..<keys).map { Int64($0 - row + rows - distance) }
      }
      return addConstant(Tensor([1, 1, rows, keys], integers: values), suffix: "needed")
    }
    if let right = window.right {
      masks.append(
        try add(.compare(.lessOrEqual), [try counts(right), count], suffix: "earlier"))
    }
    if let left = window.left {
      masks.append(
        try add(.compare(.lessOrEqual), [count, try counts(-left)], suffix: "later"))
    }
    return masks
  }

  /// All masks as one: a single one as it is, several as the sum of what they add.
  private func joinedMask(_ masks: [NodeID]) throws -> NodeID? {
    guard masks.count > 1 else { return masks.first }
    return try masks.dropFirst().reduce(try added(masks[0])) { sum, mask in
      try add(.binary(.add, then: nil), [sum, try added(mask)], suffix: "masks")
    }
  }

  /// Attention; a query that sees no key gives 0. Where scores are wanted or bounded, its formula.
  ///
  /// - Parameter mode: which scores are wanted: 0 products, 1 those bounded, 2 those masked, 3 behind
  ///   the softmax.
  func attend(
    _ parts: AttentionParts, givesScores mode: Int? = nil
  ) throws -> (result: NodeID, scores: NodeID?) {
    let features = shape(of: parts.queries)[3]
    let scale = parts.scale ?? Attention.usualScale(features: features)
    let grouped = try groupedHeads(parts)
    let mask = try joinedMask(grouped.masks)
    let whole = [shape(of: parts.queries)[0], shape(of: parts.queries)[1]]
    func ungrouped(_ x: NodeID) throws -> NodeID {
      let own = shape(of: x)
      guard own.count == 5 else { return x }
      return try add(.reshape(whole + own.suffix(2)), [x], suffix: "ungrouped")
    }
    guard mode != nil || parts.softcap != 0 else {
      let attributes = Attention(
        scale: scale, isCausal: parts.isCausal, hasMask: mask != nil, givesZero: true)
      let operands = [grouped.queries, grouped.keys, grouped.values] + (mask.map { [$0] } ?? [])
      return (try ungrouped(try add(.attention(attributes), operands, suffix: "heard")), nil)
    }
    var axes = Array(shape(of: grouped.keys).indices)
    axes.swapAt(axes.count - 1, axes.count - 2)
    let turned = try add(.transpose(axes), [grouped.keys], suffix: "turned")
    var steps = [
      try add(
        .matrixMultiply, [try step(.multiply, grouped.queries, scale), turned], suffix: "products")
    ]
    steps.append(
      parts.softcap == 0
        ? steps[0]
        : try step(
          .multiply, try step(.tanh, try step(.divide, steps[0], parts.softcap)), parts.softcap))
    var masks = try mask.map { [try added($0)] } ?? []
    if parts.isCausal {
      let (rows, keys) = (shape(of: parts.queries)[2], shape(of: parts.keys)[2])
      masks.append(try added(try seenKeys(.causal, rows: rows, keys: keys, before: 0)))
    }
    steps.append(try masks.reduce(steps[1]) { try step(.add, $0, $1) })
    let rank = shape(of: steps[2]).count
    let weights = try add(.softmax(axis: rank - 1), [steps[2]], suffix: "softmax")
    let isNumber = try add(.compare(.equal), [weights, weights], suffix: "numbers")
    steps.append(try add(.select, [isNumber, weights, number(0)], suffix: "weights"))
    let result = try add(.matrixMultiply, [steps[3], grouped.values], suffix: "heard")
    guard let mode else { return (try ungrouped(result), nil) }
    guard steps.indices.contains(mode) else {
      throw Refusal("qk_matmul_output_mode \(mode) is not one that ONNX defines")
    }
    return (try ungrouped(result), try ungrouped(steps[mode]))
  }

  /// Fewer heads of keys than of queries: each is for a group of heads, which becomes an axis.
  private func groupedHeads(_ parts: AttentionParts) throws -> AttentionParts {
    let (q, k) = (shape(of: parts.queries), shape(of: parts.keys))
    guard q.count == 4, k.count == 4, shape(of: parts.values).count == 4 else {
      throw Refusal("queries, keys and values need heads: \(type(of: parts.queries))")
    }
    guard q[1] != k[1] else { return parts }
    guard k[1] >= 1, q[1] % k[1] == 0 else {
      throw Refusal(
        "\(quantity(q[1], "head")) of queries cannot share \(quantity(k[1], "head")) of keys")
    }
    let size = q[1] / k[1]
    var grouped = parts
    grouped.queries = try add(
      .reshape([q[0], k[1], size, q[2], q[3]]), [parts.queries], suffix: "groups")
    func single(_ x: NodeID) throws -> NodeID {
      let own = shape(of: x)
      return try add(.reshape([own[0], own[1], 1, own[2], own[3]]), [x], suffix: "shared")
    }
    grouped.keys = try single(parts.keys)
    grouped.values = try single(parts.values)
    grouped.masks = try parts.masks.map { mask in
      let own = shape(of: mask)
      guard own.count >= 3 else { return mask }
      let heads = own[own.count - 3]
      let lead = own.dropLast(3) + (heads == 1 ? [1, 1] : [k[1], size])
      return try add(.reshape(lead + own.suffix(2)), [mask], suffix: "grouped_mask")
    }
    return grouped
  }
}
