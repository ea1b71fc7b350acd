import GraphIR

/// `RoiAlign`: regions of images, sampled to one size. Before set 16 coordinates are those of corners.
func importRegionAlignment(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let operands = try (0..<3).map { try context.operand($0) }
  let mode = try context.string("mode", default: "avg")
  guard ["avg", "max"].contains(mode) else {
    throw Refusal("mode '\(mode)' is not one that ONNX defines")
  }
  var coordinates = "output_half_pixel"
  if context.opset >= 16 {
    coordinates = try context.string("coordinate_transformation_mode", default: "half_pixel")
    guard ["half_pixel", "output_half_pixel"].contains(coordinates) else {
      throw Refusal(
        "coordinate_transformation_mode '\(coordinates)' is not one that ONNX defines")
    }
  }
  let attributes = RegionAlignment(
    size: Pair(
      try context.integer("output_height", default: 1),
      try context.integer("output_width", default: 1)),
    scale: try context.float("spatial_scale", default: 1),
    samples: try context.integer("sampling_ratio", default: 0), takesMaximum: mode == "max",
    hasCentres: coordinates == "half_pixel")
  return [.node(try context.add(.alignRegions(attributes), operands))]
}

/// `NonMaxSuppression`: a row (image, class, box) for every box that is kept; the first rows exist, and
/// the others are -1.
func importSuppression(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (boxes, scores) = (try context.operand(0), try context.operand(1))
  let shape = context.shape(of: scores)
  let stated =
    context.hasOperand(2) ? try context.knownIntegers(2, "max_output_boxes_per_class") : [0]
  guard stated.count == 1 else {
    throw Refusal("its max_output_boxes_per_class must be one integer")
  }
  let overlap = context.hasOperand(3) ? try context.knownScalar(3, "iou_threshold") : 0
  let score = context.hasOperand(4) ? try context.knownScalar(4, "score_threshold") : -.infinity
  let hasCentres = try context.flag("center_point_box")
  guard shape.count == 3 else {
    throw Refusal("scores [images, classes, boxes] are needed, not \(context.type(of: scores))")
  }
  let count = min(stated[0], shape[2])
  guard count > 0, shape[0] > 0, shape[1] > 0 else {
    return [context.known(Tensor([0, 3], integers: []))]
  }
  let attributes = Suppression(
    count: count, overlap: overlap, score: score, hasCentres: hasCentres)
  let kept = try context.add(.suppressBoxes(attributes), [boxes, scores], suffix: "kept")
  let lines = shape[0] * shape[1]
  let most = lines * count
  try context.payForComputing(16 * most)
  let names = (0..<most).flatMap { row in
    [Int64(row / count / shape[1]), Int64(row / count % shape[1])]
  }
  let table = context.addConstant(Tensor([most, 2], integers: names), suffix: "lines")
  let column = try context.add(.reshape([most, 1]), [kept], suffix: "column")
  let rows = try context.add(.concatenate(axis: 1), [table, column], suffix: "rows")
  // The last row is what the index -1 finds.
  let none = context.addConstant(Tensor([1, 3], integers: [-1, -1, -1]), suffix: "none")
  let entries = try context.add(.concatenate(axis: 0), [rows, none], suffix: "entries")
  let exists = try context.comparison(.lessOrEqual, context.integer(0), kept)
  let places = try context.add(.truePlaces, [exists], suffix: "places")
  let result = try context.add(.gather(axis: 0), [entries, places])
  context.setOpenRows(of: result, OpenRows(axis: 0, count: try context.trueCount(exists)))
  return [.node(result)]
}

/// `NonZero` of computed elements: a column of indices for each that is not 0; the first columns exist.
func importNonZero(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  guard !shape.isEmpty else { throw Refusal("a tensor with axes is needed, not one number") }
  let mask = try context.truth(of: x)
  let places = try context.add(.truePlaces, [mask], suffix: "places")
  let most = context.shape(of: places)[0]
  var (rest, rows) = (places, [] as [NodeID])
  for extent in shape.reversed() {
    let quotient = try context.step(.divide, rest, context.integer(Int64(max(extent, 1))))
    let whole = try context.step(.multiply, quotient, context.integer(Int64(max(extent, 1))))
    let index = try context.step(.subtract, rest, whole)
    rows.insert(try context.add(.reshape([1, most]), [index], suffix: "row"), at: 0)
    rest = quotient
  }
  let result = try context.add(.concatenate(axis: 0), rows)
  context.setOpenRows(of: result, OpenRows(axis: 1, count: try context.trueCount(mask)))
  return [.node(result)]
}

/// `Compress` by a computed condition: the entries of an axis, or all elements, for which it holds; the
/// first exist.
func importCompress(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  var (x, condition) = (try context.operand(0), try context.operand(1))
  var axis = 0
  if let stated = try context.integer("axis") {
    axis = try context.axis(stated, rank: context.shape(of: x).count)
  } else {
    x = try context.add(.reshape([context.type(of: x).elementCount]), [x], suffix: "flat")
  }
  let extents = context.shape(of: condition)
  guard extents.count == 1, extents[0] <= context.shape(of: x)[axis] else {
    throw Refusal(
      "a condition \(context.type(of: condition)) does not fit axis \(axis) of "
        + "\(context.type(of: x))")
  }
  condition = try context.truth(of: condition)
  let places = try context.add(.truePlaces, [condition], suffix: "places")
  let result = try context.add(.gather(axis: axis), [x, places])
  context.setOpenRows(of: result, OpenRows(axis: axis, count: try context.trueCount(condition)))
  return [.node(result)]
}

extension OperatorContext {
  /// Whether elements are not 0.
  fileprivate func truth(of x: NodeID) throws -> NodeID {
    guard type(of: x).element != .bool else { return x }
    return try add(.cast(.bool), [x], suffix: "truth")
  }

  /// How many elements of a mask are true: one node for each mask, so that lists by the same mask are
  /// seen to be equally long.
  fileprivate func trueCount(_ mask: NodeID) throws -> NodeID {
    if let known = assembly.trueCounts[mask] { return known }
    let ones = try add(.cast(.int64), [mask], suffix: "ones")
    let axes = Array(shape(of: mask).indices)
    let count = try add(
      .reduce(.sum, axes: axes, keepDimensions: false), [ones], suffix: "count")
    assembly.trueCounts[mask] = count
    return count
  }
}
