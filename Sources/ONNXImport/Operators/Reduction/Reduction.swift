import GraphIR

/// `ReduceMean`, `ReduceSum`, `ReduceMax`, `ReduceMin`, `ReduceProd`: axes as an attribute, or as an
/// operand from the set in which the operator moved them.
func importReduction(_ function: ReduceFunction) -> OperatorImporter {
  { context in
    guard let reduction = try Reduction(context) else {
      return [.node(try context.add(.identity, [try context.operand(0)]))]
    }
    if let empty = try reduction.ofNothing(function, context) { return [empty] }
    if try context.operandType(0).element == .bool, function == .maximum || function == .minimum {
      // Truth values as 0 and 1.
      let number = try context.add(.cast(.float32), [try context.operand(0)], suffix: "number")
      let reduced = try context.add(
        .reduce(function, axes: reduction.axes, keepDimensions: reduction.keepsDimensions),
        [number], suffix: "reduced")
      return [.node(try context.add(.cast(.bool), [reduced]))]
    }
    if try context.operandType(0).element == .int64, function == .mean {
      // A quotient of integers, cut towards zero.
      let x = try context.operand(0)
      let count = reduction.axes.reduce(1) { $0 * context.shape(of: x)[$1] }
      let sum = try context.add(
        .reduce(.sum, axes: reduction.axes, keepDimensions: reduction.keepsDimensions), [x],
        suffix: "sum")
      return [.node(try context.result(.divide, sum, context.integer(Int64(count))))]
    }
    let operation = GraphIR.Operation.reduce(
      function, axes: reduction.axes, keepDimensions: reduction.keepsDimensions)
    return [.node(try context.add(operation, [try context.operand(0)]))]
  }
}

/// What to reduce.
struct Reduction {
  let axes: [Int]
  let keepsDimensions: Bool

  /// Reads the attributes; nil where nothing is to be reduced.
  init?(_ context: OperatorContext) throws {
    keepsDimensions = try context.flag("keepdims", default: true)
    let doesNothingWithoutAxes = try context.flag("noop_with_empty_axes")
    let rank = try context.operandType(0).rank
    let stated =
      context.hasOperand(1)
      ? try context.knownIntegers(1, "axes") : try context.integers("axes") ?? []
    guard stated.isEmpty else {
      axes = try context.axes(stated, rank: rank).sorted()
      return
    }
    if doesNothingWithoutAxes { return nil }
    axes = Array(0..<rank)
  }

  /// The reduction over axes without elements: 0, an infinity, or the truth value that changes none;
  /// nil where there are elements.
  func ofNothing(
    _ function: ReduceFunction, _ context: OperatorContext
  ) throws -> GraphAssembly.Value? {
    let type = try context.operandType(0)
    guard axes.contains(where: { type.shape[$0] == 0 }) else { return nil }
    let shape = type.shape.enumerated().compactMap { axis, extent in
      axes.contains(axis) ? (keepsDimensions ? 1 : nil) : extent
    }
    let count = shape.reduce(1, *)
    switch (function, type.element) {
    case (.product, .float32):
      return context.known(Tensor(shape, floats: Array(repeating: 1, count: count)))
    case (.sum, .float32):
      return context.known(Tensor(shape, floats: Array(repeating: 0, count: count)))
    case (.maximum, .float32):
      return context.known(Tensor(shape, floats: Array(repeating: -.infinity, count: count)))
    case (.minimum, .float32):
      return context.known(Tensor(shape, floats: Array(repeating: .infinity, count: count)))
    case (.maximum, .bool), (.minimum, .bool):
      let value = function == .minimum
      return context.known(Tensor(shape, booleans: Array(repeating: value, count: count)))
    default:
      throw Refusal("\(type) has no elements to reduce")
    }
  }
}
