import GraphIR

extension CallReader {
  /// `prelu(x, slope)`, or `prelu(x)` with a trained slope per channel, or for all of them.
  mutating func readPrelu() throws(Reported) -> Operation {
    guard call.positional.count < 2 else {
      return try readSimple(.binary(.prelu, then: nil))
    }
    try readOperands(.exactly(1))
    var written: Int?
    optionalInteger("slopes", &written)
    var operation = Operation.binary(.prelu, then: nil)
    operation.code(&self)
    try finish()
    let type = operandTypes[0]
    guard type.rank >= 2 else {
      throw elaborator.report("prelu takes [N, C, …], not \(type)", at: call.range)
    }
    let slopes = written ?? type.shape[1]
    guard slopes == 1 || slopes == type.shape[1] else {
      throw elaborator.report(
        "'slopes' of prelu is 1 or \(type.shape[1]), the channels of \(type), not \(slopes)",
        at: call.range)
    }
    let weight = try newParameter("weight", shape: [slopes])
    let ones = [Int](repeating: 1, count: type.rank - 2)
    let node = try nodeName()
    operands.append(
      try elaborator.addNode(
        .reshape([slopes] + ones), [weight], name: elaborator.uniqueName("\(node).slope"),
        at: call.range))
    return operation
  }
}
