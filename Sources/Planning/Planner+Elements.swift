import Foundation
import GraphIR

/// Element-wise functions and movement of elements.
extension Planner {
  /// Adds an element-wise step over a box, with axes joined where all operands step through them
  /// evenly.
  mutating func addElementwise(
    _ function: ElementwiseExpression, extents: [Int], strides: [[Int]], arguments: [Place],
    name: String, nodes: [String]
  ) {
    let (extents, strides) = joinAxes(extents, strides)
    let count = extents.reduce(1, *)
    let rows = extents[0]
    let wanted = max(1, min(32, count / 32_768))
    let kernel: ElementwiseKernel
    if extents.count == 1 {
      // One long row: split it into rows of whole vectors.
      let width = lanes * 64
      if wanted > 1, count % width == 0 {
        kernel = ElementwiseKernel(
          lanes: lanes, function: function, extents: [count / width, width],
          strides: strides.map { [$0[0] * width, $0[0]] },
          rowsPerTask: (count / width + wanted - 1) / wanted)
      } else {
        kernel = ElementwiseKernel(
          lanes: lanes, function: function, extents: [1, count],
          strides: strides.map { [0, $0[0]] },
          rowsPerTask: 1)
      }
    } else {
      kernel = ElementwiseKernel(
        lanes: lanes, function: function, extents: extents, strides: strides,
        rowsPerTask: max(1, (rows + wanted - 1) / wanted))
    }
    addStep(
      .elementwise(kernel), arguments, name: name, nodes: nodes, flops: count * function.operations,
      read: 4 * count * function.arity, written: 4 * count)
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
      let from = ImageView.blocked(shape, lanes: lanes)
      let (output, view) = newBlockedImage(id)
      let offset =
        ranges[0].start * from.batchStride + ranges[1].start / lanes * from.blockStride
        + ranges[2].start * from.rowStride + ranges[3].start * from.columnStride
      var input = blockedPlace(of: source)
      input.offset += 4 * offset
      addElementwise(
        .copy, extents: blockedExtents(extents),
        strides: [
          [
            ranges[0].step * from.batchStride, from.blockStride, ranges[2].step * from.rowStride,
            ranges[3].step * from.columnStride, 1,
          ], boxStrides(view),
        ], arguments: [input, output], name: graph[id].name, nodes: sources(of: id))
      return
    }
    let own = rowMajorStrides(of: shape)
    let offset = zip(ranges, own).reduce(0) { $0 + $1.0.start * $1.1 }
    copyPlain(id, from: source, offset: offset, strides: zip(ranges, own).map { $0.step * $1 })
  }

  func boxStrides(_ view: ImageView) -> [Int] {
    [view.batchStride, view.blockStride, view.rowStride, view.columnStride, 1]
  }

  private mutating func copyPlain(_ id: NodeID, from source: NodeID, offset: Int, strides: [Int]) {
    var input = plainPlace(of: source)
    input.offset += 4 * offset
    let output = newPlain(id)
    let extents = graph[id].type.shape
    addElementwise(
      .copy, extents: extents, strides: [strides, rowMajorStrides(of: extents)],
      arguments: [input, output], name: graph[id].name, nodes: sources(of: id))
  }

  mutating func planConcatenate(_ id: NodeID, axis: Int) {
    let node = graph[id]
    let aligned =
      node.type.rank == 4 && axis == 1 && node.inputs.contains(where: isBlocked)
      && node.inputs.dropLast().allSatisfy { graph[$0].type.shape[1] % lanes == 0 }
    if aligned {
      let (output, view) = newBlockedImage(id)
      var block = 0
      for operand in node.inputs {
        let shape = graph[operand].type.shape
        var target = output
        target.offset += 4 * block * view.blockStride
        addElementwise(
          .copy, extents: blockedExtents(shape),
          strides: [boxStrides(.blocked(shape, lanes: lanes)), boxStrides(view)],
          arguments: [blockedPlace(of: operand), target], name: node.name,
          nodes: block == 0 ? sources(of: id) : [])
        block += shape[1] / lanes
      }
      return
    }
    let inputs = node.inputs.map { plainPlace(of: $0) }
    let output = newPlain(id)
    let strides = rowMajorStrides(of: node.type.shape)
    var start = 0
    for (operand, input) in zip(node.inputs, inputs) {
      let shape = graph[operand].type.shape
      var target = output
      target.offset += 4 * start * strides[axis]
      addElementwise(
        .copy, extents: shape, strides: [rowMajorStrides(of: shape), strides],
        arguments: [input, target], name: node.name, nodes: start == 0 ? sources(of: id) : [])
      start += shape[axis]
    }
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
      let input = blockedPlace(of: source)
      let (output, view) = newBlockedImage(id)
      fill(output, amounts.value, count: view.byteCount(lanes: lanes) / 4, name: node.name)
      var target = output
      target.offset +=
        4
        * (amounts.before[0] * view.batchStride + amounts.before[2] * view.rowStride
          + amounts.before[3] * view.columnStride)
      addElementwise(
        .copy, extents: blockedExtents(shape),
        strides: [boxStrides(.blocked(shape, lanes: lanes)), boxStrides(view)],
        arguments: [input, target], name: node.name, nodes: sources(of: id))
      return
    }
    let input = plainPlace(of: source)
    let output = newPlain(id)
    fill(output, amounts.value, count: node.type.elementCount, name: node.name)
    let strides = rowMajorStrides(of: node.type.shape)
    var target = output
    target.offset += 4 * zip(amounts.before, strides).reduce(0) { $0 + $1.0 * $1.1 }
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
      let output = newBuffer(node.name, bytes: 4 * padded.reduce(1, *))
      let (own, target) = (rowMajorStrides(of: shape), rowMajorStrides(of: padded))
      func copy(from: Int, to: Int, count: Int) {
        var (input, result) = (place, output)
        input.offset += 4 * from * own[axis]
        result.offset += 4 * to * target[axis]
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

  private mutating func fill(_ place: Place, _ value: Float, count: Int, name: String) {
    addElementwise(
      .constant(value), extents: [count], strides: [[1]], arguments: [place], name: name, nodes: [])
  }

  mutating func planShortcut(_ id: NodeID, _ shortcut: StridedShortcut) {
    let node = graph[id]
    let input = blockedPlace(of: node.inputs[0])
    let inputView = ImageView.blocked(graph[node.inputs[0]].type.shape, lanes: lanes)
    let (output, outputView) = newBlockedImage(id)
    let kernel = ShortcutKernel(
      lanes: lanes, input: inputView, output: outputView, shortcut: shortcut)
    addStep(
      .shortcut(kernel), [input, output], name: node.name, nodes: sources(of: id), flops: 0,
      read: inputView.byteCount(lanes: lanes), written: outputView.byteCount(lanes: lanes))
  }
}
