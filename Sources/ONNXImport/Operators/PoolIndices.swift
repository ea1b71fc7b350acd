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
  let steps = isColumnMajor ? columnMajorStrides(of: extents) : rowMajorStrides(of: extents)
  let taps = rowMajorIndices(of: kernel)
  let stacked = try context.stackedTaps(
    of: x, taps, numbers, counts: counts, planes: [shape[0], shape[1]])
  let best = try context.add(
    .topIndices(TopIndices(axis: 2)), [stacked], suffix: "tap")
  func constant(_ shape: [Int], _ values: [Int]) -> NodeID {
    context.addConstant(Tensor(shape, integers: values.map(Int64.init)), suffix: "distance")
  }
  func distance(_ index: [Int], by factors: [Int]) -> Int {
    index.indices.reduce(0) { $0 + index[$1] * factors[$1] * steps[$1] }
  }
  let distances = constant([taps.count], taps.map { distance($0, by: numbers.dilations) })
  let fromFirst = try context.add(.gather(axis: 0), [distances, best], suffix: "distance")
  let origin = zip(numbers.begins, steps).reduce(0) { $0 + $1.0 * $1.1 }
  let windows = constant(
    [1] + counts, rowMajorIndices(of: counts).map { distance($0, by: numbers.strides) - origin })
  let inPlane = try context.step(.add, fromFirst, windows)
  let plane = extents.reduce(1, *)
  let planes = constant(
    [shape[0], shape[1]] + [Int](repeating: 1, count: counts.count + 1),
    (0..<(shape[0] * shape[1])).map { $0 * plane })
  let places = try context.step(.add, inPlane, planes)
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
