import GraphIR

/// The indices of `MaxPool`: where in x, flattened, the first of the largest elements of each window
/// is.
///
/// The elements that one tap of the window meets are a strided slice of the padded x. An index of the
/// tap with the largest one gives the distance from the first, to which the place of the window is added.
///
/// - Parameters:
///   - counts: windows along each axis.
///   - isColumnMajor: whether the first of the axes after the channels is the innermost one.
func importPlacesOfMaxima(
  _ context: OperatorContext, counts: [Int], isColumnMajor: Bool
) throws -> NodeID {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let extents = Array(shape.dropFirst(2))
  let kernel = try context.poolKernel(rank: extents.count)
  guard kernel.allSatisfy({ $0 <= 1024 }), kernel.reduce(1, *) <= 1024
  else {
    throw Refusal("indices of windows \(kernel) are not supported; of up to 1024 elements they are")
  }
  let numbers = try context.windowNumbers(kernel: kernel, extents: extents)
  guard shape.reduce(1, *) <= TopIndices.maximumExtent else {
    throw Refusal(
      "the indices of \(context.type(of: x)) are too large; up to \(TopIndices.maximumExtent) "
        + "elements are supported")
  }
  let steps = isColumnMajor ? columnMajorStrides(of: extents) : rowMajorStrides(of: extents)
  let taps = rowMajorIndices(of: kernel)
  let stacked = try context.stackedTaps(
    of: x, taps, numbers, counts: counts, planes: [shape[0], shape[1]])
  let best = try context.add(
    .topIndices(TopIndices(axis: 2)), [stacked], suffix: "tap")
  func constant(_ shape: [Int], _ values: [Int]) -> NodeID {
    context.addConstant(Tensor(shape, integers: values.map(Int64.init)), suffix: "distance")
  }
  let distances = taps.map { tap in
    tap.indices.reduce(0) { $0 + tap[$1] * numbers.dilations[$1] * steps[$1] }
  }
  var places = try context.add(
    .gather(axis: 0), [constant([taps.count], distances), best], suffix: "place")
  for (axis, count) in counts.enumerated() {
    let windows = (0..<count).map {
      ($0 * numbers.strides[axis] - numbers.begins[axis]) * steps[axis]
    }
    let ones = [Int](repeating: 1, count: counts.count - axis - 1)
    places = try context.step(.add, places, constant([count] + ones, windows))
  }
  let plane = extents.reduce(1, *)
  let planes = constant(
    [shape[0], shape[1]] + [Int](repeating: 1, count: counts.count + 1),
    (0..<(shape[0] * shape[1])).map { $0 * plane })
  places = try context.step(.add, places, planes)
  return try context.add(.reshape([shape[0], shape[1]] + counts), [places], suffix: "indices")
}

extension OperatorContext {
  /// `[N, C, taps, windows …]`: what each tap meets in every window; padding is below all numbers.
  fileprivate func stackedTaps(
    of x: NodeID, _ taps: [[Int]], _ numbers: WindowNumbers, counts: [Int], planes: [Int]
  ) throws -> NodeID {
    // An infinity of x is above the padding.
    var padded = try step(.maximum, x, -Float.greatestFiniteMagnitude)
    var amounts = PadAmounts(
      before: [0, 0] + numbers.begins, after: [0, 0] + numbers.ends, value: -.infinity)
    let reach = taps.last ?? []
    for axis in counts.indices {
      let end = (counts[axis] - 1) * numbers.strides[axis] + reach[axis] * numbers.dilations[axis]
      let length = shape(of: x)[axis + 2] + numbers.begins[axis] + numbers.ends[axis]
      // A last window may pass the end.
      amounts.after[axis + 2] += max(0, end + 1 - length)
    }
    if (amounts.before + amounts.after).contains(where: { $0 > 0 }) {
      padded = try add(.pad(amounts), [padded], suffix: "padded")
    }
    let slices = try taps.map { tap in
      var ranges = planes.map { SliceRange(start: 0, end: $0) }
      for axis in counts.indices {
        let start = tap[axis] * numbers.dilations[axis]
        let step = numbers.strides[axis]
        ranges.append(
          SliceRange(start: start, end: start + (counts[axis] - 1) * step + 1, step: step))
      }
      let slice = try add(.slice(ranges), [padded], suffix: "tap")
      return try add(.reshape(planes + [1] + counts), [slice], suffix: "tap")
    }
    return try add(.concatenate(axis: 2), slices, suffix: "taps")
  }
}

/// All indices of a shape in row-major order.
private func rowMajorIndices(of shape: [Int]) -> [[Int]] {
  let strides = rowMajorStrides(of: shape)
  return (0..<shape.reduce(1, *)).map { place in
    shape.indices.map { place / strides[$0] % shape[$0] }
  }
}

/// Strides with the first axis innermost.
private func columnMajorStrides(of shape: [Int]) -> [Int] {
  shape.indices.map { shape[..<$0].reduce(1, *) }
}
