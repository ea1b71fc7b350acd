import Diagnostics
import GraphIR

/// What the calls of all convolutions have in common: channels and kernel, or a weight.
extension CallReader {
  /// What a call says beside operands and attributes.
  struct KernelArguments {
    /// Channels of the result, and rows and columns of the kernel; both are there unless `weight` is.
    var channels: Int?
    var kernel: Pair?
    var weight: Expression?
    var bias: Expression?
    var residual: Expression?
  }

  /// Reads a call of a convolution: so many operands, then attributes into `operation`.
  mutating func readKernelArguments(
    of operation: inout Operation, operands count: Int, takesResidual: Bool
  ) throws(Reported) -> KernelArguments {
    try readOperands(.exactly(count))
    var arguments = KernelArguments(channels: readCount("channels"))
    optionalPair("kernel", &arguments.kernel)
    operation.code(&self)
    arguments.weight = labelled("weight")
    arguments.bias = labelled("bias")
    if takesResidual { arguments.residual = labelled("add") }
    if arguments.weight == nil, arguments.channels == nil { miss("channels") }
    if arguments.weight == nil, arguments.kernel == nil { miss("kernel") }
    try finish()
    return arguments
  }

  /// Checks that a convolution of the first operand can have a weight of so many channels.
  func checkNewWeight(
    _ channels: Int, _ kernel: Pair, groups: Int
  ) throws(Reported) {
    let image = operandTypes[0]
    guard image.rank == 4 else {
      throw elaborator.report(
        "\(callee) takes an image [N, C, H, W], not \(image)", at: call.range)
    }
    guard groups >= 1, image.shape[1] % groups == 0, channels % groups == 0 else {
      throw elaborator.report(
        "\(callee) with \(groups) groups needs channels divisible by it, not \(image.shape[1]) in and \(channels) out",
        at: call.range)
    }
    guard kernel.height >= 1, kernel.width >= 1 else {
      throw elaborator.report("\(what("kernel")) is at least 1", at: call.range)
    }
  }

  /// The residual as the last operand; whether there is one.
  mutating func readResidual(_ written: Expression?) throws(Reported) -> Bool {
    guard let written else { return false }
    operands.append(try elaborator.tensor(written, at: site.nested, what("add")))
    return true
  }
}
