import GraphIR

/// `Einsum`: one product after the other, as a matrix product of what two operands have in common and the
/// rest does not need, or element by element where there is nothing to sum.
func importEinsum(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let operands = try (0..<context.operandCount).map { try context.operand($0) }
  for operand in operands where context.type(of: operand).element != .float32 {
    throw Refusal("it takes floats, not \(context.type(of: operand)), unless they are known")
  }
  let text = try context.string("equation", default: "")
  let equation = try EinsumEquation(text, shapes: operands.map { context.shape(of: $0) })
  var factors = try operands.enumerated().map { number, operand in
    try context.factor(operand, equation.axes[number], equation)
  }
  guard var product = factors.first else { throw Refusal("it has no operands") }
  factors.removeFirst()
  while !factors.isEmpty {
    let next = factors.removeFirst()
    let needed = Set(equation.result + factors.flatMap(\.indices))
    product = try context.product(
      try context.summed(product, keeping: needed.union(next.indices)),
      try context.summed(next, keeping: needed.union(product.indices)), needed)
  }
  product = try context.summed(product, keeping: Set(equation.result))
  let result = try context.arranged(product, equation.result)
  return [.node(try context.add(.identity, [result]))]
}

/// A value whose axes are indices of an equation, none twice.
private struct EinsumFactor {
  var value: NodeID
  var indices: [String]
}

extension OperatorContext {
  /// An operand without the axes that are repeated for others, and with diagonals for indices that it has
  /// twice.
  fileprivate func factor(
    _ operand: NodeID, _ axes: [String], _ equation: EinsumEquation
  ) throws -> EinsumFactor {
    let shape = shape(of: operand)
    let kept = shape.indices.filter { shape[$0] != 1 || equation.extent(of: axes[$0]) == 1 }
    var factor = EinsumFactor(value: operand, indices: kept.map { axes[$0] })
    factor.value = try reshaped(factor.value, kept.map { shape[$0] })
    while let twice = factor.indices.first(where: { index in
      factor.indices.filter { $0 == index }.count > 1
    }) {
      let places = factor.indices.indices.filter { factor.indices[$0] == twice }.prefix(2)
      let others = factor.indices.indices.filter { !places.contains($0) }
      let extent = equation.extent(of: twice)
      let outer = others.map { self.shape(of: factor.value)[$0] }
      let moved = try transposed(factor.value, others + places)
      let flat = try reshaped(moved, outer + [extent * extent])
      let ranges =
        outer.map { SliceRange(start: 0, end: $0) }
        + [SliceRange(start: 0, end: extent * extent, step: extent + 1)]
      factor.value = try add(.slice(ranges), [flat], suffix: "diagonal")
      factor.indices = others.map { factor.indices[$0] } + [twice]
    }
    return factor
  }

  /// A factor summed over the indices that nothing needs.
  fileprivate func summed(
    _ factor: EinsumFactor, keeping needed: Set<String>
  ) throws -> EinsumFactor {
    let axes = factor.indices.indices.filter { !needed.contains(factor.indices[$0]) }
    guard !axes.isEmpty else { return factor }
    let sum = try add(
      .reduce(.sum, axes: axes, keepDimensions: false), [factor.value], suffix: "sum")
    return EinsumFactor(value: sum, indices: factor.indices.filter(needed.contains))
  }

  /// The product of two factors, summed over what they have in common and nothing else needs.
  fileprivate func product(
    _ a: EinsumFactor, _ b: EinsumFactor, _ needed: Set<String>
  ) throws -> EinsumFactor {
    let common = a.indices.filter(b.indices.contains)
    let (batch, inner) = (common.filter(needed.contains), common.filter { !needed.contains($0) })
    let left = a.indices.filter { !common.contains($0) }
    let right = b.indices.filter { !common.contains($0) }
    func extents(_ indices: [String]) -> [Int] {
      indices.map { index in
        let factor = a.indices.contains(index) ? a : b
        return shape(of: factor.value)[factor.indices.firstIndex(of: index)!]
      }
    }
    let result = batch + left + right
    let (rows, columns) = (extents(left).reduce(1, *), extents(right).reduce(1, *))
    let depth = extents(inner).reduce(1, *)
    let value: NodeID
    if inner.isEmpty {
      let ones = [Int](repeating: 1, count: left.count)
      value = try step(
        .multiply,
        try reshaped(
          try arranged(a, batch + left), extents(batch + left) + right.map { _ in 1 }),
        try reshaped(try arranged(b, batch + right), extents(batch) + ones + extents(right)))
    } else if batch.isEmpty, isKnown(b.value) {
      // A linear layer, whose weight has outputs before inputs.
      let weight = try reshaped(try arranged(b, right + inner), [columns, depth])
      let matrix = try reshaped(try arranged(a, left + inner), [rows, depth])
      value = try add(.linear(hasBias: false, then: nil), [matrix, weight], suffix: "product")
    } else {
      let groups = extents(batch)
      let matrices = [
        try reshaped(try arranged(a, batch + left + inner), groups + [rows, depth]),
        try reshaped(try arranged(b, batch + inner + right), groups + [depth, columns]),
      ]
      value = try add(.matrixMultiply, matrices, suffix: "product")
    }
    return EinsumFactor(value: try reshaped(value, extents(result)), indices: result)
  }

  /// A factor with its axes in an order.
  fileprivate func arranged(_ factor: EinsumFactor, _ indices: [String]) throws -> NodeID {
    try transposed(factor.value, indices.map { factor.indices.firstIndex(of: $0)! })
  }

  private func transposed(_ x: NodeID, _ permutation: [Int]) throws -> NodeID {
    guard permutation != Array(permutation.indices) else { return x }
    return try add(.transpose(permutation), [x], suffix: "arranged")
  }

  private func reshaped(_ x: NodeID, _ shape: [Int]) throws -> NodeID {
    guard self.shape(of: x) != shape else { return x }
    return try add(.reshape(shape), [x], suffix: "shaped")
  }
}
