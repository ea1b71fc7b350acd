/// A function of one element that a recurrent layer applies to its gates or its state: those that
/// ONNX names.
public enum GateFunction: Hashable, Sendable {
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// Hyperbolic tangent.
  case tanh
  /// max(x, 0); NaN stays NaN.
  case relu
  /// x / (1 + |x|).
  case softsign
  /// log(1 + exp(x)).
  case softplus
  /// alpha · x + beta.
  case affine(alpha: Float, beta: Float)
  /// x where x ≥ 0, alpha · x elsewhere.
  case leakyRelu(alpha: Float)
  /// x where x > alpha, 0 elsewhere; NaN stays NaN.
  case thresholdedRelu(alpha: Float)
  /// alpha · tanh(beta · x).
  case scaledTanh(alpha: Float, beta: Float)
  /// max(0, min(1, alpha · x + beta)).
  case hardSigmoid(alpha: Float, beta: Float)
  /// x where x ≥ 0, alpha · (exp(x) - 1) elsewhere.
  case elu(alpha: Float)

  /// The function's name in the model language.
  public var mnemonic: String {
    switch self {
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .relu: "relu"
    case .softsign: "softsign"
    case .softplus: "softplus"
    case .affine: "affine"
    case .leakyRelu: "leaky_relu"
    case .thresholdedRelu: "thresholded_relu"
    case .scaledTanh: "scaled_tanh"
    case .hardSigmoid: "hard_sigmoid"
    case .elu: "elu"
    }
  }

  /// Its numbers, in the order in which they are written.
  public var numbers: [Float] {
    switch self {
    case .sigmoid, .tanh, .relu, .softsign, .softplus: []
    case .leakyRelu(let alpha), .thresholdedRelu(let alpha), .elu(let alpha): [alpha]
    case .affine(let alpha, let beta), .scaledTanh(let alpha, let beta),
      .hardSigmoid(let alpha, let beta):
      [alpha, beta]
    }
  }
}
