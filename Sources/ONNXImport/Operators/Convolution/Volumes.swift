import Diagnostics
import GraphIR
import Interpreter

/// `Conv` of volumes `[N, C, D, H, W]`: the slices that one slice of the result is made from become
/// channels of an image, so that a two-dimensional convolution sums over depth as it does over
/// channels.
func importVolumeConvolution(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let (shape, weight) = (context.shape(of: x), try context.operandType(1).shape)
  let kernel = try context.volumeKernel(of: weight)
  let numbers = try context.windowNumbers(kernel: kernel, extents: Array(shape[2...]))
  let groups = try context.integer("group", default: 1)
  let attributes = Convolution(
    stride: Pair(numbers.strides[1], numbers.strides[2]), padding: numbers.planePadding,
    dilation: Pair(numbers.dilations[1], numbers.dilations[2]), groups: groups,
    hasBias: context.hasOperand(2))
  try context.checkGroups(groups, of: shape[1])
  let room = shape[2] + numbers.begins[0] + numbers.ends[0]
  let reach = (kernel[0] - 1) * numbers.dilations[0]
  guard room > reach else {
    throw Refusal("a kernel of depth \(kernel[0]) does not fit the padded volume of \(shape)")
  }
  let taps = DepthTaps(
    before: numbers.begins[0], length: room,
    starts: (0..<kernel[0]).map { $0 * numbers.dilations[0] },
    step: numbers.strides[0], count: (room - reach - 1) / numbers.strides[0] + 1)
  let images = try context.stackedSlices(of: x, taps, groups: groups)
  // Depth before channels, as the slices are stacked.
  let flat = try context.rearranged(1, [0, 2, 1, 3, 4]) { shape in
    [shape[0], shape[1] * shape[2], shape[3], shape[4]]
  }
  let bias = context.hasOperand(2) ? [try context.operand(2)] : []
  let result = try context.add(
    .convolution(attributes), [images, flat] + bias, suffix: "on_images")
  return [.node(try context.volume(result, batch: shape[0], depth: taps.count))]
}

/// `ConvTranspose` of volumes: a convolution over depth, with zeros between the slices where the
/// stride is above 1 and the taps in reverse, and a transposed one over the images.
func importTransposedVolumeConvolution(
  _ context: OperatorContext
) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let (shape, weight) = (context.shape(of: x), try context.operandType(1).shape)
  let kernel = try context.volumeKernel(of: weight)
  let numbers = try context.transposedWindow(kernel: kernel, extents: Array(shape[2...]))
  let groups = try context.integer("group", default: 1)
  try context.checkGroups(groups, of: shape[1])
  guard weight[0] == shape[1] else {
    throw Refusal("a weight for \(weight[0]) channels does not fit a volume of \(shape[1])")
  }
  let attributes = TransposedConvolution(
    stride: Pair(numbers.strides[1], numbers.strides[2]),
    padding: Padding(
      top: numbers.begins[1], left: numbers.begins[2], bottom: numbers.ends[1],
      right: numbers.ends[2]),
    outputPadding: Pair(numbers.outputPadding[1], numbers.outputPadding[2]),
    dilation: Pair(numbers.dilations[1], numbers.dilations[2]), groups: groups,
    hasBias: context.hasOperand(2))
  let (stride, dilation) = (numbers.strides[0], numbers.dilations[0])
  let reach = (kernel[0] - 1) * dilation
  let count =
    (shape[2] - 1) * stride + reach + 1 + numbers.outputPadding[0] - numbers.begins[0]
    - numbers.ends[0]
  guard count >= 1 else { throw Refusal("pads leave no slice of the result") }
  let taps = DepthTaps(
    spacing: stride, before: reach - numbers.begins[0], length: count + reach,
    starts: (0..<kernel[0]).map { reach - $0 * dilation }, step: 1, count: count)
  let images = try context.stackedSlices(of: x, taps, groups: groups)
  let perGroup = shape[1] / groups
  let flat = try context.rearranged(
    1, [0, 3, 1, 2, 4, 5], splitInto: [groups, perGroup] + weight[1...]
  ) { shape in [shape[0] * shape[1] * shape[2], shape[3], shape[4], shape[5]] }
  let result = try context.addTransposedConvolution(
    attributes, images, weight: flat,
    bias: context.hasOperand(2) ? try context.operand(2) : nil, suffix: "on_images")
  return [.node(try context.volume(result, batch: shape[0], depth: count))]
}

/// `MaxPool` and `AveragePool` of volumes: over the images first, then over depth. Both are
/// separable, the average because the elements of a window that count are a box.
func importVolumePool(
  _ context: OperatorContext, _ numbers: WindowNumbers, kernel: [Int], ceilMode: Bool,
  countsPadding: Bool, _ operation: (Pooling) -> GraphIR.Operation
) throws -> NodeID {
  let x = try context.operand(0)
  let shape = context.shape(of: x)
  let plane = Pooling(
    kernel: Pair(kernel[1], kernel[2]), stride: Pair(numbers.strides[1], numbers.strides[2]),
    padding: numbers.planePadding, dilation: Pair(numbers.dilations[1], numbers.dilations[2]),
    ceilMode: ceilMode, countIncludesPadding: countsPadding)
  let depth = Pooling(
    kernel: Pair(kernel[0], 1), stride: Pair(numbers.strides[0], 1),
    padding: Padding(top: numbers.begins[0], left: 0, bottom: numbers.ends[0], right: 0),
    dilation: Pair(numbers.dilations[0], 1), ceilMode: ceilMode,
    countIncludesPadding: countsPadding)
  let images = try context.add(
    .reshape([shape[0], shape[1] * shape[2], shape[3], shape[4]]), [x], suffix: "images")
  let pooled = try context.add(operation(plane), [images], suffix: "on_images")
  let (height, width) = (context.shape(of: pooled)[2], context.shape(of: pooled)[3])
  let columns = try context.add(
    .reshape([shape[0], shape[1], shape[2], height * width]), [pooled], suffix: "columns")
  let result = try context.add(operation(depth), [columns], suffix: "on_columns")
  let slices = context.shape(of: result)[2]
  return try context.add(.reshape([shape[0], shape[1], slices, height, width]), [result])
}

/// Which slices of a padded volume each slice of the result is made from: `starts[t] + i · step` for
/// tap t and slice i.
private struct DepthTaps {
  /// Slices from one of the volume to the next; zeros lie between them.
  var spacing = 1
  /// Slices of zeros before the volume; where negative, slices that are cut off.
  var before: Int
  /// Slices with those of zeros before, between and behind.
  var length: Int
  var starts: [Int]
  var step: Int
  var count: Int
}

extension OperatorContext {
  fileprivate func volumeKernel(of weight: [Int]) throws -> [Int] {
    guard weight.count == 5 else {
      throw Refusal("a volume [N, C, D, H, W] needs a weight of five axes, not \(weight)")
    }
    return try kernelExtents(ofWeight: weight)
  }

  fileprivate func checkGroups(_ groups: Int, of channels: Int) throws {
    guard groups >= 1, channels % groups == 0 else {
      throw Refusal(
        "\(quantity(channels, "channel")) cannot be split into \(quantity(groups, "group"))")
    }
  }

  /// Images `[N · count, taps · C, H, W]` of a volume `[N, C, D, H, W]`; within each group of channels
  /// the first tap's come first.
  fileprivate func stackedSlices(
    of x: NodeID, _ taps: DepthTaps, groups: Int
  ) throws -> NodeID {
    let shape = self.shape(of: x)
    let (n, c, d, h, w) = (shape[0], shape[1], shape[2], shape[3], shape[4])
    var slices = try add(.transpose([0, 2, 1, 3, 4]), [x], suffix: "slices")
    if taps.spacing > 1 {
      let rows = try add(.reshape([n, d, 1, c * h * w]), [slices], suffix: "rows")
      let spaced = try padded(rows, axis: 2, before: 0, after: taps.spacing - 1)
      slices = try add(.reshape([n, d * taps.spacing, c, h, w]), [spaced], suffix: "spaced")
    }
    let after = taps.length - taps.before - d * taps.spacing
    slices = try padded(slices, axis: 1, before: taps.before, after: after)
    let stacked = try taps.starts.map { start in
      var ranges = self.shape(of: slices).map { SliceRange(start: 0, end: $0) }
      ranges[1] = SliceRange(
        start: start, end: start + (taps.count - 1) * taps.step + 1, step: taps.step)
      let tap = try add(.slice(ranges), [slices], suffix: "tap")
      return try add(
        .reshape([n * taps.count, groups, c / groups, h, w]), [tap], suffix: "images")
    }
    let all = try add(.concatenate(axis: 2), stacked, suffix: "taps")
    return try add(
      .reshape([n * taps.count, taps.starts.count * c, h, w]), [all], suffix: "stacked")
  }

  /// Zeros added on both sides of one axis; elements are cut off where an amount is negative.
  func padded(_ x: NodeID, axis: Int, before: Int, after: Int) throws -> NodeID {
    var result = x
    if before < 0 || after < 0 {
      var ranges = shape(of: x).map { SliceRange(start: 0, end: $0) }
      ranges[axis].start = max(0, -before)
      ranges[axis].end -= max(0, -after)
      result = try add(.slice(ranges), [result], suffix: "cropped")
    }
    guard before > 0 || after > 0 else { return result }
    var amounts = PadAmounts(
      before: shape(of: x).map { _ in 0 }, after: shape(of: x).map { _ in 0 })
    amounts.before[axis] = max(0, before)
    amounts.after[axis] = max(0, after)
    return try add(.pad(amounts), [result], suffix: "padded")
  }

  /// A weight with its axes in another order, then under another shape; a constant where it is known.
  ///
  /// - Parameter parts: the shape that it is given first.
  fileprivate func rearranged(
    _ index: Int, _ order: [Int], splitInto parts: [Int]? = nil, _ joined: ([Int]) -> [Int]
  ) throws -> NodeID {
    let parts = try parts ?? operandType(index).shape
    let shape = joined(order.map { parts[$0] })
    if let tensor = try knownOperand(index) {
      let moved = evaluate(.transpose(order), [tensor.reshaped(to: parts)])
      return addConstant(moved.reshaped(to: shape), madeFrom: index)
    }
    let split = try add(.reshape(parts), [try operand(index)], suffix: "weight")
    let moved = try add(.transpose(order), [split], suffix: "weight")
    return try add(.reshape(shape), [moved], suffix: "weight")
  }

  /// A volume `[N, K, D, H, W]` of images `[N · D, K, H, W]`; the last operation of the node.
  fileprivate func volume(_ images: NodeID, batch: Int, depth: Int) throws -> NodeID {
    let shape = self.shape(of: images)
    let slices = try add(
      .reshape([batch, depth, shape[1], shape[2], shape[3]]), [images], suffix: "result")
    return try add(.transpose([0, 2, 1, 3, 4]), [slices])
  }
}
