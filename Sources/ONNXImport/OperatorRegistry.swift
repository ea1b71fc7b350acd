/// The importer of every operator that is read, by its name in the standard domain.
let operatorImporters: [String: OperatorImporter] = [
  // Convolution and pooling.
  "Conv": importConvolution,
  "ConvTranspose": importTransposedConvolution,
  "Resize": importResize,
  "Upsample": importUpsample,
  "MaxPool": importMaxPool,
  "AveragePool": importAveragePool,
  "GlobalAveragePool": importGlobalPool(.mean),
  "GlobalMaxPool": importGlobalPool(.maximum),

  // Normalisation.
  "BatchNormalization": importBatchNormalization,
  "Dropout": importDropout,
  "Softmax": importSoftmax,
  "LogSoftmax": importLogSoftmax,

  // Element by element.
  "Relu": importUnary(.relu),
  "Sigmoid": importUnary(.sigmoid),
  "Tanh": importUnary(.tanh),
  "HardSwish": importUnary(.hardSwish),
  "Exp": importUnary(.exp),
  "Log": importUnary(.log),
  "Sqrt": importUnary(.sqrt),
  "Reciprocal": importUnary(.reciprocal),
  "Floor": importUnary(.floor),
  "Ceil": importUnary(.ceil),
  "Erf": importUnary(.erf),
  "Neg": importUnary(.negate) { 0 &- $0 },
  "Abs": importUnary(.absolute) { $0 < 0 ? 0 &- $0 : $0 },
  "LeakyRelu": importLeakyRelu,
  "HardSigmoid": importHardSigmoid,
  "Clip": importClip,
  "Add": importBinary(.add),
  "Sub": importBinary(.subtract),
  "Mul": importBinary(.multiply),
  "Div": importBinary(.divide),
  "Pow": importPower,
  "Sum": importVariadic(.add),
  "Min": importVariadic(.minimum),
  "Max": importVariadic(.maximum),

  // Reduction.
  "ReduceMean": importReduction(.mean),
  "ReduceSum": importReduction(.sum),
  "ReduceMax": importReduction(.maximum),
  "ReduceMin": importReduction(.minimum),
  "ReduceProd": importProduct,

  // Matrix products.
  "Gemm": importGemm,
  "MatMul": importMatrixProduct,

  // Shape and movement.
  "Identity": importIdentity,
  "Reshape": importReshape,
  "Flatten": importFlatten,
  "Squeeze": importSqueeze,
  "Unsqueeze": importUnsqueeze,
  "Transpose": importTranspose,
  "Concat": importConcatenation,
  "Slice": importSlice,
  "Split": importSplit,
  "Pad": importPad,
  "Expand": importExpand,
  "Gather": importGather,

  // Constants and shape arithmetic.
  "Constant": importConstant,
  "ConstantOfShape": importConstantOfShape,
  "Shape": importShape,
  "Size": importSize,
  "Cast": importCast,
  "CastLike": importCastLike,
  "Range": importRange,
  "Where": importWhere,
  "Equal": importComparison(==),
  "Less": importComparison(<),
  "LessOrEqual": importComparison(<=),
  "Greater": importComparison(>),
  "GreaterOrEqual": importComparison(>=),
]
