import GraphIR

/// How a call writes the direction of a recurrent layer; both directions are two layers.
enum WrittenDirection: String, Equatable, CaseIterable {
  case forward, reverse, bidirectional
}

extension Recurrence {
  /// Reads or writes the attributes. A layer in both directions is read as the first of its two.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    coder.boolean("batch_first", &batchFirst)
    var written: WrittenDirection = direction == .forward ? .forward : .reverse
    coder.word("direction", &written, default: .forward)
    direction = written == .reverse ? .reverse : .forward
    coder.word("result", &result, default: .sequence)
    coder.gateFunctions("activations", &activations, default: cell.usualActivations)
    coder.real("clip", &clip, default: .infinity)
    coder.boolean("reset_first", &resetsFirst)
    coder.boolean("coupled", &couplesGates)
    coder.integers("lengths", &lengths, count: nil, default: [])
  }
}

extension GateFunction {
  /// Reads or writes the numbers of a function.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    switch self {
    case .sigmoid, .tanh, .relu, .softsign, .softplus: break
    case .affine(var alpha, var beta):
      coder.positionalReal("alpha", &alpha)
      coder.positionalReal("beta", &beta)
      self = .affine(alpha: alpha, beta: beta)
    case .scaledTanh(var alpha, var beta):
      coder.positionalReal("alpha", &alpha)
      coder.positionalReal("beta", &beta)
      self = .scaledTanh(alpha: alpha, beta: beta)
    case .hardSigmoid(var alpha, var beta):
      coder.positionalReal("alpha", &alpha)
      coder.positionalReal("beta", &beta)
      self = .hardSigmoid(alpha: alpha, beta: beta)
    case .leakyRelu(var alpha):
      coder.positionalReal("alpha", &alpha)
      self = .leakyRelu(alpha: alpha)
    case .thresholdedRelu(var alpha):
      coder.positionalReal("alpha", &alpha)
      self = .thresholdedRelu(alpha: alpha)
    case .elu(var alpha):
      coder.positionalReal("alpha", &alpha)
      self = .elu(alpha: alpha)
    }
  }
}
