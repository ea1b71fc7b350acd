import GraphIR

/// What moves elements.
extension NodeWriter {
  @discardableResult
  mutating func reshape(
    _ value: String, to shape: [Int], suffix: String? = nil
  ) throws -> String {
    // Without `allowzero` an extent of 0 would mean that of the operand.
    try add(
      "Reshape", [value, integers(shape, joined(suffix, "shape"))],
      shape.contains(0) ? [("allowzero", .integer(1))] : [], suffix: suffix)
  }

  @discardableResult
  mutating func slice(
    _ value: String, _ ranges: [SliceRange], of shape: [Int], suffix: String? = nil
  ) throws -> String {
    let axes = ranges.indices.filter { ranges[$0] != SliceRange(start: 0, end: shape[$0]) }
    guard !axes.isEmpty else { return try add("Identity", [value], suffix: suffix) }
    let ends = axes.map { axis in
      // An end before element 0 counts from the end of the axis, and must pass its beginning.
      ranges[axis].end < 0 ? -shape[axis] - 1 : ranges[axis].end
    }
    return try add(
      "Slice",
      [
        value, integers(axes.map { ranges[$0].start }, joined(suffix, "starts")),
        integers(ends, joined(suffix, "ends")), integers(axes, joined(suffix, "axes")),
        integers(axes.map { ranges[$0].step }, joined(suffix, "steps")),
      ], suffix: suffix)
  }

  mutating func exportPad(_ amounts: PadAmounts) throws {
    let pads = integers(amounts.before + amounts.after, "pads")
    guard amounts.mode == .constant else {
      try add("Pad", [inputs[0], pads], [("mode", .text(amounts.mode.rawValue))])
      return
    }
    guard let value = try? Tensor([], floats: [amounts.value]).converted(to: types[0].element)
    else { throw ExportRefusal(message: "\(types[0]) cannot be padded with \(amounts.value)") }
    try add("Pad", [inputs[0], pads, constant(value, "value")])
  }

  /// `ArgMax` and `ArgMin` know which of equal elements is meant, `TopK` takes the first.
  mutating func exportTopIndices(_ attributes: TopIndices) throws {
    guard attributes.count != 1 else {
      try add(
        attributes.smallest ? "ArgMin" : "ArgMax", inputs,
        [
          ("axis", .integer(attributes.axis)), ("keepdims", .integer(1)),
          ("select_last_index", .integer(attributes.prefersLast ? 1 : 0)),
        ])
      return
    }
    guard !attributes.prefersLast else {
      throw ExportRefusal(message: "ONNX prefers the first of equal elements")
    }
    try add(
      "TopK", [inputs[0], integers([attributes.count], "count")],
      [
        ("axis", .integer(attributes.axis)), ("largest", .integer(attributes.smallest ? 0 : 1)),
        ("sorted", .integer(1)),
      ], unread: ["values"])
  }

  mutating func exportStridedShortcut(_ shortcut: StridedShortcut) throws {
    let shape = types[0].shape
    let steps = [1, 1, shortcut.stride.height, shortcut.stride.width]
    let ranges = zip(shape, steps).map { SliceRange(start: 0, end: $0, step: $1) }
    let pads = [0, shortcut.channelsBefore, 0, 0, 0, shortcut.channelsAfter, 0, 0]
    guard pads.contains(where: { $0 > 0 }) else {
      try slice(inputs[0], ranges, of: shape)
      return
    }
    let pixels = try slice(inputs[0], ranges, of: shape, suffix: "pixels")
    try add("Pad", [pixels, integers(pads, "pads")])
  }

  /// ONNX orders the channels of `SpaceToDepth` depth, column, row; the other order is a transpose.
  mutating func exportSpaceToDepth(_ blocks: DepthBlocks) throws {
    guard blocks.order == .crd else {
      try add("SpaceToDepth", inputs, [("blocksize", .integer(blocks.block))])
      return
    }
    let (shape, block) = (types[0].shape, blocks.block)
    let parts = [shape[0], shape[1], shape[2] / block, block, shape[3] / block, block]
    let split = try reshape(inputs[0], to: parts, suffix: "blocks")
    let moved = try add(
      "Transpose", [split], [("perm", .integers([0, 1, 3, 5, 2, 4]))], suffix: "channels")
    try reshape(moved, to: node.type.shape)
  }

  mutating func exportLocalResponse(_ response: LocalResponse) throws {
    try add(
      "LRN", inputs,
      [
        ("size", .integer(response.size)), ("alpha", .float(response.alpha)),
        ("beta", .float(response.beta)), ("bias", .float(response.bias)),
      ])
  }
}
