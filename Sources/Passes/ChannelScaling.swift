import GraphIR

/// A convolution or linear layer with each channel of its result scaled and shifted: `result ·
/// scale + shift`.
///
/// The arithmetic is done in Double and rounded once, because a network's accuracy hangs on it.
struct ChannelScaling {
  /// One value per channel.
  var scale: [Double]
  /// One value per channel.
  var shift: [Double]

  /// The layer that computes `node` from what `layer` reads, or nil where a tensor is unknown or a
  /// value not finite.
  ///
  /// - Precondition: `layer` is a convolution or linear layer without residual and epilogue, `node`
  ///   its one reader.
  func folded(into layer: NodeID, of graph: Graph) -> Replacement? {
    let inputs = graph[layer].inputs
    guard let weight = graph.constantValue(of: inputs[1]) else { return nil }
    var bias: [Float]?
    if inputs.count == 3 {
      guard let tensor = graph.constantValue(of: inputs[2]) else { return nil }
      bias = tensor.floats
    }
    let channels = scale.count
    let newBias = (0..<channels).map { Float(Double(bias?[$0] ?? 0) * scale[$0] + shift[$0]) }
    guard (scale + shift).allSatisfy(\.isFinite) else { return nil }

    let needsBias = bias != nil || shift.contains { $0 != 0 }
    let isScaled = scale.contains { $0 != 1 }
    let weightName = graph[inputs[1]].name
    let biasName = bias == nil ? biasName(besideWeight: weightName) : graph[inputs[2]].name
    var operands: [Operand] = [.node(inputs[0])]
    operands.append(
      isScaled ? .constant(scaled(weight), name: starred(weightName)) : .node(inputs[1]))
    if needsBias {
      operands.append(.constant(Tensor([channels], floats: newBias), name: starred(biasName)))
    }
    let operation: Operation
    switch graph[layer].operation {
    case .convolution(var attributes):
      attributes.hasBias = needsBias
      operation = .convolution(attributes)
    case .linear:
      operation = .linear(hasBias: needsBias, then: nil)
    default:
      preconditionFailure("\(graph[layer].name) has no weights")
    }
    return .fused(
      Fusion(operation: operation, operands: operands, absorbed: [layer], named: layer))
  }

  /// The weight with its outermost axis, that of the output channels, scaled.
  private func scaled(_ weight: Tensor) -> Tensor {
    let (values, terms) = (weight.floats, weight.count / scale.count)
    let result = [Float](unsafeUninitializedCapacity: values.count) { result, filled in
      values.withUnsafeBufferPointer { values in
        for channel in 0..<scale.count {
          let factor = scale[channel]
          for i in channel * terms..<(channel + 1) * terms {
            result.initializeElement(at: i, to: Float(Double(values[i]) * factor))
          }
        }
      }
      filled = values.count
    }
    return Tensor(weight.shape, floats: result)
  }
}

/// `conv1.bias` for `conv1.weight`.
private func biasName(besideWeight name: String) -> String {
  let plain = name.prefix { $0 != "*" }
  return plain.hasSuffix(".weight") ? plain.dropLast(6) + "bias" : plain + ".bias"
}
