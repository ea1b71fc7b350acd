extension Operation {
  /// Refuses attributes that are not a number: they make no sense, and an operation with one would
  /// not even equal itself.
  func checkNumbers() throws(ShapeError) {
    guard numbers.contains(where: \.isNaN) else { return }
    throw ShapeError("\(mnemonic) has an attribute that is not a number")
  }

  /// The numbers among the attributes, those of the epilogue included.
  private var numbers: [Float] {
    switch self {
    case .unary(let function): function.numbers
    case .pad(let amounts): [amounts.value]
    case .localResponse(let response): [response.alpha, response.beta, response.bias]
    case .attention(let attributes): [attributes.scale]
    case .alignRegions(let attributes): [attributes.scale]
    case .suppressBoxes(let attributes): [attributes.overlap, attributes.score]
    case .recurrent(let layer): [layer.clip] + layer.activations.flatMap(\.numbers)
    case .resize(let resize): [resize.cubicCoefficient] + (resize.scales ?? [])
    default: epilogue?.numbers ?? []
    }
  }

  /// The function that is applied last, if there is one.
  private var epilogue: UnaryFunction? {
    switch self {
    case .convolution(let attributes), .dynamicConvolution(let attributes): attributes.then
    case .transposedConvolution(let attributes): attributes.then
    case .linear(_, let then), .binary(_, let then): then
    default: nil
    }
  }
}

extension UnaryFunction {
  fileprivate var numbers: [Float] {
    switch self {
    case .clip(let low, let high), .saturate(let low, let high): [low, high]
    case .leakyRelu(let slope): [slope]
    case .elu(let alpha): [alpha]
    case .hardSigmoid(let alpha, let beta): [alpha, beta]
    default: []
    }
  }
}
