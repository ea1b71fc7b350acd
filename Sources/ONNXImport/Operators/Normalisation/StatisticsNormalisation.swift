import Diagnostics
import GraphIR

/// `LayerNormalization` over the axes from `axis` on; its other outputs are the mean and the
/// reciprocal of the deviation.
func importLayerNormalization(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let epsilon = try context.float("epsilon", default: 1e-5)
  // The type that statistics are computed in; there is one.
  _ = try context.integer("stash_type")
  let x = try context.operand(0)
  let rank = context.shape(of: x).count
  let axis = try context.axis(try context.integer("axis", default: -1), rank: rank)
  let statistics = try context.standardized(x, axes: Array(axis..<rank), epsilon: epsilon)
  var result = try context.step(.multiply, statistics.value, try context.operand(1))
  if context.hasOperand(2) { result = try context.step(.add, result, try context.operand(2)) }
  guard context.shape(of: result) == context.shape(of: x) else {
    throw Refusal("its scale or bias does not broadcast to \(context.type(of: x))")
  }
  return [.node(result), .node(statistics.mean), .node(statistics.factor)]
}

/// `InstanceNormalization` of every channel of every image.
func importInstanceNormalization(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let epsilon = try context.float("epsilon", default: 1e-5)
  let x = try context.operand(0)
  let rank = context.shape(of: x).count
  guard rank >= 3 else { throw Refusal("an image is needed, not \(context.type(of: x))") }
  let value = try context.standardized(x, axes: Array(2..<rank), epsilon: epsilon).value
  return [.node(try context.scaledAndShifted(value, channels: context.shape(of: x)[1], rank: rank))]
}

/// `GroupNormalization`; before set 21 scale and bias are per group, since then per channel.
func importGroupNormalization(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let epsilon = try context.float("epsilon", default: 1e-5)
  _ = try context.integer("stash_type")
  guard let groups = try context.integer("num_groups") else {
    throw Refusal("num_groups is missing")
  }
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  guard shape.count >= 2, groups >= 1, shape[1] % groups == 0, shape[1] > 0 else {
    throw Refusal("\(context.type(of: x)) has no channels in \(quantity(groups, "group"))")
  }
  let flat = [shape[0], groups, shape[1] / groups * shape[2...].reduce(1, *)]
  let grouped = try context.add(.reshape(flat), [x], suffix: "groups")
  let value = try context.standardized(grouped, axes: [2], epsilon: epsilon).value
  guard context.opset < 21 else {
    let whole = try context.add(.reshape(shape), [value], suffix: "channels")
    return [
      .node(try context.scaledAndShifted(whole, channels: shape[1], rank: shape.count))
    ]
  }
  let scaled = try context.scaledAndShifted(value, channels: groups, rank: 3)
  return [.node(try context.add(.reshape(shape), [scaled], suffix: "result"))]
}

/// `LpNormalization`: x over its norm along an axis, 0 where the norm is 0.
func importLpNormalization(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let order = try context.integer("p", default: 2)
  let x = try context.operand(0)
  let rank = context.shape(of: x).count
  let axis = try context.axis(try context.integer("axis", default: -1), rank: rank)
  let norm: NodeID
  switch order {
  case 1: norm = try context.step(.sum, try context.step(.absolute, x), axes: [axis])
  case 2:
    let squares = try context.step(.multiply, x, x)
    norm = try context.step(.sqrt, try context.step(.sum, squares, axes: [axis]))
  default: throw Refusal("a norm of order \(order) is not supported; 1 and 2 are")
  }
  let divisor = try context.step(.maximum, norm, .leastNormalMagnitude)
  return [.node(try context.result(.divide, x, divisor))]
}

extension OperatorContext {
  /// (x - mean) / √(variance + epsilon) over some axes, with the mean, the variance and 1 /
  /// √(variance + epsilon).
  func standardized(
    _ x: NodeID, axes: [Int], epsilon: Float
  ) throws -> (value: NodeID, mean: NodeID, variance: NodeID, factor: NodeID) {
    let mean = try step(.mean, x, axes: axes)
    let centred = try step(.subtract, x, mean)
    let variance = try step(.mean, try step(.multiply, centred, centred), axes: axes)
    let deviation = try step(.sqrt, try step(.add, variance, epsilon))
    let factor = try step(.reciprocal, deviation)
    return (try step(.multiply, centred, factor), mean, variance, factor)
  }

  /// x times the second operand plus the third, one number of each per channel; the last operations
  /// of the node.
  fileprivate func scaledAndShifted(
    _ x: NodeID, channels: Int, rank: Int
  ) throws -> NodeID {
    let scaled = try step(.multiply, x, try perChannel(1, "scale", channels, rank: rank))
    return try result(.add, scaled, try perChannel(2, "bias", channels, rank: rank))
  }

  /// An operand `[C]` as one that broadcasts to `[N, C, …]`.
  func perChannel(_ index: Int, _ what: String, _ channels: Int, rank: Int) throws -> NodeID {
    let shape = [channels] + [Int](repeating: 1, count: rank - 2)
    guard try operandType(index).shape == [channels] else {
      throw Refusal("its \(what) should be f32[\(channels)], not \(try operandType(index))")
    }
    if let tensor = try knownOperand(index) {
      return addConstant(tensor.reshaped(to: shape), madeFrom: index)
    }
    return try add(.reshape(shape), [try operand(index)], suffix: what)
  }
}
