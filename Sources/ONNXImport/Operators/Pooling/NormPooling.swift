import GraphIR

/// `LpPool`: the p-th root of the sum of |x|ᵖ over each window, which is a sum along one axis after the
/// other.
func importLpPool(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let order = try context.normOrder()
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  guard shape.count >= 3 else { throw Refusal("an image is needed, not \(context.type(of: x))") }
  let kernel = try context.poolKernel(rank: shape.count - 2)
  let numbers = try context.windowNumbers(kernel: kernel, extents: Array(shape.dropFirst(2)))
  let isAutomatic = try context.string("auto_pad", default: "NOTSET") != "NOTSET"
  let ceilMode = try context.flag("ceil_mode") && !isAutomatic
  var means = try context.powers(of: x, order)
  for (window, extent) in kernel.enumerated() {
    means = try context.averaged(means, axis: window + 2, extent, numbers, ceilMode: ceilMode)
  }
  let sums = try context.step(.multiply, means, kernel.reduce(1) { $0 * Float($1) })
  return [.node(try context.root(of: sums, order))]
}

/// `GlobalLpPool` over all axes but the first two.
func importGlobalLpPool(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let order = try context.normOrder()
  let x = try context.operand(0)
  let rank = context.shape(of: x).count
  guard rank >= 3 else { throw Refusal("an image is needed, not \(context.type(of: x))") }
  let sums = try context.step(.sum, try context.powers(of: x, order), axes: Array(2..<rank))
  return [.node(try context.root(of: sums, order))]
}

extension OperatorContext {
  /// The attribute p.
  fileprivate func normOrder() throws -> Int {
    let order = try integer("p", default: 2)
    guard (1...64).contains(order) else {
      throw Refusal("a norm of order \(order) is not supported; 1 to 64 are")
    }
    return order
  }

  /// |x|ᵖ.
  fileprivate func powers(of x: NodeID, _ order: Int) throws -> NodeID {
    if order == 2 { return try step(.multiply, x, x) }
    let size = try step(.absolute, x)
    return order == 1 ? size : try step(.power, size, Float(order))
  }

  /// The p-th root of x; the last operation of the node.
  fileprivate func root(of x: NodeID, _ order: Int) throws -> NodeID {
    switch order {
    case 1: try add(.identity, [x])
    case 2: try add(.unary(.sqrt), [x])
    default: try result(.power, x, 1 / Float(order))
    }
  }

  /// Means over windows along one axis in which every element counts, padding too.
  fileprivate func averaged(
    _ x: NodeID, axis: Int, _ kernel: Int, _ numbers: WindowNumbers, ceilMode: Bool
  ) throws -> NodeID {
    var shape = self.shape(of: x)
    let (before, after) = (numbers.begins[axis - 2], numbers.ends[axis - 2])
    let (stride, dilation) = (numbers.strides[axis - 2], numbers.dilations[axis - 2])
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    func image(_ extent: Int) -> [Int] { [1, outer, extent, inner] }
    var pooling = Pooling(
      kernel: Pair(kernel, 1), stride: Pair(stride, 1),
      padding: Padding(top: before, left: 0, bottom: after, right: 0),
      dilation: Pair(dilation, 1), ceilMode: ceilMode)
    let count = try GraphIR.Operation.averagePool(pooling)
      .resultType([TensorType(image(shape[axis]))]).shape[2]
    // Zeros instead of padding, and for a last window that passes the end.
    let length = max(
      (count - 1) * stride + (kernel - 1) * dilation + 1, shape[axis] + before + after)
    let zeros = try padded(x, axis: axis, before: before, after: length - shape[axis] - before)
    let rows = try add(.reshape(image(length)), [zeros], suffix: "rows")
    (pooling.padding, pooling.ceilMode) = (.none, false)
    let means = try add(.averagePool(pooling), [rows], suffix: "means")
    shape[axis] = self.shape(of: means)[2]
    return try add(.reshape(shape), [means], suffix: "means")
  }
}
