import Diagnostics
import GraphIR

/// Operators with trained tensors. One that is not written is a parameter called after the
/// statement: the names of PyTorch's `state_dict`, and its layouts.
extension CallReader {
  /// `conv2d(x, channels, kernel: k, …)` or `conv2d(x, weight: w, …)`.
  mutating func readConvolution() throws(Reported) -> Operation {
    var operation = Operation.convolution(Convolution())
    let arguments = try readKernelArguments(
      of: &operation, operands: 1, takesResidual: true)
    guard case .convolution(var convolution) = operation else {
      preconditionFailure("reading attributes keeps the operation")
    }
    try readConvolutionWeight(arguments, groups: convolution.groups)
    let outChannels = operandTypes[1].shape.first ?? 0
    convolution.hasBias = try readBias(arguments.bias, byDefault: false, count: outChannels)
    convolution.hasResidual = try readResidual(arguments.residual)
    return .convolution(convolution)
  }

  private mutating func readConvolutionWeight(
    _ arguments: KernelArguments, groups: Int
  ) throws(Reported) {
    let (channels, kernel) = (arguments.channels, arguments.kernel)
    if let written = arguments.weight {
      operands.append(try elaborator.tensor(written, at: site.nested, what("weight")))
      let type = operandTypes[1]
      try check(channels, against: type)
      if let kernel, type.rank == 4, [kernel.height, kernel.width] != type.shape[2...] {
        throw elaborator.report(
          "\(what("kernel")) does not fit the weight \(type)", at: written.range)
      }
      return
    }
    guard let channels, let kernel else { preconditionFailure("finish checks both") }
    try checkNewWeight(channels, kernel, groups: groups)
    let image = operandTypes[0]
    let shape = [channels, image.shape[1] / groups, kernel.height, kernel.width]
    operands.append(try newParameter("weight", shape: shape))
  }

  /// `linear(x, features)` or `linear(x, weight: w, bias: b)`.
  mutating func readLinear() throws(Reported) -> Operation {
    try readOperands(.exactly(1))
    let features = readCount("features")
    let weight = labelled("weight")
    let bias = labelled("bias")
    var operation = Operation.linear(hasBias: false, then: nil)
    operation.code(&self)
    guard case .linear(_, let then) = operation else {
      preconditionFailure("reading attributes keeps the operation")
    }
    if weight == nil, features == nil { miss("features") }
    try finish()
    if let weight {
      operands.append(try elaborator.tensor(weight, at: site.nested, what("weight")))
      try check(features, against: operandTypes[1])
    } else if let features {
      guard let inputs = operandTypes[0].shape.last else {
        throw elaborator.report("linear takes […, features], not a scalar", at: call.range)
      }
      operands.append(try newParameter("weight", shape: [features, inputs]))
    }
    let count = operandTypes[1].shape.first ?? 0
    let hasBias = try readBias(bias, byDefault: weight == nil, count: count)
    return .linear(hasBias: hasBias, then: then)
  }

  /// `batch_norm(x, epsilon: e)`, with any of the four tensors written out.
  mutating func readBatchNormalization() throws(Reported) -> Operation {
    try readOperands(.exactly(1))
    var operation = Operation.batchNormalization(epsilon: 0)
    operation.code(&self)
    let roles = ["weight", "bias", "running_mean", "running_var"]
    let written = roles.map { labelled($0) }
    try finish()
    let type = operandTypes[0]
    guard type.rank >= 2 else {
      throw elaborator.report("batch_norm takes [N, C, …], not \(type)", at: call.range)
    }
    for (role, expression) in zip(roles, written) {
      if let expression {
        operands.append(try elaborator.tensor(expression, at: site.nested, what(role)))
      } else {
        operands.append(try newParameter(role, shape: [type.shape[1]]))
      }
    }
    return operation
  }

  /// `bias: true`, `bias: false` or a tensor; whether there is one.
  mutating func readBias(
    _ written: Expression?, byDefault: Bool, count: Int
  ) throws(Reported) -> Bool {
    var wanted = byDefault
    if let written {
      switch try elaborator.evaluate(written, at: site.nested) {
      case .boolean(let given): wanted = given
      case .tensor(let id):
        operands.append(id)
        return true
      case let value:
        throw elaborator.report(
          "\(what("bias")) is true, false or a tensor, not \(value.description)",
          at: written.range)
      }
    }
    if wanted { operands.append(try newParameter("bias", shape: [count])) }
    return wanted
  }

  /// A number of channels or features: the second argument.
  mutating func readCount(_ label: String) -> Int? {
    guard let written = positional(orLabelled: label) else { return nil }
    var count: Int?
    attempt(&count) { reader throws(Reported) in
      let count = try reader.elaborator.integer(
        written, at: reader.site.nested, reader.what(label))
      guard count >= 1 else {
        throw reader.elaborator.report(
          "\(reader.what(label)) is at least 1, not \(count)", at: written.range)
      }
      return count
    }
    return count
  }

  private func check(_ count: Int?, against weight: TensorType) throws(Reported) {
    guard let count, weight.shape.first != count else { return }
    throw elaborator.report(
      "\(count) does not fit the weight \(weight) of \(callee)", at: call.range)
  }

  mutating func newParameter(_ role: String, shape: [Int]) throws(Reported) -> NodeID {
    let node = try nodeName()
    return try elaborator.newParameter(of: node, role, shape: shape, at: call.range)
  }
}
