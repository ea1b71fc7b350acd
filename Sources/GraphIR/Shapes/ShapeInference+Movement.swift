import Diagnostics

extension Operation {
  /// Types of the operations that only move elements.
  func movementType(_ operands: [TensorType]) throws(ShapeError) -> TensorType {
    switch self {
    case .reshape(let shape): try reshapeType(shape, operands)
    case .transpose(let permutation): try transposeType(permutation, operands)
    case .concatenate(let axis): try concatenateType(axis: axis, operands)
    case .slice(let ranges): try sliceType(ranges, operands)
    case .pad(let amounts): try padType(amounts, operands)
    case .broadcast(let shape): try broadcastType(shape, operands)
    case .stridedShortcut(let shortcut): try shortcutType(shortcut, operands)
    default: preconditionFailure("\(mnemonic) does not move elements")
    }
  }

  private func reshapeType(_ shape: [Int], _ operands: [TensorType]) throws(ShapeError)
    -> TensorType
  {
    let x = try one(operands)
    guard TensorType.checkedElementCount(of: shape) == x.elementCount else {
      throw ShapeError(
        "reshape cannot give \(x), with \(quantity(x.elementCount, "element")), the shape \(shape)")
    }
    return TensorType(shape, element: x.element)
  }

  private func transposeType(
    _ permutation: [Int], _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try one(operands)
    guard permutation.sorted() == Array(0..<x.rank) else {
      throw ShapeError("transpose of \(x) needs a permutation of its axes, not \(permutation)")
    }
    return TensorType(permutation.map { x.shape[$0] }, element: x.element)
  }

  private func concatenateType(axis: Int, _ operands: [TensorType]) throws(ShapeError) -> TensorType
  {
    guard var result = operands.first else { throw ShapeError("concat needs an operand") }
    try check(axis: axis, of: result)
    for operand in operands.dropFirst() {
      var expected = result.shape
      if operand.rank == result.rank { expected[axis] = operand.shape[axis] }
      guard operand.element == result.element, operand.shape == expected else {
        throw ShapeError("concat along axis \(axis) cannot join \(result) and \(operand)")
      }
      result.shape[axis] += operand.shape[axis]
    }
    return result
  }

  private func sliceType(_ ranges: [SliceRange], _ operands: [TensorType]) throws(ShapeError)
    -> TensorType
  {
    let x = try one(operands)
    guard ranges.count == x.rank else {
      throw ShapeError("slice of \(x) needs \(x.rank) ranges, not \(ranges.count)")
    }
    for (range, extent) in zip(ranges, x.shape) {
      let inside =
        range.step != 0 && range.step.magnitude <= 1 << 31
        && (range.step > 0
          ? range.start >= 0 && range.start <= range.end && range.end <= extent
          : range.start < extent && range.start >= range.end && range.end >= -1)
      guard inside else {
        throw ShapeError(
          "slice \(range.start):\(range.end):\(range.step) does not lie in an axis of \(extent) of \(x)"
        )
      }
    }
    return TensorType(ranges.map(\.count), element: x.element)
  }

  private func padType(_ amounts: PadAmounts, _ operands: [TensorType]) throws(ShapeError)
    -> TensorType
  {
    let x = try one(operands)
    guard amounts.before.count == x.rank, amounts.after.count == x.rank,
      (amounts.before + amounts.after).allSatisfy({ $0 >= 0 && $0 <= 1 << 31 })
    else {
      throw ShapeError("pad of \(x) needs \(x.rank) amounts of at least 0 on either side")
    }
    if let integers = x.element.integers, amounts.mode == .constant {
      guard let value = Int64(exactly: amounts.value), integers.contains(value) else {
        throw ShapeError("pad of \(x) cannot fill in \(amounts.value)")
      }
    }
    for axis in x.shape.indices where amounts.mode != .constant {
      let most = amounts.mode == .reflect ? x.shape[axis] - 1 : (x.shape[axis] > 0 ? Int.max : 0)
      guard amounts.before[axis] <= most, amounts.after[axis] <= most else {
        throw ShapeError("\(amounts.mode.rawValue) pad of \(x) is larger than axis \(axis) allows")
      }
    }
    let shape = x.shape.indices.map { amounts.before[$0] + x.shape[$0] + amounts.after[$0] }
    return TensorType(shape, element: x.element)
  }

  private func broadcastType(_ shape: [Int], _ operands: [TensorType]) throws(ShapeError)
    -> TensorType
  {
    let x = try one(operands)
    guard broadcastShape(x.shape, shape) == shape else {
      throw ShapeError("broadcast cannot give \(x) the shape \(shape)")
    }
    return TensorType(shape, element: x.element)
  }

  private func shortcutType(
    _ shortcut: StridedShortcut, _ operands: [TensorType]
  ) throws(ShapeError) -> TensorType {
    let x = try image(operands)
    let (stride, before, after) = (shortcut.stride, shortcut.channelsBefore, shortcut.channelsAfter)
    let strides = 1...(1 << 20)
    guard strides.contains(stride.height), strides.contains(stride.width), before >= 0, after >= 0,
      before <= 1 << 31,
      after <= 1 << 31
    else {
      throw ShapeError(
        "strided_shortcut needs strides from 1 to \(1 << 20) and channels of at least 0")
    }
    return TensorType([
      x.shape[0], before + x.shape[1] + after, (x.shape[2] + stride.height - 1) / stride.height,
      (x.shape[3] + stride.width - 1) / stride.width,
    ])
  }

  func gatherType(axis: Int, _ operands: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(2, operands)
    let (data, indices) = (operands[0], operands[1])
    try check(axis: axis, of: data)
    guard indices.element == .int64 else {
      throw ShapeError("gather takes i64 indices, not \(indices)" + advice(indices))
    }
    let shape = data.shape[..<axis] + indices.shape + data.shape[(axis + 1)...]
    return TensorType(Array(shape), element: data.element)
  }
}
