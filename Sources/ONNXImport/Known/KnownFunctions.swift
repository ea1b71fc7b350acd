import Foundation
import GraphIR

/// A function of every float, computed in Double and rounded once.
func function(
  _ body: @escaping @Sendable (Double) -> Double
) -> @Sendable (OperatorContext) throws -> [KnownTensor] {
  { context in [try context.mapped(body)] }
}

extension OperatorContext {
  /// A function of every float of the first operand.
  fileprivate func mapped(_ body: (Double) -> Double) throws -> KnownTensor {
    let x = try floats(0)
    return KnownTensor(
      Tensor(x.shape, floats: x.tensor.floats.map { Float(body(Double($0))) }), x.type)
  }

  /// An operand that is known and of floats; the memory for a result of its shape is taken.
  private func floats(_ index: Int) throws -> KnownTensor {
    let x = try known(index)
    guard x.element == .float32 else {
      throw Refusal("it takes floats, not \(x.tensor.type)")
    }
    try reserve(x.shape)
    return x
  }

  /// A truth value for every float of the first operand.
  fileprivate func tested(_ test: (Float) -> Bool) throws -> KnownTensor {
    let x = try floats(0)
    return KnownTensor(Tensor(x.shape, booleans: x.tensor.floats.map(test)), .bool)
  }
}

/// `Celu`: max(0, x) + min(0, α · (exp(x / α) - 1)).
func evaluateCelu(_ context: OperatorContext) throws -> [KnownTensor] {
  let alpha = Double(try context.float("alpha", default: 1))
  return [try context.mapped { max(0, $0) + min(0, alpha * (exp($0 / alpha) - 1)) }]
}

/// `ThresholdedRelu`: x where it is larger than alpha, else 0.
func evaluateThresholdedRelu(_ context: OperatorContext) throws -> [KnownTensor] {
  let alpha = Double(try context.float("alpha", default: 1))
  return [try context.mapped { $0 > alpha ? $0 : 0 }]
}

/// `Shrink`: x + bias below -lambd, x - bias above lambd, 0 between.
func evaluateShrink(_ context: OperatorContext) throws -> [KnownTensor] {
  let bias = Double(try context.float("bias", default: 0))
  let limit = Double(try context.float("lambd", default: 0.5))
  return [try context.mapped { $0 < -limit ? $0 + bias : $0 > limit ? $0 - bias : 0 }]
}

/// `Swish`: x / (1 + exp(-α · x)).
func evaluateSwish(_ context: OperatorContext) throws -> [KnownTensor] {
  let alpha = Double(try context.float("alpha", default: 1))
  return [try context.mapped { $0 / (1 + exp(-alpha * $0)) }]
}

/// `IsNaN`.
func evaluateIsNaN(_ context: OperatorContext) throws -> [KnownTensor] {
  [try context.tested(\.isNaN)]
}

/// `IsInf`, of one sign where an attribute says so.
func evaluateIsInf(_ context: OperatorContext) throws -> [KnownTensor] {
  let negative = try context.flag("detect_negative", default: true)
  let positive = try context.flag("detect_positive", default: true)
  return [try context.tested { $0.isInfinite && ($0 < 0 ? negative : positive) }]
}
