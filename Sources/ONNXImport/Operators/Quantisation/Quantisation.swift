import GraphIR

/// `QuantizeLinear`: x / scale, rounded half to even, moved by the zero point, and brought into the range of the type.
func importQuantize(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  _ = try context.flag("saturate")
  guard try context.integer("precision", default: 0) <= 1 else {
    throw Refusal("a precision other than that of f32 is not supported")
  }
  let stated = try context.integer("output_dtype").flatMap { FileType(rawValue: $0) }
  let type =
    try context.hasOperand(2)
    ? context.fileType(2) : (stated == .undefined ? nil : stated) ?? .uint8
  let x = try context.floats(context.operand(0))
  if let element = type.narrow, Quantization.elements.contains(element),
    try !context.hasScaleOfBlocks()
  {
    let stated = try context.integer("axis", default: 1)
    return [.node(try context.quantized(x, to: element, scale: 1, zero: 2, axis: stated))]
  }
  let scale = try context.scaleOperand(1, for: x)
  let zero = try context.hasOperand(2) ? context.scaleOperand(2, for: x) : nil
  return [.node(try context.quantized(x, scale: scale, zero: zero, type, suffix: nil))]
}

/// `DequantizeLinear`: (x - zero point) · scale.
func importDequantize(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let stated = try context.integer("output_dtype").flatMap { FileType(rawValue: $0) }
  guard stated == nil || stated == .undefined || stated?.element == .float32 else {
    throw Refusal("it gives floats, not \(stated!)")
  }
  if try keepsIntegers(context) {
    let stated = try context.integer("axis", default: 1)
    return [.node(try context.dequantized(0, scale: 1, zero: 2, axis: stated))]
  }
  let x = try context.numbers(ofQuantized: 0)
  let scale = try context.scaleOperand(1, for: x)
  guard context.hasOperand(2) else { return [.node(try context.result(.multiply, x, scale))] }
  let zero = try context.scaleOperand(2, for: x)
  return [.node(try context.result(.multiply, context.step(.subtract, x, zero), scale))]
}

/// Whether `DequantizeLinear` becomes an operation on the integers of the file, known or not.
@Sendable func keepsIntegers(_ context: OperatorContext) throws -> Bool {
  try context.fileType(0).narrow != nil && !context.hasScaleOfBlocks()
}

/// `DynamicQuantizeLinear`: unsigned integers of 8 bits, their scale, and their zero point, for the range from the
/// smallest to the largest element and to 0.
func importDynamicQuantize(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let axes = Array(context.shape(of: x).indices)
  func extreme(_ function: ReduceFunction, _ bound: BinaryFunction) throws -> NodeID {
    let found = try context.add(
      .reduce(function, axes: axes, keepDimensions: false), [x], suffix: "step")
    return try context.step(bound, found, 0)
  }
  let low = try extreme(.minimum, .minimum)
  let high = try extreme(.maximum, .maximum)
  let scale = try context.add(
    .binary(.divide, then: nil), [context.step(.subtract, high, low), context.number(255)],
    suffix: "scale")
  // All zeros: any scale will do.
  let isZero = try context.comparison(.equal, scale, context.number(0))
  let divisor = try context.add(.select, [isZero, context.number(1), scale], suffix: "step")
  let below = try context.step(.divide, context.step(.subtract, context.number(0), low), divisor)
  let bytes = GraphIR.Operation.quantize(Quantization(element: .uint8))
  let zero = try context.add(
    bytes, [below, context.number(1), context.zeros([], of: .uint8)], suffix: "zero")
  let y = try context.add(bytes, [x, divisor, zero])
  return [.node(y), .node(scale), .node(zero)]
}

extension OperatorContext {
  /// Whether there is a scale for every few entries of an axis.
  fileprivate func hasScaleOfBlocks() throws -> Bool {
    try integer("block_size", default: 0) != 0
  }

  /// The integers of a type that are nearest to x / scale + zero, for scales and types that `quantize` does not have. The
  /// numbers that they are made from are remembered, so that who takes them as floats again needs no integers.
  ///
  /// - Parameters:
  ///   - scale: broadcast to x; nil for 1. `zero`, as f32, alike, nil for 0.
  ///   - suffix: as in `add`.
  /// - Throws: `Refusal` for a type that is not one of integers.
  fileprivate func quantized(
    _ x: NodeID, scale: NodeID?, zero: NodeID?, _ type: FileType, suffix: String?
  ) throws -> NodeID {
    guard let range = type.range, let integer = type.integer, integer.bits <= 16 else {
      throw Refusal("it gives integers of 4, 8 or 16 bits, not \(type)")
    }
    var steps = try scale.map { try step(.divide, x, $0) } ?? x
    steps = try step(.round, steps)
    if let zero, knownValue(of: zero)?.floats.allSatisfy({ $0 == 0 }) != true {
      steps = try step(.add, steps, zero)
    }
    let numbers = try step(
      .clip(low: Float(range.lowerBound), high: Float(range.upperBound)), steps)
    return try integers(type.narrow ?? .int64, from: numbers, suffix: suffix)
  }

  /// Integers from numbers that are integers of the type already.
  func integers(
    _ element: ElementType, from numbers: NodeID, suffix: String? = "integers"
  ) throws -> NodeID {
    let result = try add(.cast(element), [numbers], suffix: suffix)
    assembly.quantizedFloats[result] = numbers
    return result
  }

  /// The integers of an operand as f32: the numbers that they were made from, where a node of the file quantised them.
  func numbers(ofQuantized index: Int) throws -> NodeID { try numbers(of: ownOperand(index)) }

  fileprivate func numbers(of id: NodeID) throws -> NodeID {
    try assembly.quantizedFloats[id] ?? floats(id)
  }

  /// The scales or zero points of `QuantizeLinear` and `DequantizeLinear` as f32, of a shape that broadcasts to x: one for
  /// all, one for each entry of `axis`, or one for every `block_size` of them.
  ///
  /// - Throws: `Refusal` where they do not fit x.
  fileprivate func scaleOperand(_ index: Int, for x: NodeID) throws -> NodeID {
    let shape = self.shape(of: x)
    let block = try integer("block_size", default: 0)
    let stated = try integer("axis", default: 1)
    let id = try floats(operand(index))
    let known = knownValue(of: id)
    if block == 0 {
      var extents: [Int] = []
      if type(of: id).elementCount != 1 {
        let axis = try self.axis(stated, rank: shape.count)
        try checkScale(type(of: id), along: axis, of: type(of: x))
        extents = [shape[axis]] + [Int](repeating: 1, count: shape.count - axis - 1)
      }
      if let known {
        return addConstant(Tensor(extents, floats: known.floats), madeFrom: index)
      }
      return try add(.reshape(extents), [id], suffix: "step")
    }
    if let known {
      let places = try placesOfScale(known.type, for: type(of: x))
      return addConstant(known.elements(at: places, shape: shape), madeFrom: index)
    }
    let axis = try self.axis(stated, rank: shape.count)
    try checkScale(type(of: id), blocks: block, along: axis, of: type(of: x))
    return try repeated(id, min(block, shape[axis]), along: axis, to: shape)
  }

  /// A tensor with every entry of an axis repeated, cut to a shape.
  private func repeated(_ id: NodeID, _ times: Int, along axis: Int, to shape: [Int]) throws
    -> NodeID
  {
    let blocks = self.shape(of: id)
    let apart = try add(
      .reshape(Array(blocks[...axis] + [1] + blocks[(axis + 1)...])), [id], suffix: "step")
    let spread = try add(
      .broadcast(Array(blocks[...axis] + [times] + blocks[(axis + 1)...])), [apart], suffix: "step")
    var whole = blocks
    whole[axis] *= times
    let joined = try add(.reshape(whole), [spread], suffix: "step")
    return whole == shape
      ? joined
      : try add(.slice(shape.map { SliceRange(start: 0, end: $0) }), [joined], suffix: "step")
  }
}
