import Diagnostics
import GraphIR

extension CallReader {
  /// `dynamic_conv2d(x, attention, channels, kernel: k, …)` or
  /// `dynamic_conv2d(x, attention, weight: w, …)`.
  mutating func readDynamicConvolution() throws(Reported) -> Operation {
    try readOperands(.exactly(2))
    var kernel: Pair?
    let channels = try readCount("channels")
    try optionalPair("kernel", &kernel)
    var operation = Operation.dynamicConvolution(Convolution())
    try operation.code(&self)
    guard case .dynamicConvolution(var convolution) = operation else {
      preconditionFailure("reading attributes keeps the operation")
    }
    let weight = labelled("weight")
    let bias = labelled("bias")
    let residual = labelled("add")
    if weight == nil, channels == nil { miss("channels") }
    if weight == nil, kernel == nil { miss("kernel") }
    try finish()
    if let weight {
      operands.append(try elaborator.tensor(weight, at: site.nested, what("weight")))
      let type = operandTypes[2]
      if type.rank == 5 {
        if let channels, channels != type.shape[1] {
          throw elaborator.report(
            "\(channels) does not fit the weight \(type) of \(callee)", at: call.range)
        }
        if let kernel, [kernel.height, kernel.width] != type.shape[3...] {
          throw elaborator.report(
            "\(what("kernel")) does not fit the weight \(type)", at: weight.range)
        }
      }
    } else if let channels, let kernel {
      try addKernels(channels, kernel, groups: convolution.groups)
    }
    let type = operandTypes[2]
    let count = type.rank > 1 ? type.shape[1] : 0
    convolution.hasBias = try readBias(bias, byDefault: false, count: count)
    if let residual {
      operands.append(try elaborator.tensor(residual, at: site.nested, what("add")))
      convolution.hasResidual = true
    }
    return .dynamicConvolution(convolution)
  }

  private mutating func addKernels(
    _ channels: Int, _ kernel: Pair, groups: Int
  ) throws(Reported) {
    let (image, attention) = (operandTypes[0], operandTypes[1])
    guard image.rank == 4 else {
      throw elaborator.report(
        "\(callee) takes an image [N, C, H, W], not \(image)", at: call.range)
    }
    guard attention.rank == 2 else {
      throw elaborator.report(
        "\(callee) takes attention [N, kernels], not \(attention)", at: call.range)
    }
    guard groups >= 1, image.shape[1] % groups == 0, channels % groups == 0 else {
      throw elaborator.report(
        "\(callee) with \(groups) groups needs channels divisible by it, not \(image.shape[1]) in and \(channels) out",
        at: call.range)
    }
    guard kernel.height >= 1, kernel.width >= 1 else {
      throw elaborator.report("\(what("kernel")) is at least 1", at: call.range)
    }
    let shape = [
      attention.shape[1], channels, image.shape[1] / groups, kernel.height, kernel.width,
    ]
    operands.append(try newParameter("weight", shape: shape))
  }
}
