import GraphIR

/// `Transpose`; without `perm` it reverses the axes.
func importTranspose(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let rank = context.shape(of: x).count
  let permutation = try context.integers("perm") ?? Array((0..<rank).reversed())
  return [.node(try context.add(.transpose(permutation), [x]))]
}

/// `Concat`.
func importConcatenation(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var operands = try (0..<context.operandCount).map { try context.ownOperand($0) }
  if Set(operands.map { context.type(of: $0).element }).count > 1 {
    // Integers that came from different types.
    operands = try operands.indices.map { try context.operand($0) }
  }
  guard let first = operands.first else { throw Refusal("it has no operands") }
  guard let stated = try context.integer("axis") else { throw Refusal("axis is missing") }
  let axis = try context.axis(stated, rank: context.shape(of: first).count)
  // Whatever adds nothing is left out.
  let filled = operands.filter {
    let shape = context.shape(of: $0)
    return axis >= shape.count || shape[axis] != 0
  }
  let rest = filled.isEmpty ? [first] : filled
  return [.node(try context.add(.concatenate(axis: axis), rest))]
}

/// `Expand`, which broadcasts both ways.
func importExpand(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let stated = try context.knownIntegers(1, "shape")
  try checkSize(of: stated)
  guard let shape = broadcastShape(context.shape(of: x), stated) else {
    throw Refusal("\(context.type(of: x)) cannot be broadcast to \(stated)")
  }
  return [.node(try context.add(.broadcast(shape), [x]))]
}

/// `DepthToSpace`.
func importDepthToSpace(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  guard let block = try context.integer("blocksize") else { throw Refusal("blocksize is missing") }
  let mode = try context.string("mode", default: "DCR")
  guard let order = DepthBlocks.Order(rawValue: mode.lowercased()) else {
    throw Refusal("mode '\(mode)' is not one that ONNX defines")
  }
  let blocks = DepthBlocks(block: block, order: order)
  return [.node(try context.add(.depthToSpace(blocks), [try context.operand(0)]))]
}

/// `SpaceToDepth`.
func importSpaceToDepth(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  guard let block = try context.integer("blocksize") else { throw Refusal("blocksize is missing") }
  // Set 28 brought it; channels came before pixels until then.
  let mode = try context.string("mode", default: "DCR")
  guard let order = DepthBlocks.Order(rawValue: mode.lowercased()) else {
    throw Refusal("mode '\(mode)' is not one that ONNX defines")
  }
  let blocks = DepthBlocks(block: block, order: order)
  return [.node(try context.add(.spaceToDepth(blocks), [try context.operand(0)]))]
}

/// `Gather`.
func importGather(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let data = try context.ownOperand(0)
  let shape = context.shape(of: data)
  let axis = try context.axis(try context.integer("axis", default: 0), rank: shape.count)
  if let known = try context.knownOperand(1), known.element == .int64 {
    let extent = Int64(shape[axis])
    if let outside = known.integers.first(where: { $0 < -extent || $0 >= extent }) {
      throw Refusal("index \(outside) lies outside axis \(axis) of \(context.type(of: data))")
    }
  }
  return [.node(try context.add(.gather(axis: axis), [data, try context.operand(1)]))]
}

/// `Pad`: amounts as attributes (before set 11) or operands; negative amounts crop.
func importPad(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let name = try context.string("mode", default: "constant")
  let known = PadAmounts.Mode(rawValue: name)
  guard known != nil || name == "wrap" else {
    throw Refusal("mode '\(name)' is not one that ONNX defines")
  }
  let (pads, value) = try padOperands(context, rank: shape.count)
  let limit = 1 << 31
  guard pads.count == 2 * shape.count, pads.allSatisfy({ $0 >= -limit && $0 <= limit }) else {
    throw Refusal("pads \(pads) do not fit \(context.type(of: x)): two per axis are needed")
  }
  let (before, after) = (pads[..<shape.count], pads[shape.count...])
  var result = x
  if pads.contains(where: { $0 < 0 }) {
    let ranges = zip(shape, zip(before, after)).map { extent, sides in
      SliceRange(start: max(-sides.0, 0), end: extent - max(-sides.1, 0))
    }
    result = try context.add(.slice(ranges), [x], suffix: "cropped")
  }
  guard let mode = known else {
    result = try context.wrapped(
      result, before: before.map { max($0, 0) }, after: after.map { max($0, 0) })
    return [.node(try context.add(.identity, [result]))]
  }
  let amounts = PadAmounts(
    before: before.map { max($0, 0) }, after: after.map { max($0, 0) }, mode: mode,
    value: mode == .constant ? value : 0)
  return [.node(try context.add(.pad(amounts), [result]))]
}

private func padOperands(
  _ context: OperatorContext, rank: Int
) throws -> (pads: [Int], value: Float) {
  let pads = try padAmounts(context, rank: rank)
  guard context.opset >= 11 else { return (pads, try context.float("value", default: 0)) }
  return (pads, context.hasOperand(2) ? try context.knownScalar(2, "constant_value") : 0)
}

/// The amounts of `Pad`: before all axes, then after them.
func padAmounts(_ context: OperatorContext, rank: Int) throws -> [Int] {
  guard context.opset >= 11 else {
    guard let pads = try context.integers("pads") else { throw Refusal("pads are missing") }
    return pads
  }
  let pads = try context.knownIntegers(1, "pads")
  guard context.hasOperand(3) else { return pads }
  let axes = try context.axes(try context.knownIntegers(3, "axes"), rank: rank)
  guard pads.count == 2 * axes.count else {
    throw Refusal("pads \(pads) do not fit axes \(axes): two per axis are needed")
  }
  var all = [Int](repeating: 0, count: 2 * rank)
  for (index, axis) in axes.enumerated() {
    all[axis] = pads[index]
    all[rank + axis] = pads[axes.count + index]
  }
  return all
}
