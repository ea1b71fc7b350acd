import GraphIR

/// `ReduceL1`: the sum of magnitudes.
func importMagnitudeSum(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let isInteger = context.type(of: x).element == .int64
  let size =
    isInteger
    ? try context.step(.maximum, x, try context.step(.subtract, context.integer(0), x))
    : try context.step(.absolute, x)
  return try context.reduced(size, .sum, then: nil)
}

/// `ReduceSumSquare`.
func importSquareSum(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  return try context.reduced(try context.step(.multiply, x, x), .sum, then: nil)
}

/// `ReduceLogSum`: the logarithm of the sum.
func importLogarithmOfSum(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  try context.reduced(try context.operand(0), .sum, then: .log)
}

/// `ReduceL2`: the root of the sum of squares; of integers cut towards zero.
func importNorm(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let square = try context.step(.multiply, x, x)
  guard context.type(of: x).element == .int64 else {
    return try context.reduced(square, .sum, then: .sqrt)
  }
  guard let reduction = try Reduction(context) else {
    throw Refusal("of integers, axes are needed")
  }
  let sum = try context.add(
    .reduce(.sum, axes: reduction.axes, keepDimensions: reduction.keepsDimensions), [square],
    suffix: "sum")
  let root = try context.step(.sqrt, try context.add(.cast(.float32), [sum], suffix: "number"))
  return [.node(try context.add(.cast(.int64), [root]))]
}

/// `ReduceLogSumExp`: m + log Σ exp(x - m) with m the largest number, so that no power overflows. An
/// infinite m counts as the largest finite one, which leaves infinities what they are.
func importLogarithmOfPowers(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  guard let reduction = try Reduction(context) else {
    return [.node(try context.add(.identity, [x]))]
  }
  let limit = Float.greatestFiniteMagnitude
  if context.shape(of: x).contains(0) { return try context.reduced(x, .sum, then: .log) }
  let largest = try context.step(
    .clip(low: -limit, high: limit), try context.step(.maximum, x, axes: reduction.axes))
  let powers = try context.step(.exp, try context.step(.subtract, x, largest))
  let sum = try context.step(.sum, powers, axes: reduction.axes)
  let result = try context.step(.add, try context.step(.log, sum), largest)
  let shape = context.shape(of: result).enumerated().filter { axis, _ in
    reduction.keepsDimensions || !reduction.axes.contains(axis)
  }
  return [.node(try context.add(.reshape(shape.map(\.element)), [result]))]
}

extension OperatorContext {
  /// A value reduced over the axes that the node names, and a function of the result.
  fileprivate func reduced(
    _ x: NodeID, _ function: ReduceFunction, then: UnaryFunction?
  ) throws -> [GraphAssembly.Value] {
    guard let reduction = try Reduction(self) else {
      return [.node(try add(then.map { .unary($0) } ?? .identity, [x]))]
    }
    if let empty = try reduction.ofNothing(function, self) {
      // The root of nothing is nothing, its logarithm -∞.
      guard then == .log, case .tensor(let zeros) = empty else { return [empty] }
      let count = zeros.tensor.count
      return [
        known(Tensor(zeros.tensor.shape, floats: Array(repeating: -.infinity, count: count)))
      ]
    }
    let operation = GraphIR.Operation.reduce(
      function, axes: reduction.axes, keepDimensions: reduction.keepsDimensions)
    guard let then else { return [.node(try add(operation, [x]))] }
    return [.node(try add(.unary(then), [try add(operation, [x], suffix: "sum")]))]
  }
}
