import Diagnostics
import GraphIR

extension CallReader {
  /// `dynamic_conv2d(x, attention, channels, kernel: k, …)` or
  /// `dynamic_conv2d(x, attention, weight: w, …)`.
  mutating func readDynamicConvolution() throws(Reported) -> Operation {
    var operation = Operation.dynamicConvolution(Convolution())
    let arguments = try readKernelArguments(
      of: &operation, operands: 2, takesResidual: true)
    guard case .dynamicConvolution(var convolution) = operation else {
      preconditionFailure("reading attributes keeps the operation")
    }
    let (channels, kernel) = (arguments.channels, arguments.kernel)
    if let weight = arguments.weight {
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
    convolution.hasBias = try readBias(arguments.bias, byDefault: false, count: count)
    convolution.hasResidual = try readResidual(arguments.residual)
    return .dynamicConvolution(convolution)
  }

  private mutating func addKernels(
    _ channels: Int, _ kernel: Pair, groups: Int
  ) throws(Reported) {
    try checkNewWeight(channels, kernel, groups: groups)
    let (image, attention) = (operandTypes[0], operandTypes[1])
    guard attention.rank == 2 else {
      throw elaborator.report(
        "\(callee) takes attention [N, kernels], not \(attention)", at: call.range)
    }
    let shape = [
      attention.shape[1], channels, image.shape[1] / groups, kernel.height, kernel.width,
    ]
    operands.append(try newParameter("weight", shape: shape))
  }
}
