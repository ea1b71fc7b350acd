import GraphIR

extension Graph {
  /// What the values of all nodes lie in, as far as it follows from what computes them: indices from
  /// extents, truth values, functions and clips with bounds.
  func valueRanges() -> [NodeID: ValueRange] {
    var ranges: [NodeID: ValueRange] = [:]
    for id in inputs.map(\.node) + constants + order { ranges[id] = range(of: id, among: ranges) }
    return ranges
  }

  /// Whether a node computes integers from integers, other than by choosing one of them.
  func isIntegerArithmetic(_ id: NodeID) -> Bool {
    if case .bits = self[id].operation { return true }
    guard self[id].type.element == .int64 else { return false }
    switch self[id].operation {
    case .binary(let function, _): return function != .minimum && function != .maximum
    case .reduce(let function, _, _): return function == .sum
    case .scatterElements(_, let function): return function == .add
    default: return false
    }
  }

  private func range(of id: NodeID, among ranges: [NodeID: ValueRange]) -> ValueRange {
    let node = self[id]
    func operand(_ index: Int) -> ValueRange { ranges[node.inputs[index]] ?? .all }
    switch node.operation {
    case .input, .parameter: return ValueRange(of: node.type.element)
    case .constant(let tensor): return ValueRange(of: tensor)
    case .unary(let function): return operand(0).applying(function)
    case .binary(let function, let then):
      let range =
        remainderRange(id, among: ranges)
        ?? operand(0).applying(
          function, operand(1), ofIntegers: node.type.element == .int64)
      return then.map { range.applying($0) } ?? range
    case .bits(let function): return operand(0).applying(function, operand(1))
    case .convolution(let attributes), .dynamicConvolution(let attributes):
      return attributes.then.map { ValueRange.all.applying($0) } ?? .all
    case .integerConvolution(let attributes):
      return attributes.result == .uint8
        ? ValueRange(Double(attributes.low), Double(attributes.high)) : .all
    case .transposedConvolution(let attributes):
      return attributes.then.map { ValueRange.all.applying($0) } ?? .all
    case .linear(_, let then): return then.map { ValueRange.all.applying($0) } ?? .all
    case .reduce(let function, let axes, _):
      let shape = self[node.inputs[0]].type.shape
      let count = Double(axes.reduce(1) { $0 * shape[$1] })
      switch function {
      case .sum: return ValueRange(operand(0).low * count, operand(0).high * count)
      case .product: return .all
      case .mean, .maximum, .minimum: return operand(0)
      }
    case .globalAveragePool: return operand(0)
    // Padding counts as 0, or is left out.
    case .averagePool: return operand(0).joined(ValueRange(0, 0))
    case .softmax, .compare: return .truth
    case .shapeOf:
      return ValueRange(hull: self[node.inputs[0]].type.shape.map(Double.init))
    case .select: return operand(1).joined(operand(2))
    case .topIndices(let attributes):
      return ValueRange(0, Double(self[node.inputs[0]].type.shape[attributes.axis] - 1))
    case .suppressBoxes: return ValueRange(-1, Double(self[node.inputs[0]].type.shape[1] - 1))
    case .truePlaces: return ValueRange(-1, Double(node.type.elementCount - 1))
    case .cast(let element):
      return operand(0).applying(castFrom: self[node.inputs[0]].type.element, to: element)
    case .quantize(let attributes): return ValueRange(of: attributes.element)
    case .concatenate:
      return node.inputs.indices.dropFirst().reduce(operand(0)) { $0.joined(operand($1)) }
    case .pad(let amounts):
      let added = ValueRange(Double(amounts.value), Double(amounts.value))
      return amounts.mode == .constant ? operand(0).joined(added) : operand(0)
    case .scatterElements(let axis, let function):
      // All updates of a line may meet in one place.
      let count = Double(self[node.inputs[1]].type.shape[axis])
      let updates = operand(2).joined(ValueRange(0, 0))
      switch function {
      case .replace, .minimum, .maximum: return operand(0).joined(operand(2))
      case .add:
        return ValueRange(
          operand(0).low + updates.low * count, operand(0).high + updates.high * count)
      case .multiply: return .all
      }
    case .stridedShortcut: return operand(0).joined(ValueRange(0, 0))
    case .reshape, .transpose, .slice, .broadcast, .identity, .dropout, .gather, .gatherElements,
      .depthToSpace, .spaceToDepth:
      return operand(0)
    case .matrixMultiply, .attention, .batchNormalization, .localResponse, .maxPool, .resize,
      .recurrent, .alignRegions, .dequantize:
      return .all
    }
  }

  /// The range of b · (a / b) or a - b · (a / b), quotients of integers truncated: neither is larger
  /// than a, the second smaller than b.
  private func remainderRange(_ id: NodeID, among ranges: [NodeID: ValueRange]) -> ValueRange? {
    let node = self[id]
    guard node.type.element == .int64, case .binary(let function, _) = node.operation else {
      return nil
    }
    func part(_ a: NodeID) -> ValueRange {
      let whole = ranges[a] ?? .all
      return ValueRange(min(whole.low, 0), max(whole.high, 0))
    }
    if function == .multiply, let (a, _) = quotientTimesDivisor(id) { return part(a) }
    guard function == .subtract, let (a, b) = quotientTimesDivisor(node.inputs[1]),
      a == node.inputs[0], let divisor = ranges[b]
    else { return nil }
    // A divisor of 0 leaves a.
    guard divisor.low > 0 || divisor.high < 0 else { return part(a) }
    let largest = max(-divisor.low, divisor.high) - 1
    return ValueRange(max(part(a).low, -largest), min(part(a).high, largest))
  }

  /// a and b where a node is a / b · b.
  private func quotientTimesDivisor(_ id: NodeID) -> (a: NodeID, b: NodeID)? {
    guard case .binary(.multiply, _) = self[id].operation else { return nil }
    let factors = self[id].inputs
    for (quotient, b) in [(factors[0], factors[1]), (factors[1], factors[0])] {
      if case .binary(.divide, _) = self[quotient].operation, self[quotient].inputs[1] == b {
        return (self[quotient].inputs[0], b)
      }
    }
    return nil
  }
}

extension ValueRange {
  /// The range of the elements of a constant; weights, which no integer follows from, may be any.
  fileprivate init(of tensor: Tensor) {
    guard tensor.element != .float32 || tensor.count <= 1 << 16 else {
      self = .all
      return
    }
    switch tensor.storage {
    case .float32(let values): self.init(hull: values.map(Double.init))
    case .int64, .int32, .int8, .uint8:
      self.init(hull: (tensor.wholeNumbers ?? []).map(Double.init))
    case .bool: self = .truth
    }
  }
}
