import GraphIR

/// Values in the elements that callers give and take, and not in the f32 that kernels compute with.
///
/// f32 holds integers only up to 2²⁴. So what a caller gives stays as it is while it is only moved,
/// cast to other integers, or its bits are combined, and is converted where something computes with it.
extension Graph {
  /// The nodes whose values are there in their own elements: inputs, casts to integers, and what moves
  /// integers and truth values of that kind, or combines their bits.
  ///
  /// - Parameter pixels: nodes whose values are elsewhere.
  func nodesWithOwnElements(without pixels: Set<NodeID>) -> Set<NodeID> {
    var nodes: Set<NodeID> = []
    for id in inputs.map(\.node) + order where !pixels.contains(id) && keepsOwnElements(id, nodes) {
      nodes.insert(id)
    }
    return nodes
  }

  private func keepsOwnElements(_ id: NodeID, _ known: Set<NodeID>) -> Bool {
    let node = self[id]
    let element = node.type.element
    guard element != .float32 else { return false }
    switch node.operation {
    case .input: return true
    case .reshape, .identity, .dropout: return known.contains(node.inputs[0])
    case .cast:
      let operand = node.inputs[0]
      let source = self[operand].type.element
      if source == element { return known.contains(operand) }
      return element.isNarrow
        || (element == .int64 && source.integers != nil && known.contains(operand))
    case .transpose, .slice, .broadcast, .gather:
      return known.contains(node.inputs[0])
    case .pad(let amounts):
      return amounts.mode == .constant && known.contains(node.inputs[0])
    case .concatenate, .bits:
      return node.inputs.contains(where: known.contains)
        && node.inputs.allSatisfy { known.contains($0) || constantValue(of: $0) != nil }
    default: return false
    }
  }

  /// Whether a node is a constant of integers that f32 may not hold.
  func isWideConstant(_ id: NodeID) -> Bool {
    guard let tensor = constantValue(of: id) else { return false }
    return tensor.element == .int32 || tensor.element == .int64
  }
}

extension Planner {
  /// A value in its own elements, row-major; nil where it exists in f32 only.
  mutating func ownPlace(of id: NodeID) -> Place? {
    if let place = own[id] { return place }
    guard ownNodes.contains(id) || graph.isWideConstant(id) else { return nil }
    let place = newOwnPlace(id)
    own[id] = place
    return place
  }

  private mutating func newOwnPlace(_ id: NodeID) -> Place {
    let node = graph[id]
    if let index = graph.inputs.firstIndex(where: { $0.node == id }) {
      return Place(base: .fixed(.input(index)))
    }
    if let tensor = graph.constantValue(of: id) { return addWeights(.own(tensor)) }
    let operand = node.inputs[0]
    switch node.operation {
    case .reshape, .identity, .dropout: return ownPlace(of: operand)!
    case .cast(let element):
      let source = graph[operand].type.element
      let given = ownPlace(of: operand)
      if let given, source == element { return given }
      let from = given ?? plainPlace(of: operand)
      let place = newBuffer(node.name, bytes: node.type.byteCount)
      addConversion(
        node, from: given == nil ? .float32 : source, at: from, to: element, at: place)
      return place
    default: return move(id)
    }
  }

  // MARK: Moving

  /// Plans what moves integers or truth values, or combines the bits of integers, as they are in memory.
  private mutating func move(_ id: NodeID) -> Place {
    let node = graph[id]
    let element = node.type.element
    let sources = node.inputs.map { graph[$0].type.shape }
    let strides = rowMajorStrides(of: sources[0])
    let result = newBuffer(node.name, bytes: node.type.byteCount)
    guard node.type.elementCount > 0 else { return result }
    let resultStrides = rowMajorStrides(of: node.type.shape)
    switch node.operation {
    case .transpose(let permutation):
      addCopy(
        id, node.type.shape, from: ownOperand(id, 0), permutation.map { strides[$0] },
        to: result, resultStrides)
    case .slice(let ranges):
      let start = zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 }
      addCopy(
        id, node.type.shape, from: ownOperand(id, 0).moved(by: start, of: element),
        zip(ranges, strides).map { $0.step * $1 }, to: result, resultStrides)
    case .broadcast:
      addCopy(
        id, node.type.shape, from: ownOperand(id, 0),
        broadcastStrides(sources[0], to: node.type.shape), to: result, resultStrides)
    case .concatenate(let axis):
      var start = 0
      for (operand, shape) in sources.enumerated() {
        addCopy(
          id, shape, from: ownOperand(id, operand), rowMajorStrides(of: shape),
          to: result.moved(by: start * resultStrides[axis], of: element), resultStrides)
        start += shape[axis]
      }
    case .pad(let amounts):
      // The verifier has seen that an integer fits.
      let number = element == .bool ? (amounts.value == 0 ? 0 : 1) : Int64(amounts.value)
      let filling = Tensor([], integers: [number])
      let value = addWeights(.own((try? filling.converted(to: element)) ?? filling))
      addCopy(
        id, node.type.shape, from: value, node.type.shape.map { _ in 0 }, to: result, resultStrides)
      let start = zip(amounts.before, resultStrides).reduce(0) { $0 + $1.0 * $1.1 }
      addCopy(
        id, sources[0], from: ownOperand(id, 0), strides,
        to: result.moved(by: start, of: element), resultStrides)
    case .gather(let axis):
      addGather(
        id, axis: axis, isPerElement: false, of: element,
        [ownOperand(id, 0), plainPlace(of: node.inputs[1]), result])
    case .bits(let function):
      let arguments = sources.indices.map { ownOperand(id, $0) }
      let operands = sources.map { broadcastStrides($0, to: node.type.shape) }
      addElementwise(
        .storedBits(function, .operand(0), .operand(1)), extents: node.type.shape,
        strides: operands + [resultStrides], elements: [element, element, element],
        arguments: arguments + [result], name: node.name, nodes: self.sources(of: id))
    default: preconditionFailure("\(node.operation.mnemonic) does not move elements")
    }
    return result
  }

  /// An operand in its own elements, a constant among the weights.
  private mutating func ownOperand(_ id: NodeID, _ index: Int) -> Place {
    let operand = graph[id].inputs[index]
    return ownPlace(of: operand) ?? addWeights(.own(graph.constantValue(of: operand)!))
  }

  /// Copies a box of elements.
  private mutating func addCopy(
    _ id: NodeID, _ extents: [Int], from: Place, _ fromStrides: [Int], to: Place,
    _ toStrides: [Int]
  ) {
    let element = graph[id].type.element
    addElementwise(
      .copy, extents: extents, strides: [fromStrides, toStrides], elements: [element, element],
      arguments: [from, to], name: graph[id].name, nodes: sources(of: id))
  }

  // MARK: Converting

  /// Writes an output of another type than f32.
  mutating func writeOutput(_ index: Int, _ node: NodeID) {
    let type = graph[node].type
    let output = Place(base: .fixed(.output(index)))
    guard let place = ownPlace(of: node) else {
      addConversion(
        graph[node], from: .float32, at: plainPlace(of: node), to: type.element, at: output)
      return
    }
    if case .buffer(let buffer) = place.base, place.offset == 0,
      buffers[buffer].bytes == type.byteCount
    {
      replace(buffer, by: output.base)
    } else {
      addConversion(graph[node], from: type.element, at: place, to: type.element, at: output)
    }
  }

  /// A value in its own elements as the f32 that kernels read.
  mutating func convertedPlace(of id: NodeID) -> Place? {
    guard let given = ownPlace(of: id) else { return nil }
    let node = graph[id]
    let place = newBuffer(node.name, bytes: node.type.storedByteCount)
    addConversion(node, from: node.type.element, at: given, to: .float32, at: place)
    return place
  }

  private mutating func addConversion(
    _ node: Node, from: ElementType, at source: Place, to: ElementType, at target: Place
  ) {
    let count = node.type.elementCount
    guard count > 0 else { return }
    addStep(
      .convert(ConvertKernel(lanes: lanes, from: from, to: to, count: count)), [source, target],
      name: node.name, nodes: [], flops: 0, read: count * from.byteCount,
      written: count * to.byteCount)
  }
}
