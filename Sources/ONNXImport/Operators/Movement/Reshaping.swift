import GraphIR

/// `Reshape`: 0 keeps an extent unless `allowzero`, one -1 takes what is left.
func importReshape(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let keepsZeros = try context.flag("allowzero")
  let x = try context.ownOperand(0)
  let shape = context.shape(of: x)
  let stated = try context.knownIntegers(1, "shape")
  var target: [Int] = []
  for (axis, extent) in stated.enumerated() {
    if extent == 0, !keepsZeros {
      guard shape.indices.contains(axis) else {
        throw Refusal("shape \(stated) keeps axis \(axis), which \(context.type(of: x)) has not")
      }
      target.append(shape[axis])
    } else {
      guard extent >= -1 else { throw Refusal("shape \(stated) has a negative extent") }
      target.append(extent)
    }
  }
  if let open = target.firstIndex(of: -1) {
    let others = target.enumerated().filter { $0.offset != open }.map(\.element)
    let count = shape.reduce(1, *)
    guard !others.contains(-1), let known = TensorType.checkedElementCount(of: others),
      known > 0, count % known == 0
    else { throw Refusal("shape \(stated) does not fit \(context.type(of: x))") }
    target[open] = count / known
  }
  return [.node(try context.add(.reshape(target), [x]))]
}

/// `Flatten` to a matrix.
func importFlatten(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let shape = context.shape(of: x)
  let stated = try context.integer("axis", default: 1)
  // The axis may also be the rank itself: everything is rows then.
  let axis = stated == shape.count ? stated : try context.axis(stated, rank: shape.count)
  return [.node(try context.add(.reshape(flattened(shape, at: axis)), [x]))]
}

/// `Squeeze`: the named axes, or every axis of extent 1.
func importSqueeze(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let shape = context.shape(of: x)
  var dropped = shape.indices.filter { shape[$0] == 1 }
  if let stated = try movedAxes(context) {
    dropped = try context.axes(stated, rank: shape.count)
    for axis in dropped where shape[axis] != 1 {
      throw Refusal("axis \(axis) of \(context.type(of: x)) has not extent 1")
    }
  }
  let target = shape.indices.filter { !dropped.contains($0) }.map { shape[$0] }
  return [.node(try context.add(.reshape(target), [x]))]
}

/// `Unsqueeze`: axes of the result that get extent 1.
func importUnsqueeze(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  guard let stated = try movedAxes(context) else { throw Refusal("axes are missing") }
  var rest = context.shape(of: x)[...]
  let rank = rest.count + stated.count
  let added = Set(try context.axes(stated, rank: rank))
  let target = (0..<rank).map { added.contains($0) ? 1 : rest.removeFirst() }
  return [.node(try context.add(.reshape(target), [x]))]
}

/// `axes` as an attribute (before set 13) or as the second operand.
private func movedAxes(_ context: OperatorContext) throws -> [Int]? {
  if context.hasOperand(1) { return try context.knownIntegers(1, "axes") }
  return try context.integers("axes")
}

/// `Identity`.
func importIdentity(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  // A tensor under another name is how exporters share weights; it stays one constant.
  if try context.isTensorOfFile(0) { return [try context.passedOn(0)] }
  return [.node(try context.add(.identity, [try context.ownOperand(0)]))]
}
