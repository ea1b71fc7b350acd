import GraphIR

/// `GridSample`: x `[N, C, …]` at positions `[N, …, rank]` of its spatial axes, the last axis first, from -1
/// to 1. Every element around a position is gathered, and weighed by its distance.
func importGridSample(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let (x, grid) = (try context.operand(0), try context.operand(1))
  let (shape, positions) = (context.shape(of: x), context.shape(of: grid))
  let rank = shape.count - 2
  guard rank >= 1, positions.count == rank + 2, positions.last == rank, positions[0] == shape[0],
    !shape.contains(0)
  else {
    throw Refusal("positions \(context.type(of: grid)) do not fit \(context.type(of: x))")
  }
  let pixels = shape[2...].reduce(1, *)
  // Places are computed as f32, which holds all whole numbers up to there.
  guard shape[0] * pixels <= 1 << 24 else {
    throw Refusal(
      "\(context.type(of: x)) has more pixels in all images than the 16777216 that are supported")
  }
  let sampling = try GridSampling(context)
  let places = positions[1..<(rank + 1)].reduce(1, *)
  let flat = try context.add(.reshape([shape[0], places, rank]), [grid], suffix: "positions")
  let taps = try (0..<rank).map { axis in
    let column = SliceRange(start: rank - 1 - axis, end: rank - axis)
    let ranges = [shape[0], places].map { SliceRange(start: 0, end: $0) } + [column]
    let position = try context.add(.slice(ranges), [flat], suffix: "position")
    return try context.taps(position, extent: shape[axis + 2], sampling)
  }
  // Pixels with their channels side by side, those of all images one after another.
  let behind = [0] + Array(2..<(rank + 2)) + [1]
  let moved = try context.add(.transpose(behind), [x], suffix: "pixels")
  let entries = try context.add(
    .reshape([shape[0] * pixels, shape[1]]), [moved], suffix: "pixels")
  try context.payForComputing(4 * shape[0])
  let starts = (0..<shape[0]).map { Float($0 * pixels) }
  let first = context.addConstant(Tensor([shape[0], 1, 1], floats: starts), suffix: "starts")
  var sum: NodeID?
  for corner in combinations(taps) {
    let value = try context.value(at: corner, extents: Array(shape[2...]), first, of: entries)
    sum = try sum.map { try context.step(.add, $0, value) } ?? value
  }
  let channels = try context.add(.transpose([0, 2, 1]), [sum!], suffix: "channels")
  let result = Array(shape[..<2]) + positions[1..<(rank + 1)]
  return [.node(try context.add(.reshape(result), [channels]))]
}

/// How positions become elements.
private struct GridSampling {
  enum Mode { case nearest, linear, cubic }
  enum Padding: String { case zeros, border, reflection }

  let mode: Mode
  let padding: Padding
  let alignsCorners: Bool

  init(_ context: OperatorContext) throws {
    let name = try context.string("mode", default: context.opset < 20 ? "bilinear" : "linear")
    switch name {
    case "nearest": mode = .nearest
    case "linear", "bilinear": mode = .linear
    case "cubic", "bicubic": mode = .cubic
    default: throw Refusal("mode '\(name)' is not one that ONNX defines")
    }
    let outside = try context.string("padding_mode", default: "zeros")
    guard let padding = Padding(rawValue: outside) else {
      throw Refusal("padding_mode '\(outside)' is not one that ONNX defines")
    }
    self.padding = padding
    alignsCorners = try context.flag("align_corners")
  }

  /// Between which positions an axis is not padded.
  func bounds(_ extent: Int) -> (low: Float, high: Float) {
    alignsCorners ? (0, Float(extent - 1)) : (-0.5, Float(extent) - 0.5)
  }
}

/// One of the elements around a position along an axis: where it is, clamped into the axis, whether it is
/// there, and its weight.
private struct GridTap {
  let place: NodeID
  let isInside: NodeID?
  let weight: NodeID?
}

/// One tap of every axis, in every way.
private func combinations(_ taps: [[GridTap]]) -> [[GridTap]] {
  taps.reduce([[]]) { corners, axis in corners.flatMap { corner in axis.map { corner + [$0] } } }
}

extension OperatorContext {
  /// The taps along an axis for positions from -1 to 1.
  fileprivate func taps(
    _ position: NodeID, extent: Int, _ sampling: GridSampling
  ) throws -> [GridTap] {
    let size = Float(extent)
    let above = try step(.add, position, 1)
    var place =
      sampling.alignsCorners
      ? try step(.multiply, above, (size - 1) / 2)
      : try step(.multiply, try step(.subtract, try step(.multiply, above, size), 1), 0.5)
    if sampling.mode == .nearest { place = try step(.round, place) }
    if sampling.padding == .reflection {
      place = try reflected(place, sampling.bounds(extent))
    }
    guard sampling.mode != .nearest else { return [try tap(place, nil, extent, sampling)] }
    let low = try step(.floor, place)
    let part = try step(.subtract, place, low)
    let rest = try step(.subtract, try step(.negate, part), -1)
    guard sampling.mode == .cubic else {
      return [
        try tap(low, rest, extent, sampling),
        try tap(try step(.add, low, 1), part, extent, sampling),
      ]
    }
    let weights = [
      try outerCubic(try step(.add, part, 1)), try innerCubic(part), try innerCubic(rest),
      try outerCubic(try step(.add, rest, 1)),
    ]
    return try weights.enumerated().map { index, weight in
      try tap(try step(.add, low, Float(index - 1)), weight, extent, sampling)
    }
  }

  private func tap(
    _ place: NodeID, _ weight: NodeID?, _ extent: Int, _ sampling: GridSampling
  ) throws -> GridTap {
    let high = Float(extent - 1)
    var (place, isInside) = (place, nil as NodeID?)
    switch sampling.padding {
    case .zeros:
      isInside = try step(
        .minimum, try comparison(.lessOrEqual, number(0), place),
        try comparison(.lessOrEqual, place, number(high)))
    case .reflection: place = try reflected(place, sampling.bounds(extent))
    case .border: break
    }
    return GridTap(
      place: try step(.clip(low: 0, high: high), place), isInside: isInside, weight: weight)
  }

  /// Positions mirrored at both bounds until they lie between them.
  private func reflected(_ place: NodeID, _ bounds: (low: Float, high: Float)) throws -> NodeID {
    let length = bounds.high - bounds.low
    guard length > 0 else { return try step(.clip(low: bounds.low, high: bounds.high), place) }
    let size = try step(.absolute, try step(.subtract, place, bounds.low))
    let count = try step(.floor, try step(.divide, size, length))
    let rest = try step(.subtract, size, try step(.multiply, count, length))
    let pairs = try step(.floor, try step(.multiply, count, 0.5))
    let isEven = try comparison(.equal, count, try step(.multiply, pairs, 2))
    let upwards = try step(.add, rest, bounds.low)
    let downwards = try step(.add, try step(.negate, rest), bounds.high)
    let mirrored = try add(.select, [isEven, upwards, downwards], suffix: "step")
    let clipped = try step(.clip(low: bounds.low, high: bounds.high), place)
    return try add(
      .select, [try comparison(.equal, clipped, place), place, mirrored], suffix: "step")
  }

  /// (a + 2)d³ - (a + 3)d² + 1 with a = -¾, for distances up to 1.
  private func innerCubic(_ distance: NodeID) throws -> NodeID {
    let square = try step(.multiply, distance, distance)
    let slope = try step(.subtract, try step(.multiply, distance, 1.25), 2.25)
    return try step(.add, try step(.multiply, slope, square), 1)
  }

  /// a(d³ - 5d² + 8d - 4) with a = -¾, for distances from 1 to 2.
  private func outerCubic(_ distance: NodeID) throws -> NodeID {
    var sum = try step(.subtract, distance, 5)
    sum = try step(.add, try step(.multiply, sum, distance), 8)
    sum = try step(.subtract, try step(.multiply, sum, distance), 4)
    return try step(.multiply, sum, -0.75)
  }

  /// The elements `[N, places, C]` at one tap of every axis, times their weights.
  fileprivate func value(
    at corner: [GridTap], extents: [Int], _ first: NodeID, of entries: NodeID
  ) throws -> NodeID {
    let strides = rowMajorStrides(of: extents)
    var place = first
    for (tap, stride) in zip(corner, strides) {
      place = try step(.add, place, try step(.multiply, tap.place, Float(stride)))
    }
    let pixels = Float(shape(of: entries)[0])
    let bounded = try step(.clip(low: 0, high: pixels - 1), place)
    let index = try add(.cast(.int64), [bounded], suffix: "index")
    let list = try add(.reshape(Array(shape(of: index).dropLast())), [index], suffix: "index")
    var value = try add(.gather(axis: 0), [entries, list], suffix: "value")
    let masks = corner.compactMap(\.isInside)
    if let mask = try joined(masks, .minimum) {
      value = try add(.select, [mask, value, number(0)], suffix: "value")
    }
    guard let weight = try joined(corner.compactMap(\.weight), .multiply) else { return value }
    return try step(.multiply, value, weight)
  }

  private func joined(_ values: [NodeID], _ function: BinaryFunction) throws -> NodeID? {
    guard var result = values.first else { return nil }
    for value in values.dropFirst() { result = try step(function, result, value) }
    return result
  }
}
