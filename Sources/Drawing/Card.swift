import GraphIR

/// What the picture of a node says.
struct Card: Hashable {
  /// Groups of operations that have one colour.
  enum Kind: String, Hashable {
    /// Inputs and outputs of the graph.
    case end
    case convolution
    /// Products of matrices.
    case dense
    /// Pools, and reductions of any kind.
    case reduction
    case normalization
    /// Functions of single elements.
    case elementwise
    /// Operations that move elements.
    case movement
  }

  var kind: Kind
  var name: String
  /// The operation with its window: `conv 3×3 /2`.
  var operation: String
  /// Channels or features that go in and come out: `64→128`.
  var channels = ""
  /// What was fused into the node, in order of execution: scale, bias, add, relu.
  var parts: [String] = []
  /// Everything else, shown where the reader points.
  var details: String

  /// What both of two cards say; where their numbers differ, both with an ellipsis between.
  func merged(with other: Card) -> Card {
    var result = self
    result.name = merge(name, other.name)
    result.operation = merge(operation, other.operation)
    result.channels = merge(channels, other.channels)
    result.details = merge(details, other.details)
    return result
  }
}

extension Card {
  /// Operations of one card at most.
  private static let longestChain = 4

  /// The card of an operation and of another one of its result, where both compute elements one by one, or both move
  /// them; nil where they need a card each.
  func followed(by next: Card) -> Card? {
    guard kind == .elementwise || kind == .movement, next.kind == kind, next.parts.isEmpty,
      parts.count + 1 < Self.longestChain
    else { return nil }
    var result = self
    result.name = next.name
    result.parts.append(next.operation)
    result.details += "\n" + next.details
    return result
  }

  /// The card of a node of a graph.
  init(_ id: NodeID, in graph: Graph) {
    let node = graph[id]
    let types = graph.operandTypes(of: id)
    kind = node.operation.kind
    name = node.name
    operation = node.operation.call(types)
    details = "\(node.name) = \(node.operation.mnemonic) : \(node.type)"
    if !node.fused.isEmpty { details += "\nwith \(node.fused.joined(separator: ", "))" }
    channels = node.operation.channels(types, node.type)
    parts = node.operation.parts
    // Weights that a normalisation was folded into have names with a star.
    if node.inputs.contains(where: { graph[$0].operation.isSource && graph[$0].name.hasSuffix("*") }
    ) {
      parts.insert("scale", at: 0)
    }
    for (operand, type) in zip(node.inputs, types) where node.operation.isElementwise {
      guard graph[operand].operation.isSource, graph[operand].operation != .input else { continue }
      channels = "constant \(type.extents)"
    }
  }
}

extension TensorType {
  /// `1×64×56×56`, with the element type where it is not f32.
  var extents: String {
    let text = shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
    return element == .float32 ? text : "\(element.rawValue) \(text)"
  }
}

extension Operation {
  fileprivate var isElementwise: Bool { kind == .elementwise }

  fileprivate var kind: Card.Kind {
    switch self {
    case .input, .parameter, .constant: .end
    case .convolution, .transposedConvolution, .dynamicConvolution, .integerConvolution:
      .convolution
    case .linear, .matrixMultiply, .attention, .recurrent: .dense
    case .maxPool, .averagePool, .globalAveragePool, .reduce: .reduction
    case .topIndices, .suppressBoxes: .reduction
    case .batchNormalization, .localResponse, .softmax: .normalization
    case .unary, .binary, .bits, .compare, .select, .cast, .dropout, .identity: .elementwise
    case .quantize, .dequantize: .elementwise
    case .resize, .depthToSpace, .spaceToDepth, .reshape, .transpose, .concatenate, .slice, .pad,
      .broadcast, .stridedShortcut, .shapeOf, .gather, .gatherElements,
      .scatterElements, .alignRegions, .truePlaces:
      .movement
    }
  }

  /// - Parameter types: those of the operands.
  fileprivate func call(_ types: [TensorType]) -> String {
    switch self {
    case .convolution(let attributes): convolution("conv", attributes, types[1].shape)
    case .dynamicConvolution(let attributes):
      convolution("dynamic conv", attributes, Array(types[2].shape.dropFirst()))
        + " of \(types[2].shape[0])"
    case .integerConvolution(let attributes):
      convolution("integer conv", attributes.window, types[1].shape)
    case .transposedConvolution(let attributes):
      window("up-conv", Pair(types[1].shape[2], types[1].shape[3]), attributes.stride)
        + (attributes.groups == 1 ? "" : ", \(attributes.groups) groups")
    case .maxPool(let pooling): window("max pool", pooling.kernel, pooling.stride)
    case .averagePool(let pooling): window("average pool", pooling.kernel, pooling.stride)
    default: String(mnemonic.map { $0 == "_" ? " " : $0 })
    }
  }

  private func convolution(_ name: String, _ attributes: Convolution, _ weight: [Int]) -> String {
    var text = window(name, Pair(weight[2], weight[3]), attributes.stride)
    if attributes.dilation != Pair(1) { text += " dilated \(printed(attributes.dilation))" }
    if attributes.groups > 1 {
      text += weight[1] == 1 ? ", depthwise" : ", \(attributes.groups) groups"
    }
    return text
  }

  private func window(_ name: String, _ kernel: Pair, _ stride: Pair) -> String {
    "\(name) \(kernel.height)×\(kernel.width)"
      + (stride == Pair(1) ? "" : " /\(printed(stride))")
  }

  private func printed(_ pair: Pair) -> String {
    pair.height == pair.width ? "\(pair.height)" : "\(pair.height)×\(pair.width)"
  }

  fileprivate func channels(_ types: [TensorType], _ result: TensorType) -> String {
    switch self {
    case .convolution, .transposedConvolution, .dynamicConvolution, .integerConvolution:
      "\(types[0].shape[1])→\(result.shape[1])"
    case .linear: "\(types[1].shape[1])→\(types[1].shape[0])"
    case .recurrent: "\(types[1].shape[1])→\(types[2].shape[1])"
    default: ""
    }
  }

  fileprivate var parts: [String] {
    func list(_ bias: Bool, _ residual: Bool, _ then: UnaryFunction?) -> [String] {
      (bias ? ["bias"] : []) + (residual ? ["add"] : []) + (then.map { [$0.mnemonic] } ?? [])
    }
    switch self {
    case .convolution(let a), .dynamicConvolution(let a):
      return list(a.hasBias, a.hasResidual, a.then)
    case .transposedConvolution(let a): return list(a.hasBias, false, a.then)
    case .linear(let hasBias, let then): return list(hasBias, false, then)
    case .binary(_, let then): return list(false, false, then)
    default: return []
    }
  }
}

/// What two texts have in common, with the numbers of both where only numbers differ:
/// `64→32` and `224→32` become `64…224→32`.
func merge(_ one: String, _ other: String) -> String {
  guard one != other else { return one }
  let (first, second) = (words(one), words(other))
  let isSameButForNumbers =
    first.count == second.count
    && zip(first, second).allSatisfy { $0 == $1 || ($0.isNumber && $1.isNumber) }
  guard isSameButForNumbers else { return "\(one) … \(other)" }
  return zip(first, second).map { $0 == $1 ? $0 : "\($0)…\($1)" }.joined()
}

/// A text cut where digits begin and end.
private func words(_ text: String) -> [String] {
  var result: [String] = []
  for character in text {
    if let last = result.last?.last, last.isASCIIDigit == character.isASCIIDigit {
      result[result.count - 1].append(character)
    } else {
      result.append(String(character))
    }
  }
  return result
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

extension String {
  fileprivate var isNumber: Bool { !isEmpty && allSatisfy(\.isASCIIDigit) }
}
