import GraphIR

/// `GatherND`: slices of the first operand, at indices of its first axes behind those of the batch.
func evaluateGatherND(_ context: OperatorContext) throws -> [KnownTensor] {
  let (x, indices) = (try context.known(0), try context.known(1))
  let batch = try context.integer("batch_dims", default: 0)
  guard let depth = indices.shape.last, batch >= 0, batch < indices.shape.count, depth >= 0,
    depth <= x.shape.count - batch, x.shape.prefix(batch) == indices.shape.prefix(batch)
  else {
    throw Refusal("indices \(indices.tensor.type) do not fit \(x.tensor.type)")
  }
  let shape = indices.shape.dropLast() + x.shape[(batch + depth)...]
  try context.reserve(Array(shape))
  try context.reserve(indices.shape)
  let starts = try SliceIndices(x.shape, from: batch, indices)
  let size = x.shape[(batch + depth)...].reduce(1, *)
  let groups = x.shape.prefix(batch).reduce(1, *)
  let (perGroup, stride) = (
    starts.places.count / max(groups, 1), x.shape[batch...].reduce(1, *)
  )
  let sources = starts.places.enumerated().flatMap { number, start in
    let first = number / max(perGroup, 1) * stride + start
    return first..<first + size
  }
  return [x.gathered(sources, Array(shape))]
}

/// Where slices start that indices name, one in each line of the last axis.
private struct SliceIndices {
  let places: [Int]

  /// Reads indices of the axes of a shape from `axis` on.
  ///
  /// - Throws: `Refusal` for an index outside of its axis.
  init(_ shape: [Int], from axis: Int, _ indices: KnownTensor) throws {
    let values = try indices.integers("indices")
    let depth = indices.shape.last ?? 0
    let count = indices.shape.dropLast().reduce(1, *)
    let strides = rowMajorStrides(of: shape)
    places = try (0..<count).map { number in
      try (0..<depth).reduce(0) { place, column in
        let index = try fromFront(
          values[number * depth + column], extent: shape[axis + column], axis: axis + column)
        return place + index * strides[axis + column]
      }
    }
  }
}

/// An index from the front of its axis.
private func fromFront(_ index: Int64, extent: Int, axis: Int) throws -> Int {
  guard index >= -Int64(extent), index < Int64(extent) else {
    throw Refusal("index \(index) lies outside axis \(axis), which has \(extent)")
  }
  return Int(index) + (index < 0 ? extent : 0)
}

/// `ScatterND`: a tensor with slices exchanged for others, or combined with them.
func evaluateScatterND(_ context: OperatorContext) throws -> [KnownTensor] {
  let (x, indices, updates) = (
    try context.known(0), try context.known(1), try context.known(2)
  )
  let depth = indices.shape.last ?? -1
  guard depth >= 0, depth <= x.shape.count,
    updates.shape == indices.shape.dropLast() + x.shape[depth...]
  else {
    throw Refusal(
      "indices \(indices.tensor.type) and updates \(updates.tensor.type) do not fit "
        + "\(x.tensor.type)")
  }
  try context.reserve(updates.shape)
  try context.reserve(indices.shape)
  let size = x.shape[depth...].reduce(1, *)
  let starts = try SliceIndices(x.shape, from: 0, indices).places
  let targets = starts.flatMap { $0..<$0 + size }
  return [try context.scattered(updates, into: x, at: targets)]
}

/// `ScatterElements`, and `Scatter` before set 11: elements exchanged for others along an axis.
func evaluateScatterElements(_ context: OperatorContext) throws -> [KnownTensor] {
  let (x, indices, updates) = (
    try context.known(0), try context.known(1), try context.known(2)
  )
  let axis = try context.axis(try context.integer("axis", default: 0), rank: x.shape.count)
  guard indices.shape == updates.shape, indices.shape.count == x.shape.count,
    x.shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= x.shape[$0] })
  else {
    throw Refusal(
      "indices \(indices.tensor.type) and updates \(updates.tensor.type) do not fit "
        + "\(x.tensor.type)")
  }
  try context.reserve(indices.shape, steps: 2)
  var strides = rowMajorStrides(of: x.shape)
  let stride = strides[axis]
  strides[axis] = 0
  let lines = places(in: indices.shape, strides: strides)
  let targets = try zip(lines, indices.integers("indices")).map { start, index in
    start + (try fromFront(index, extent: x.shape[axis], axis: axis)) * stride
  }
  return [try context.scattered(updates, into: x, at: targets)]
}

extension OperatorContext {
  /// A tensor with elements exchanged for others, one after the other, or combined with them as the
  /// attribute `reduction` has it.
  fileprivate func scattered(
    _ updates: KnownTensor, into x: KnownTensor, at targets: [Int]
  ) throws -> KnownTensor {
    let reduction = try string("reduction", default: "none")
    guard ["none", "add", "mul", "max", "min"].contains(reduction) else {
      throw Refusal("reduction '\(reduction)' is not one that ONNX defines")
    }
    try reserve(x.shape)
    func scatter<Element>(
      _ values: [Element], _ updates: [Element], _ combine: (Element, Element) throws -> Element
    ) rethrows -> [Element] {
      var result = values
      for (target, update) in zip(targets, updates) {
        result[target] = try combine(result[target], update)
      }
      return result
    }
    switch (x.tensor.storage, updates.tensor.storage) {
    case (.float32(let values), .float32(let updates)):
      let result = scatter(values, updates) { old, new in
        switch reduction {
        case "add": old + new
        case "mul": old * new
        case "max": new.isNaN || new > old ? new : old
        case "min": new.isNaN || new < old ? new : old
        default: new
        }
      }
      return KnownTensor(Tensor(x.shape, floats: result), x.type)
    case (.int64(let values), .int64(let updates)):
      let result = try scatter(values, updates) { old, new in
        switch reduction {
        case "add": try x.type.wrapped(old &+ new)
        case "mul": try x.type.wrapped(old &* new)
        case "max": max(old, new)
        case "min": min(old, new)
        default: new
        }
      }
      return KnownTensor(Tensor(x.shape, integers: result), x.type)
    case (.bool(let values), .bool(let updates)):
      let result = scatter(values, updates) { old, new in
        switch reduction {
        case "add", "max": old || new
        case "mul", "min": old && new
        default: new
        }
      }
      return KnownTensor(Tensor(x.shape, booleans: result), x.type)
    default:
      throw Refusal("updates \(updates.tensor.type) are of another type than \(x.tensor.type)")
    }
  }
}
