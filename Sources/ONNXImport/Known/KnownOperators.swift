import Foundation
import GraphIR

/// How an operator is computed while the file is read, where all its operands are known. Operators of
/// floats that have an importer are left to it: the passes fold what becomes of them.
struct KnownOperator: Sendable {
  /// Whether the operator is computed this way for the operands that it has.
  let applies: @Sendable (OperatorContext) throws -> Bool
  /// The results, first to last.
  let evaluate: @Sendable (OperatorContext) throws -> [KnownTensor]

  /// An operator that is computed this way for operands of every type.
  static func always(
    _ evaluate: @escaping @Sendable (OperatorContext) throws -> [KnownTensor]
  ) -> KnownOperator {
    KnownOperator(applies: { try $0.knowsAllOperands() }, evaluate: evaluate)
  }

  /// An operator that is computed this way for integers.
  static func ofIntegers(
    _ evaluate: @escaping @Sendable (OperatorContext) throws -> [KnownTensor]
  ) -> KnownOperator {
    KnownOperator(
      applies: { context in
        // Broadcasting had attributes of its own before set 7, which importers know.
        try context.opset >= 7 && context.hasIntegers() && context.knowsAllOperands()
      }, evaluate: evaluate)
  }
}

/// The operators that are computed while the file is read, by their names in the standard domain.
let knownOperators: [String: KnownOperator] = [
  // Arithmetic.
  "Add": .ofIntegers(integerFunction { $0 &+ $1 }),
  "Sub": .ofIntegers(integerFunction { $0 &- $1 }),
  "Mul": .ofIntegers(integerFunction { $0 &* $1 }),
  "Div": .ofIntegers(integerFunction(quotient)),
  "Mod": .ofIntegers(evaluateMod),
  "Pow": .ofIntegers(evaluatePow),
  "Sum": .ofIntegers(integerFunction { $0 &+ $1 }),
  "Min": .ofIntegers(integerFunction { min($0, $1) }),
  "Max": .ofIntegers(integerFunction { max($0, $1) }),
  "Neg": .ofIntegers(integerFunction { 0 &- $0 }),
  "Abs": .ofIntegers(integerFunction { $0 < 0 ? 0 &- $0 : $0 }),
  "Sign": .ofIntegers(integerFunction { $0.signum() }),
  "Relu": .ofIntegers(integerFunction { max($0, 0) }),
  "Clip": .ofIntegers(evaluateIntegerClip),
  "BitShift": .always(evaluateBitShift),
  "BitwiseAnd": .always(integerFunction { $0 & $1 }),
  "BitwiseOr": .always(integerFunction { $0 | $1 }),
  "BitwiseXor": .always(integerFunction { $0 ^ $1 }),
  "BitwiseNot": .always(integerFunction { ~$0 }),
  "Cast": KnownOperator(applies: castsIntegers, evaluate: evaluateCast),
  "CastLike": KnownOperator(applies: castsIntegersLike, evaluate: evaluateCastLike),

  // Reduction.
  "ReduceSum": .ofIntegers(evaluateReduction(.sum)),
  "ReduceMean": .ofIntegers(evaluateReduction(.mean)),
  "ReduceMax": .ofIntegers(evaluateReduction(.maximum)),
  "ReduceMin": .ofIntegers(evaluateReduction(.minimum)),
  "ReduceL2": .ofIntegers(evaluateReduction(.l2)),
  "ReduceProd": .ofIntegers(evaluateReduction(.product)),
  "ReduceL1": .ofIntegers(evaluateReduction(.l1)),
  "ReduceLogSum": .ofIntegers(evaluateReduction(.logSum)),
  "ReduceLogSumExp": .ofIntegers(evaluateReduction(.logSumExp)),
  "ReduceSumSquare": .ofIntegers(evaluateReduction(.sumSquare)),
  "CumSum": .ofIntegers(evaluateRunning(.sum)),
  "CumProd": .always(evaluateRunning(.product)),

  // Search.
  "ArgMax": .ofIntegers(evaluateExtremePlace(smallest: false)),
  "ArgMin": .ofIntegers(evaluateExtremePlace(smallest: true)),
  "TopK": .ofIntegers(evaluateTopK),
  "NonZero": .always(evaluateNonZero),
  "Unique": .always(evaluateUnique),
  "Compress": .always(evaluateCompress),

  // Movement.
  "EyeLike": KnownOperator(applies: { _ in true }, evaluate: evaluateEyeLike),
  "ReverseSequence": .always(evaluateReverseSequence),
  "GatherND": .always(evaluateGatherND),
  "ScatterND": .always(evaluateScatterND),
  "ScatterElements": .always(evaluateScatterElements),
  "Scatter": .always(evaluateScatterElements),
  "Pad": KnownOperator(applies: padsIntegers, evaluate: evaluatePad),

  // Products and quantities in few bits.
  "MatMul": .ofIntegers(evaluateIntegerProduct),
  "MatMulInteger": .always(evaluateIntegerProduct),
  "Einsum": .always(evaluateEinsum),
  "DequantizeLinear": KnownOperator(
    applies: { try !keepsIntegers($0) && $0.knowsAllOperands() }, evaluate: evaluateDequantize),
  "QuantizeLinear": .always(evaluateQuantize),
  "DynamicQuantizeLinear": .always(evaluateDynamicQuantize),
]
