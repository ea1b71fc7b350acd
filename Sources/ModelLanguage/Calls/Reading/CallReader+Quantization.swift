import Diagnostics
import GraphIR

extension CallReader {
  /// `quantize(x, type: u8, scale: 0.02, zero_point: 128)` or `dequantize(q, axis: 0, scale: s, zero_point: z)`:
  /// scale and zero point are numbers or tensors, and the zero point is 0 where it is left out.
  mutating func readQuantization(_ prototype: Operation) throws(Reported) -> Operation {
    var operation = prototype
    try readOperands(.exactly(1))
    operation.code(&self)
    let scale = labelled("scale")
    let zero = labelled("zero_point")
    if scale == nil { miss("scale") }
    try finish()
    guard let scale else { preconditionFailure("finish checks it") }
    switch try elaborator.evaluate(scale, at: site.nested) {
    case .tensor(let id): operands.append(id)
    case let value:
      guard let number = value.asReal else {
        throw elaborator.report(
          "\(what("scale")) is a number or a tensor, not \(value.description)", at: scale.range)
      }
      operands.append(try constant(Tensor([], floats: [number]), "scale"))
    }
    operands.append(try readZeroPoint(zero, of: operation))
    return operation
  }

  private mutating func readZeroPoint(
    _ written: Expression?, of operation: Operation
  ) throws(Reported) -> NodeID {
    var element = operandTypes[0].element
    if case .quantize(let attributes) = operation { element = attributes.element }
    guard let written else {
      let shape = operandTypes[1].shape
      let zeros = Tensor(
        shape, integers: [Int64](repeating: 0, count: operandTypes[1].elementCount))
      return try constant((try? zeros.converted(to: element)) ?? zeros, "zero_point")
    }
    switch try elaborator.evaluate(written, at: site.nested) {
    case .tensor(let id): return id
    case .integer(let integer):
      let number = Tensor([], integers: [Int64(integer)])
      guard let zero = try? number.converted(to: element) else {
        throw elaborator.report(
          "\(what("zero_point")) is of \(element.rawValue), which does not hold \(integer)",
          at: written.range)
      }
      return try constant(zero, "zero_point")
    case let value:
      throw elaborator.report(
        "\(what("zero_point")) is an integer or a tensor, not \(value.description)",
        at: written.range)
    }
  }

  private mutating func constant(_ tensor: Tensor, _ role: String) throws(Reported) -> NodeID {
    let node = try nodeName()
    return try elaborator.addConstant(
      tensor, name: elaborator.uniqueName("\(node).\(role)"), at: call.range)
  }
}
