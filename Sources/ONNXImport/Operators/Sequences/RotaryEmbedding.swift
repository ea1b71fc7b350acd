import Diagnostics
import GraphIR

/// `RMSNormalization`: x / √(mean(x²) + epsilon) · scale, over the axes from `axis` on.
func importRootMeanSquareNormalization(
  _ context: OperatorContext
) throws -> [GraphAssembly.Value] {
  let epsilon = try context.float("epsilon", default: 1e-5)
  _ = try context.integer("stash_type")
  let x = try context.operand(0)
  let rank = context.shape(of: x).count
  let axis = try context.axis(try context.integer("axis", default: -1), rank: rank)
  let (normal, factor) = try context.scaledByRoot(x, axes: Array(axis..<rank), epsilon: epsilon)
  let result = try context.result(.multiply, normal, try context.operand(1))
  guard context.shape(of: result) == context.shape(of: x) else {
    throw Refusal("its scale does not broadcast to \(context.type(of: x))")
  }
  return [.node(result), .node(factor)]
}

extension OperatorContext {
  /// x / √(mean(x²) + epsilon) over some axes, with 1 / √(mean(x²) + epsilon).
  func scaledByRoot(
    _ x: NodeID, axes: [Int], epsilon: Float
  ) throws -> (value: NodeID, factor: NodeID) {
    let square = try step(.mean, try step(.multiply, x, x), axes: axes)
    let factor = try step(.reciprocal, try step(.sqrt, try step(.add, square, epsilon)))
    return (try step(.multiply, x, factor), factor)
  }
}

/// `RotaryEmbedding`: pairs of features turned by angles that belong to their row's position.
func importRotaryEmbedding(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let heads = try context.integer("num_heads", default: 0)
  let isInterleaved = try context.flag("interleaved")
  let isJoined = shape.count == 3
  let image = isJoined ? try context.apart(x, heads: heads, suffix: "heads") : x
  let own = context.shape(of: image)
  guard own.count == 4 else { throw Refusal("heads are needed, not \(context.type(of: x))") }
  let given = try context.integer("rotary_embedding_dim", default: 0)
  let turned = given == 0 ? own[3] : given
  guard turned >= 2, turned % 2 == 0, turned <= own[3] else {
    throw Refusal("\(turned) of \(quantity(own[3], "feature")) cannot be turned in pairs")
  }
  let pairs = turned / 2
  func part(_ from: Int, _ to: Int, step: Int = 1) throws -> NodeID {
    let ranges = own[..<3].map { SliceRange(start: 0, end: $0) }
    return try context.add(
      .slice(ranges + [SliceRange(start: from, end: to, step: step)]), [image], suffix: "part")
  }
  let a = try isInterleaved ? part(0, turned, step: 2) : part(0, pairs)
  let b = try isInterleaved ? part(1, turned, step: 2) : part(pairs, turned)
  let cosines = try context.angles(1, rows: own[2], pairs: pairs)
  let sines = try context.angles(2, rows: own[2], pairs: pairs)
  let first = try context.step(
    .subtract, try context.step(.multiply, cosines, a), try context.step(.multiply, sines, b))
  let second = try context.step(
    .add, try context.step(.multiply, sines, a), try context.step(.multiply, cosines, b))
  guard context.shape(of: first) == context.shape(of: a) else {
    throw Refusal("its angles \(try context.operandType(1)) do not fit \(context.type(of: x))")
  }
  var whole: [NodeID]
  if isInterleaved {
    let columns = try [first, second].map {
      try context.add(.reshape(Array(own[..<3]) + [pairs, 1]), [$0], suffix: "column")
    }
    let both = try context.add(.concatenate(axis: 4), columns, suffix: "pairs")
    whole = [try context.add(.reshape(Array(own[..<3]) + [turned]), [both], suffix: "turned")]
  } else {
    whole = [first, second]
  }
  if turned < own[3] { whole.append(try part(turned, own[3])) }
  let result =
    try whole.count == 1
    ? whole[0] : context.add(.concatenate(axis: 3), whole, suffix: isJoined ? "whole" : nil)
  return [.node(isJoined ? try context.joinedHeads(result) : result)]
}

extension OperatorContext {
  /// Cosines or sines as `[N or 1, 1, rows, pairs]`: by position where the fourth operand has them.
  fileprivate func angles(_ index: Int, rows: Int, pairs: Int) throws -> NodeID {
    var table = try operand(index)
    if hasOperand(3) {
      table = try add(.gather(axis: 0), [table, try operand(3)], suffix: "angles")
    }
    let shape = shape(of: table)
    guard shape.count == 3, shape[1] == rows, shape[2] == pairs else {
      throw Refusal(
        "its angles should be of \(rows) rows and \(pairs) pairs, not \(type(of: table))")
    }
    return try add(.reshape([shape[0], 1, rows, pairs]), [table], suffix: "angles")
  }
}
