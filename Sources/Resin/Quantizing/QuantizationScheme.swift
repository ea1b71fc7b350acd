import GraphIR
import Interpreter

/// What is decided about a model in 8 bits. Values and layers go by name, so that it fits the model for any number of
/// images.
struct QuantizationScheme {
  /// The range of every value that a layer reads, by the name of the layer's origin.
  var ranges: [String: ActivationRange]
  /// Layers that stay in f32.
  var floatLayers: Set<String> = []
  /// What is added to the biases of layers, one per output channel.
  var corrections: [String: [Double]] = [:]

  /// The layers of a graph that become integers.
  func layers(of graph: Graph) -> [QuantizedLayer] {
    graph.quantizableLayers().filter {
      !floatLayers.contains($0.name) && ranges[graph[$0.origin].name] != nil
    }
  }
}

extension Graph {
  /// Puts `quantize` and `dequantize` around the layers of a scheme, in the form that ONNX calls QDQ: what a layer
  /// reads has 256 levels, its weights are i8 and its bias i32 constants. What it gives stays f32 until a layer
  /// reads it, so that sums of residual blocks are rounded once.
  mutating func quantize(by scheme: QuantizationScheme) throws(ShapeError) {
    let layers = scheme.layers(of: self)
    // Paths are walked before any value on them changes.
    let paths = layers.map { [$0.origin] + movements(from: $0.origin, to: $0.data) }
    let ranges = layers.map { scheme.ranges[self[$0.origin].name]! }
    var done: Set<NodeID> = []
    for (path, range) in zip(paths, ranges) {
      for value in path where done.insert(value).inserted { try quantizeUses(of: value, range) }
    }
    for (layer, range) in zip(layers, ranges) {
      let operands = try quantizedOperands(
        of: layer, range, correction: scheme.corrections[layer.name], before: layer.node)
      try update(
        layer.node, self[layer.node].operation.withBias, [self[layer.node].inputs[0]] + operands)
    }
    removeDeadNodes()
  }

  /// Lets everything that reads a value read the nearest of its levels.
  private mutating func quantizeUses(
    of id: NodeID, _ range: ActivationRange
  ) throws(ShapeError) {
    let readers = Set(users(of: id))
    guard let first = order.first(where: readers.contains) else { return }
    // The levels end where a ReLU cuts, so that it has nothing left to do.
    let source = isClampWithin(id, range) ? self[id].inputs[0] : id
    let result = try addLevels(of: source, range, name: self[id].name, before: first)
    for reader in order where readers.contains(reader) {
      try update(reader, self[reader].operation, self[reader].inputs.map { $0 == id ? result : $0 })
    }
  }

  /// Adds a value rounded to its levels, as f32.
  mutating func addLevels(
    of id: NodeID, _ range: ActivationRange, name: String, before: NodeID? = nil
  ) throws(ShapeError) -> NodeID {
    let operands = [
      addConstant("\(name).scale", Tensor([], floats: [range.scale])),
      addConstant("\(name).zero_point", Tensor([], elements: [range.zeroPoint])),
    ]
    let levels = try add(
      .quantize(Quantization(element: .uint8)), [id] + operands, name: "\(name).quantized",
      before: before)
    return try add(
      .dequantize(axis: nil), [levels] + operands, name: "\(name).dequantized", before: before)
  }

  /// Adds the weights and the bias of a layer as integer constants behind `dequantize`.
  ///
  /// - Parameters:
  ///   - range: that of what the layer reads.
  ///   - correction: added to the bias.
  mutating func quantizedOperands(
    of layer: QuantizedLayer, _ range: ActivationRange, correction: [Double]?,
    before: NodeID? = nil
  ) throws(ShapeError) -> [NodeID] {
    var bias = layer.bias.map(Double.init)
    if let correction { bias = zip(bias, correction).map { $0 + $1 } }
    let weights = QuantizedWeights(
      layer.weights,
      minimumScales: bias.map {
        Float(abs($0) / (Double(range.scale) * QuantizedBias.largestLevel))
      })
    let sums = QuantizedBias(bias, scales: weights.scales.map { $0 * range.scale })
    return [
      try addDequantized(weights.levels, weights.scales, "\(layer.name).weight", before),
      try addDequantized(sums.levels, sums.scales, "\(layer.name).bias", before),
    ]
  }

  /// Adds an integer constant with a scale for each entry of its first axis, as f32.
  private mutating func addDequantized(
    _ levels: Tensor, _ scales: [Float], _ name: String, _ before: NodeID?
  ) throws(ShapeError) -> NodeID {
    let zeros = Tensor([scales.count], floats: scales.map { _ in 0 })
    let operands = [
      addConstant("\(name).quantized", levels),
      addConstant("\(name).scale", Tensor([scales.count], floats: scales)),
      addConstant("\(name).zero_point", evaluate(.cast(levels.element), [zeros])),
    ]
    return try add(
      .dequantize(axis: 0), operands, name: "\(name).dequantized", before: before)
  }

  /// Whether a node cuts values off where a range ends, or farther out.
  private func isClampWithin(_ id: NodeID, _ range: ActivationRange) -> Bool {
    // The ends of a range are rounded, so they may be a little outside.
    let slack = range.scale / 4
    switch self[id].operation {
    case .unary(.relu): return range.zeroPoint == 0
    case .unary(.clip(let low, let high)):
      return range.low >= low - slack && range.high <= high + slack
    default: return false
    }
  }
}

extension Operation {
  /// A layer that has a bias.
  var withBias: Operation {
    switch self {
    case .convolution(var attributes):
      attributes.hasBias = true
      return .convolution(attributes)
    case .linear(_, let then): return .linear(hasBias: true, then: then)
    default: return self
    }
  }
}
