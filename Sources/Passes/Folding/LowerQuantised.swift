import GraphIR

extension Pass {
  /// Writes what quantises and dequantises by several scales, or scales that are computed, with operations on f32. One known scale
  /// has kernels.
  ///
  ///     before   q = quantize(x, type: u8, scale: s, zero_point: z)
  ///              y = dequantize(q, scale: s, zero_point: z)
  ///     after    q.numbers = saturate(add(round(div(x, s)), z), 0, 255)
  ///              y = mul(sub(q.numbers, z), s)
  ///
  /// Integers that only become floats again stay f32, through maxima of windows too; where something reads
  /// them as integers, `q` is a cast.
  static let lowerQuantised = Pass(
    name: "lower-quantised", summary: "writes quantize and dequantize with operations on f32"
  ) { graph, context in
    var lowering = QuantisedLowering()
    var changed = false
    for id in graph.order {
      guard !graph.users(of: id).isEmpty || graph.isOutput(id) else { continue }
      if let rewrite = lowering.rewrite(of: id, in: graph) {
        guard context.permits([graph[id].name], giving: [graph[id].name]) else { break }
        do throws(ShapeError) {
          try lowering.make(rewrite, of: id, in: &graph)
        } catch {
          preconditionFailure("a pass made a node that does not fit: \(error.message)")
        }
        changed = true
      }
      lowering.note(id, in: graph)
    }
    if changed { graph.removeDeadNodes() }
    return changed
  }
}

/// One run of the pass.
private struct QuantisedLowering {
  enum Rewrite {
    case quantizing(Quantization)
    case dequantizing(axis: Int?)
    /// Readers of the node read the f32 that its integers were cast from.
    case reading(NodeID)
  }

  /// The f32 that integers were cast from without a change.
  private var numbers: [NodeID: NodeID] = [:]
  /// The type of integers that holds all elements of a value of f32.
  private var elements: [NodeID: ElementType] = [:]

  func rewrite(of id: NodeID, in graph: Graph) -> Rewrite? {
    switch graph[id].operation {
    case .quantize(let attributes) where graph.scaleAndZero(of: id) == nil: .quantizing(attributes)
    case .dequantize(let axis) where graph.scaleAndZero(of: id) == nil: .dequantizing(axis: axis)
    case .cast(.float32): numbers[graph[id].inputs[0]].map { .reading($0) }
    default: nil
    }
  }

  mutating func make(
    _ rewrite: Rewrite, of id: NodeID, in graph: inout Graph
  ) throws(ShapeError) {
    switch rewrite {
    case .quantizing(let attributes):
      let result = try quantizing(id, attributes, in: &graph)
      elements[result] = attributes.element
      try graph.update(id, .cast(attributes.element), [result])
    case .dequantizing(let axis):
      let (x, scale, zero) = (graph[id].inputs[0], graph[id].inputs[1], graph[id].inputs[2])
      let scales = try aligned(scale, axis, with: id, "scale", in: &graph)
      var moved = try floats(x, for: id, "numbers", in: &graph)
      if !graph.isZero(zero) {
        let zeros = try aligned(
          try floats(zero, for: id, "zero_point", in: &graph), axis, with: id, "zero_point",
          in: &graph)
        moved = try add(.binary(.subtract, then: nil), [moved, zeros], id, "moved", to: &graph)
      }
      try graph.update(id, .binary(.multiply, then: nil), [moved, scales])
    case .reading(let value):
      graph.replaceUses(of: id, by: value)
    }
  }

  /// Notes what is known of a node that is in its final form.
  mutating func note(_ id: NodeID, in graph: Graph) {
    guard let x = graph[id].inputs.first else { return }
    switch graph[id].operation {
    case .cast(let element) where elements[x] == element: numbers[id] = x
    case .cast(.float32) where graph[x].type.element.isNarrow:
      elements[id] = graph[x].type.element
    case .maxPool, .reshape: elements[id] = elements[x]
    default: break
    }
  }

  /// The integers as f32.
  private func quantizing(
    _ id: NodeID, _ attributes: Quantization, in graph: inout Graph
  ) throws(ShapeError) -> NodeID {
    let (x, scale, zero) = (graph[id].inputs[0], graph[id].inputs[1], graph[id].inputs[2])
    var result = x
    if graph.scalarConstant(scale) != 1 {
      let scales = try aligned(scale, attributes.axis, with: id, "scale", in: &graph)
      result = try add(.binary(.divide, then: nil), [result, scales], id, "quotient", to: &graph)
    }
    result = try add(.unary(.round), [result], id, "rounded", to: &graph)
    if !graph.isZero(zero) {
      let zeros = try aligned(
        try floats(zero, for: id, "zero_point", in: &graph), attributes.axis, with: id,
        "zero_point", in: &graph)
      result = try add(.binary(.add, then: nil), [result, zeros], id, "moved", to: &graph)
    }
    let range = attributes.element.integers!
    let saturation = UnaryFunction.saturate(
      low: Float(range.lowerBound), high: Float(range.upperBound))
    return try add(.unary(saturation), [result], id, "numbers", to: &graph)
  }

  /// A value as f32: the numbers that its integers were cast from, where there are any.
  private func floats(
    _ value: NodeID, for id: NodeID, _ suffix: String, in graph: inout Graph
  ) throws(ShapeError) -> NodeID {
    guard graph[value].type.element != .float32 else { return value }
    if let known = numbers[value] { return known }
    return try add(.cast(.float32), [value], id, suffix, to: &graph)
  }

  /// A scale or zero point in the shape that broadcasts to the node's result.
  private func aligned(
    _ value: NodeID, _ axis: Int?, with id: NodeID, _ suffix: String, in graph: inout Graph
  ) throws(ShapeError) -> NodeID {
    let shape = graph[id].type.shape
    guard let axis, axis + 1 < shape.count else { return value }
    let ones = [Int](repeating: 1, count: shape.count - axis - 1)
    return try add(.reshape([shape[axis]] + ones), [value], id, suffix, to: &graph)
  }

  private func add(
    _ operation: Operation, _ operands: [NodeID], _ id: NodeID, _ suffix: String,
    to graph: inout Graph
  ) throws(ShapeError) -> NodeID {
    let node = graph[id]
    return try graph.add(
      operation, operands, name: "\(node.name).\(suffix)", before: id, place: node.place)
  }
}

extension Graph {
  /// Whether a constant of integers has nothing but 0.
  fileprivate func isZero(_ id: NodeID) -> Bool {
    constantValue(of: id)?.wholeNumbers?.allSatisfy { $0 == 0 } ?? false
  }
}
