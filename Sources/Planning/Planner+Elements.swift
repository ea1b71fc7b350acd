import Foundation
import GraphIR

/// Element-wise functions and movement of elements.
extension Planner {
  /// Adds an element-wise step over a box, with axes joined where all operands step through them
  /// evenly.
  mutating func addElementwise(
    _ function: ElementwiseKernel.Function, extents: [Int], strides: [[Int]], arguments: [Place],
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
      .elementwise(kernel), arguments, name: name, nodes: nodes, flops: function.flops(count),
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

  // MARK: Functions

  mutating func planUnary(_ id: NodeID, _ function: UnaryFunction) {
    let source = graph[id].inputs[0]
    let blocked = isBlocked(source)
    let input = blocked ? blockedPlace(of: source) : plainPlace(of: source)
    let (output, count) = newLike(id, blocked: blocked)
    addElementwise(
      .unary(function), extents: [count], strides: [[1], [1]], arguments: [input, output],
      name: graph[id].name, nodes: sources(of: id))
  }

  mutating func planBinary(_ id: NodeID, _ function: BinaryFunction, then: UnaryFunction?) {
    let node = graph[id]
    let types = graph.operandTypes(of: id)
    // An image stays blocked if every operand is one of its shape, one vector of its channels, or a
    // scalar.
    let fits = types.allSatisfy {
      $0.shape == node.type.shape || isPerChannel($0, of: node.type) || $0.elementCount == 1
    }
    let blocked = node.type.rank == 4 && fits && node.inputs.contains(where: isBlocked)
    var arguments: [Place] = []
    var strides: [[Int]] = []
    let extents = blocked ? blockedExtents(node.type.shape) : node.type.shape
    for (operand, type) in zip(node.inputs, types) {
      if blocked {
        let perChannel = type.shape != node.type.shape
        if type.elementCount == 1, node.type.elementCount != 1 {
          arguments.append(plainPlace(of: operand))
          strides.append([Int](repeating: 0, count: extents.count))
        } else {
          arguments.append(perChannel ? perChannelPlace(of: operand) : blockedPlace(of: operand))
          strides.append(
            perChannel
              ? perChannelStrides(type, of: node.type) : rowMajorStrides(of: extents))
        }
      } else {
        arguments.append(plainPlace(of: operand))
        strides.append(broadcastStrides(type.shape, to: node.type.shape))
      }
    }
    let (output, _) = newLike(id, blocked: blocked)
    addElementwise(
      .binary(function, then: then), extents: extents,
      strides: strides + [rowMajorStrides(of: extents)], arguments: arguments + [output],
      name: node.name, nodes: sources(of: id))
  }

  mutating func planBatchNormalization(_ id: NodeID, epsilon: Float) throws {
    let node = graph[id]
    let names = ["scale", "shift", "mean", "variance"]
    let tensors = try zip(node.inputs.dropFirst(), names).map { try constant($0, $1).floats }
    let channels = node.type.shape[1]
    // (x - mean) / sqrt(variance + epsilon) · scale + shift as one multiply-add, folded in double
    // precision.
    var (factors, terms) = ([Float](), [Float]())
    for channel in 0..<channels {
      let deviation = (Double(tensors[3][channel]) + Double(epsilon)).squareRoot()
      let factor = Double(tensors[0][channel]) / deviation
      factors.append(Float(factor))
      terms.append(Float(Double(tensors[1][channel]) - Double(tensors[2][channel]) * factor))
    }
    let source = node.inputs[0]
    let blocked = isBlocked(source)
    let input = blocked ? blockedPlace(of: source) : plainPlace(of: source)
    let padding = [Float](repeating: 0, count: roundUp(channels, to: lanes) - channels)
    let scale = addWeights(.vector(factors + padding))
    let shift = addWeights(.vector(terms + padding))
    let (output, _) = newLike(id, blocked: blocked)
    let shape = node.type.shape
    let extents = blocked ? blockedExtents(shape) : shape
    let own = rowMajorStrides(of: extents)
    var perChannel = [Int](repeating: 0, count: extents.count)
    perChannel[1] = blocked ? lanes : 1
    if blocked { perChannel[4] = 1 }
    addElementwise(
      .scaleShift(then: nil), extents: extents, strides: [own, perChannel, perChannel, own],
      arguments: [input, scale, shift, output], name: node.name, nodes: sources(of: id))
  }

  /// `[N, C / lanes, H, W, lanes]`.
  private func blockedExtents(_ shape: [Int]) -> [Int] {
    [shape[0], (shape[1] + lanes - 1) / lanes, shape[2], shape[3], lanes]
  }

  private mutating func newLike(_ id: NodeID, blocked: Bool) -> (Place, Int) {
    if blocked {
      let (place, view) = newBlockedImage(id)
      return (place, view.byteCount(lanes: lanes) / 4)
    }
    return (newPlain(id), graph[id].type.elementCount)
  }

  /// Whether a type broadcasts along batch or pixels only: `[C, 1, 1]`, `[1, C, 1, 1]` or `[N, C,
  /// 1, 1]`.
  private func isPerChannel(_ type: TensorType, of image: TensorType) -> Bool {
    guard image.rank == 4 else { return false }
    let shape = [Int](repeating: 1, count: 4 - min(4, type.rank)) + type.shape
    return shape.count == 4 && shape[1] == image.shape[1] && shape[2] == 1 && shape[3] == 1
      && (shape[0] == 1 || shape[0] == image.shape[0])
  }

  private mutating func perChannelPlace(of id: NodeID) -> Place {
    if graph[id].type.rank == 4 { return blockedPlace(of: id) }
    if let tensor = graph.constantValue(of: id) {
      let padding = [Float](repeating: 0, count: roundUp(tensor.count, to: lanes) - tensor.count)
      return addWeights(.vector(tensor.floats + padding))
    }
    // [C, 1, 1] computed at run time: a dense vector; its last block must not be read past the end.
    let channels = graph[id].type.elementCount
    let place = newBuffer(graph[id].name, bytes: roundUp(channels, to: lanes) * 4)
    addElementwise(
      .copy, extents: [channels], strides: [[1], [1]], arguments: [plainPlace(of: id), place],
      name: graph[id].name, nodes: [])
    return place
  }

  private func perChannelStrides(_ type: TensorType, of image: TensorType) -> [Int] {
    let blocks = (image.shape[1] + lanes - 1) / lanes
    let perImage = type.rank == 4 && type.shape[0] > 1
    return [perImage ? blocks * lanes : 0, lanes, 0, 0, 1]
  }

  /// Strides that read a tensor of `shape` as if it had the shape `target`.
  private func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
    let own = rowMajorStrides(of: shape)
    let lead = target.count - shape.count
    return target.indices.map { $0 < lead || shape[$0 - lead] == 1 ? 0 : own[$0 - lead] }
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
      .fill(value), extents: [count], strides: [[1]], arguments: [place], name: name, nodes: [])
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

extension ElementwiseKernel.Function {
  /// Floating-point operations over `count` elements.
  func flops(_ count: Int) -> Int {
    switch self {
    case .copy, .fill: 0
    case .unary: count
    case .binary(_, let then): count * (then == nil ? 1 : 2)
    case .scaleShift(let then): count * (then == nil ? 2 : 3)
    }
  }
}
