import Foundation
import GraphIR

/// Element-wise functions and movement of elements.
extension Planner {
  /// Adds an element-wise step over a box, with axes joined where all operands step through them
  /// evenly.
  ///
  /// - Parameters:
  ///   - second: see `ElementwiseKernel`.
  ///   - strides: those of the results behind those of the operands.
  ///   - elements: what they are in memory, in the same order; f32 unless said.
  mutating func addElementwise(
    _ function: ElementwiseExpression, and second: ElementwiseExpression? = nil, extents: [Int],
    strides: [[Int]], elements: [ElementType]? = nil, arguments: [Place], name: String,
    nodes: [String]
  ) {
    let (extents, strides) = joinAxes(extents, strides)
    let elements = elements ?? strides.map { _ in .float32 }
    let count = extents.reduce(1, *)
    let rows = extents[0]
    let wanted = max(1, min(32, count / 32_768))
    let kernel: ElementwiseKernel
    if extents.count == 1 {
      // One long row: split it into rows of whole vectors.
      let width = lanes * 64
      if wanted > 1, count % width == 0 {
        kernel = ElementwiseKernel(
          lanes: lanes, function: function, second: second, extents: [count / width, width],
          strides: strides.map { [$0[0] * width, $0[0]] }, elements: elements,
          rowsPerTask: (count / width + wanted - 1) / wanted)
      } else {
        kernel = ElementwiseKernel(
          lanes: lanes, function: function, second: second, extents: [1, count],
          strides: strides.map { [0, $0[0]] }, elements: elements,
          rowsPerTask: 1)
      }
    } else {
      kernel = ElementwiseKernel(
        lanes: lanes, function: function, second: second, extents: extents, strides: strides,
        elements: elements, rowsPerTask: max(1, (rows + wanted - 1) / wanted))
    }
    let operations = function.operations + (second?.operations ?? 0)
    addStep(
      .elementwise(kernel), arguments, name: name, nodes: nodes, flops: count * operations,
      read: count * elements.prefix(function.arity).reduce(0) { $0 + $1.byteCount },
      written: count * elements.last!.byteCount * (second == nil ? 1 : 2))
  }

  private func joinAxes(_ extents: [Int], _ strides: [[Int]]) -> ([Int], [[Int]]) {
    var (joined, joinedStrides) = ([Int](), strides.map { _ in [Int]() })
    for axis in extents.indices where extents[axis] != 1 {
      let joins =
        !joined.isEmpty
        && strides.indices.allSatisfy {
          joinedStrides[$0].last! == strides[$0][axis] * extents[axis]
        }
      if joins {
        joined[joined.count - 1] *= extents[axis]
        for operand in strides.indices {
          joinedStrides[operand][joined.count - 1] = strides[operand][axis]
        }
      } else {
        joined.append(extents[axis])
        for operand in strides.indices { joinedStrides[operand].append(strides[operand][axis]) }
      }
    }
    return joined.isEmpty ? ([1], strides.map { _ in [0] }) : (joined, joinedStrides)
  }

  // MARK: Movement

  mutating func planTranspose(_ id: NodeID, _ permutation: [Int]) {
    let source = graph[id].inputs[0]
    let own = rowMajorStrides(of: graph[source].type.shape)
    copyPlain(id, from: source, offset: 0, strides: permutation.map { own[$0] })
  }

  mutating func planBroadcast(_ id: NodeID) {
    let source = graph[id].inputs[0]
    let strides = broadcastStrides(graph[source].type.shape, to: graph[id].type.shape)
    copyPlain(id, from: source, offset: 0, strides: strides)
  }

  mutating func planSlice(_ id: NodeID, _ ranges: [SliceRange]) {
    let source = graph[id].inputs[0]
    let shape = graph[source].type.shape
    let extents = graph[id].type.shape
    if isBlocked(source), ranges[1].step == 1, ranges[1].start % lanes == 0 {
      let image = blockedImage(of: source)
      let from = image.view
      if isChannelsOnly(ranges, of: shape) {
        forms[id] = Forms(
          blocked: image.channels(extents[1], from: ranges[1].start / lanes))
        return
      }
      let (output, view) = newBlockedImage(id)
      let offset =
        ranges[0].start * from.batchStride + ranges[1].start / lanes * from.blockStride
        + ranges[2].start * from.rowStride + ranges[3].start * from.columnStride
      let input = image.place.moved(by: offset, of: from.element)
      addElementwise(
        .copy, extents: blockedExtents(extents),
        strides: [
          [
            ranges[0].step * from.batchStride, from.blockStride, ranges[2].step * from.rowStride,
            ranges[3].step * from.columnStride, 1,
          ], view.boxStrides,
        ], arguments: [input, output], name: graph[id].name, nodes: sources(of: id))
      return
    }
    let own = rowMajorStrides(of: shape)
    let offset = zip(ranges, own).reduce(0) { $0 + $1.0.start * $1.1 }
    copyPlain(id, from: source, offset: offset, strides: zip(ranges, own).map { $0.step * $1 })
  }

  /// Whether a slice takes all of every axis but the channels.
  private func isChannelsOnly(_ ranges: [SliceRange], of shape: [Int]) -> Bool {
    [0, 2, 3].allSatisfy {
      ranges[$0] == SliceRange(start: 0, end: shape[$0])
    }
  }

  private mutating func copyPlain(_ id: NodeID, from source: NodeID, offset: Int, strides: [Int]) {
    let input = plainPlace(of: source).moved(by: offset, of: .float32)
    let output = newPlain(id)
    let extents = graph[id].type.shape
    addElementwise(
      .copy, extents: extents, strides: [strides, rowMajorStrides(of: extents)],
      arguments: [input, output], name: graph[id].name, nodes: sources(of: id))
  }

  /// The value of a view, row-major.
  mutating func carriedOut(_ view: StridedView, _ id: NodeID) -> Place {
    let input = plainPlace(of: view.root).moved(by: view.offset, of: .float32)
    let output = newPlain(id)
    let extents = graph[id].type.shape
    addElementwise(
      .copy, extents: extents, strides: [view.strides, rowMajorStrides(of: extents)],
      arguments: [input, output], name: graph[id].name, nodes: sources(of: id))
    return output
  }

  mutating func planPad(_ id: NodeID, _ amounts: PadAmounts) throws {
    guard amounts.mode == .constant else {
      try planMirrorPad(id, amounts)
      return
    }
    let node = graph[id]
    let source = node.inputs[0]
    let shape = graph[source].type.shape
    if isBlocked(source), amounts.before[1] == 0, amounts.after[1] == 0 {
      let image = blockedImage(of: source)
      let (output, view) = newBlockedImage(id)
      addElementwise(
        .constant(amounts.value), extents: blockedExtents(node.type.shape),
        strides: [view.boxStrides], arguments: [output], name: node.name, nodes: [])
      let target = output.moved(
        by: amounts.before[0] * view.batchStride + amounts.before[2] * view.rowStride
          + amounts.before[3] * view.columnStride, of: view.element)
      addElementwise(
        .copy, extents: blockedExtents(shape),
        strides: [image.view.boxStrides, view.boxStrides], arguments: [image.place, target],
        name: node.name, nodes: sources(of: id))
      return
    }
    let input = plainPlace(of: source)
    let output = newPlain(id)
    fill(output, amounts.value, count: node.type.elementCount, name: node.name)
    let strides = rowMajorStrides(of: node.type.shape)
    let start = zip(amounts.before, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let target = output.moved(by: start, of: .float32)
    addElementwise(
      .copy, extents: shape, strides: [rowMajorStrides(of: shape), strides],
      arguments: [input, target], name: node.name, nodes: sources(of: id))
  }

  /// Reflection and edge padding, one axis after the other: copies of the middle, then of single
  /// border rows.
  private mutating func planMirrorPad(_ id: NodeID, _ amounts: PadAmounts) throws {
    let node = graph[id]
    var place = plainPlace(of: node.inputs[0])
    var shape = graph[node.inputs[0]].type.shape
    for axis in shape.indices where amounts.before[axis] + amounts.after[axis] > 0 {
      let (before, after, extent) = (amounts.before[axis], amounts.after[axis], shape[axis])
      guard before + after <= 64 else {
        throw PlanningError(
          message: "\(amounts.mode.rawValue) padding by \(before + after) has no kernel",
          hint: "at most 64 elements an axis")
      }
      var padded = shape
      padded[axis] = before + extent + after
      let output = newBuffer(node.name, bytes: TensorType(padded).storedByteCount)
      let (own, target) = (rowMajorStrides(of: shape), rowMajorStrides(of: padded))
      func copy(from: Int, to: Int, count: Int) {
        let input = place.moved(by: from * own[axis], of: .float32)
        let result = output.moved(by: to * target[axis], of: .float32)
        var extents = shape
        extents[axis] = count
        addElementwise(
          .copy, extents: extents, strides: [own, target], arguments: [input, result],
          name: node.name, nodes: [])
      }
      copy(from: 0, to: before, count: extent)
      for distance in 0..<before {
        let source = amounts.mode == .edge ? 0 : distance + 1
        copy(from: source, to: before - 1 - distance, count: 1)
      }
      for distance in 0..<after {
        let source = amounts.mode == .edge ? extent - 1 : extent - 2 - distance
        copy(from: source, to: before + extent + distance, count: 1)
      }
      (place, shape) = (output, padded)
    }
    forms[id] = Forms(plain: place)
  }

  mutating func fill(_ place: Place, _ value: Float, count: Int, name: String) {
    addElementwise(
      .constant(value), extents: [count], strides: [[1]], arguments: [place], name: name, nodes: [])
  }

  mutating func planShortcut(_ id: NodeID, _ shortcut: StridedShortcut) {
    let node = graph[id]
    let (input, inputView) = blockedInput(of: id)
    let (output, outputView) = newBlockedImage(id)
    let kernel = ShortcutKernel(
      lanes: lanes, input: inputView, output: outputView, shortcut: shortcut)
    addStep(
      .shortcut(kernel), [input, output], name: node.name, nodes: sources(of: id), flops: 0,
      read: inputView.byteCount(lanes: lanes), written: outputView.byteCount(lanes: lanes))
  }
}
