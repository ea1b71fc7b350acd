import Diagnostics
import GraphIR

extension CallReader {
  /// `conv_transpose2d(x, channels, kernel: k, …)` or `conv_transpose2d(x, weight: w, …)`.
  mutating func readTransposedConvolution() throws(Reported) -> Operation {
    var operation = Operation.transposedConvolution(TransposedConvolution())
    let arguments = try readKernelArguments(
      of: &operation, operands: 1, takesResidual: false)
    guard case .transposedConvolution(var convolution) = operation else {
      preconditionFailure("reading attributes keeps the operation")
    }
    let (channels, kernel) = (arguments.channels, arguments.kernel)
    if let weight = arguments.weight {
      operands.append(try elaborator.tensor(weight, at: site.nested, what("weight")))
      try check(channels, kernel, groups: convolution.groups, weight.range)
    } else if let channels, let kernel {
      try addWeight(channels, kernel, groups: convolution.groups)
    }
    convolution.hasBias = try readBias(
      arguments.bias, byDefault: false, count: resultChannels(groups: convolution.groups) ?? 0)
    return .transposedConvolution(convolution)
  }

  /// Checks a weight `[C, channels / groups, R, S]` that is given beside its extents.
  private func check(
    _ channels: Int?, _ kernel: Pair?, groups: Int, _ range: SourceRange
  ) throws(Reported) {
    let type = operandTypes[1]
    guard type.rank == 4 else { return }
    if let channels, channels != resultChannels(groups: groups) {
      throw elaborator.report(
        "\(channels) does not fit the weight \(type) of \(callee)", at: call.range)
    }
    if let kernel, [kernel.height, kernel.width] != type.shape[2...] {
      throw elaborator.report("\(what("kernel")) does not fit the weight \(type)", at: range)
    }
  }

  /// The channels that the weight `[C, channels / groups, R, S]` gives; nil where it does not fit.
  private func resultChannels(groups: Int) -> Int? {
    let weight = operandTypes[1]
    return weight.rank < 2
      ? nil : TensorType.checkedElementCount(of: [groups, weight.shape[1]])
  }

  private mutating func addWeight(
    _ channels: Int, _ kernel: Pair, groups: Int
  ) throws(Reported) {
    try checkNewWeight(channels, kernel, groups: groups)
    let image = operandTypes[0]
    let shape = [image.shape[1], channels / groups, kernel.height, kernel.width]
    operands.append(try newParameter("weight", shape: shape))
  }
}
