import GraphIR

/// Questions that several passes ask.
extension Graph {
  /// Whether the node is a convolution of any kind whose sum is open to change: one reader, no
  /// residual and no epilogue yet.
  func isOpenConvolution(_ id: NodeID) -> Bool {
    guard hasSingleUse(id) else { return false }
    switch self[id].operation {
    case .convolution(let attributes), .dynamicConvolution(let attributes):
      return attributes.then == nil && !attributes.hasResidual
    case .transposedConvolution(let attributes): return attributes.then == nil
    default: return false
    }
  }

  /// Whether the node is a linear layer whose sum is open to change: one reader and no epilogue
  /// yet.
  func isOpenLinear(_ id: NodeID) -> Bool {
    guard case .linear(_, nil) = self[id].operation else { return false }
    return hasSingleUse(id)
  }

  /// The value of a constant float tensor with one element.
  func scalarConstant(_ id: NodeID) -> Float? {
    guard let tensor = constantValue(of: id), tensor.element == .float32, tensor.count == 1 else {
      return nil
    }
    return tensor.floats[0]
  }

  /// The other operand and the one-element constant of a two-operand node, in this order, if there
  /// is one.
  ///
  /// - Parameter ordered: whether the constant must be the second operand.
  func operandAndScalar(_ id: NodeID, ordered: Bool = false) -> (operand: NodeID, scalar: Float)? {
    let inputs = self[id].inputs
    for (operand, constant) in [(0, 1), (1, 0)].prefix(ordered ? 1 : 2) {
      if let scalar = scalarConstant(inputs[constant]),
        self[inputs[operand]].type == self[id].type
      {
        return (inputs[operand], scalar)
      }
    }
    return nil
  }

  /// The values that a constant has along one axis of a shape that it is broadcast to, if it varies
  /// along no other.
  func channelConstant(_ id: NodeID, along axis: Int, of shape: [Int]) -> [Float]? {
    guard let tensor = constantValue(of: id), tensor.element == .float32,
      tensor.shape.count <= shape.count
    else { return nil }
    let extents = [Int](repeating: 1, count: shape.count - tensor.shape.count) + tensor.shape
    for (position, extent) in extents.enumerated() where extent != 1 {
      guard position == axis, extent == shape[axis] else { return nil }
    }
    let values = tensor.floats
    guard let first = values.first else { return nil }
    return values.count == 1 ? [Float](repeating: first, count: shape[axis]) : values
  }

  /// Whether an operation on the operands gives a value of the type.
  func fits(_ operation: Operation, _ operands: [NodeID], _ type: TensorType) -> Bool {
    (try? operation.resultType(operands.map { self[$0].type })) == type
  }

  /// Whether no element can be negative (NaN may be there).
  func isNonNegative(_ id: NodeID) -> Bool {
    var current = id
    // Pooling and movement pass the property on; the chain of them is walked, not recursed into.
    while true {
      let node = self[current]
      switch node.operation {
      case .unary(let function): return function.isNonNegative
      case .convolution(let attributes), .dynamicConvolution(let attributes):
        return attributes.then?.isNonNegative ?? false
      case .transposedConvolution(let attributes): return attributes.then?.isNonNegative ?? false
      case .linear(_, let then), .binary(_, let then): return then?.isNonNegative ?? false
      case .softmax: return true
      case .identity, .dropout, .reshape, .transpose, .slice, .broadcast, .stridedShortcut:
        current = node.inputs[0]
      case .maxPool, .averagePool, .globalAveragePool: current = node.inputs[0]
      default: return false
      }
    }
  }
}

extension UnaryFunction {
  /// Whether every result but NaN is at least 0.
  var isNonNegative: Bool {
    switch self {
    case .relu, .sigmoid, .hardSigmoid, .exp, .sqrt, .absolute: true
    case .clip(let low, let high), .saturate(let low, let high): low >= 0 && high >= 0
    default: false
    }
  }

  /// The interval that the function clamps to, if that is what it does.
  var clampInterval: (low: Float, high: Float)? {
    switch self {
    case .relu: (0, .infinity)
    case .clip(let low, let high): (low, high)
    default: nil
    }
  }

  /// The function that clamps to an interval.
  static func clamping(low: Float, high: Float) -> UnaryFunction {
    low == 0 && high == .infinity ? .relu : .clip(low: low, high: high)
  }
}
