import GraphIR

extension NodeWriter {
  /// The operators that attention is made of: set 20 has none for the whole.
  mutating func exportAttention(_ attributes: Attention) throws {
    let queries = try add(
      "Mul", [inputs[0], number(attributes.scale, "scale")], suffix: "queries")
    var axes = Array(types[1].shape.indices)
    axes.swapAt(axes.count - 1, axes.count - 2)
    let keys = try add("Transpose", [inputs[1]], [("perm", .integers(axes))], suffix: "keys")
    var scores = try add("MatMul", [queries, keys], suffix: "scores")
    if attributes.hasMask {
      scores =
        types[3].element == .bool
        ? try add("Where", [inputs[3], scores, number(-.infinity, "unseen")], suffix: "masked")
        : try add("Add", [scores, inputs[3]], suffix: "masked")
    }
    if attributes.isCausal {
      let (rows, columns) = (types[0].shape[types[0].rank - 2], types[1].shape[types[1].rank - 2])
      let sees = (0..<rows).flatMap { row in (0..<columns).map { $0 <= row } }
      let mask = constant(Tensor([rows, columns], booleans: sees), "sees")
      scores = try add("Where", [mask, scores, number(-.infinity, "later")], suffix: "causal")
    }
    var weights = try add("Softmax", [scores], [("axis", .integer(-1))], suffix: "softmax")
    if attributes.givesZero {
      let unseen = try add("IsNaN", [weights], suffix: "unseen")
      weights = try add("Where", [unseen, number(0, "zero"), weights], suffix: "weights")
    }
    try add("MatMul", [weights, inputs[2]])
  }
}
