import Diagnostics
import GraphIR

/// Everything that can be called, by name.
enum Operators {
  /// One operation of each kind with attributes to be replaced, by its name in the language.
  static let prototypes: [String: Operation] = {
    var all: [Operation] = [
      .convolution(Convolution()), .transposedConvolution(TransposedConvolution()),
      .dynamicConvolution(Convolution()), .integerConvolution(IntegerConvolution()),
      .linear(hasBias: true, then: nil), .matrixMultiply,
      .attention(Attention(scale: 1)), .batchNormalization(epsilon: 1e-5),
      .maxPool(Pooling(kernel: Pair(1))),
      .averagePool(Pooling(kernel: Pair(1))), .globalAveragePool, .resize(Resize(size: Pair(1))),
      .localResponse(LocalResponse(size: 1)), .depthToSpace(DepthBlocks(block: 1)),
      .spaceToDepth(DepthBlocks(block: 1)), .reshape([]), .transpose([]),
      .concatenate(axis: 0), .slice([]), .pad(PadAmounts(before: [], after: [])), .broadcast([]),
      .softmax(axis: 0), .identity, .dropout,
      .stridedShortcut(StridedShortcut(stride: Pair(1), channelsBefore: 0, channelsAfter: 0)),
      .shapeOf, .gather(axis: 0), .cast(.float32), .gatherElements(axis: 0), .select,
      .scatterElements(axis: 0),
      .topIndices(TopIndices(axis: 0)), .alignRegions(RegionAlignment(size: Pair(1))),
      .suppressBoxes(Suppression()), .truePlaces,
      .quantize(Quantization(element: .uint8)), .dequantize(axis: nil),
    ]
    all += Recurrence.Cell.allCases.map { .recurrent(Recurrence($0)) }
    all += Comparison.allCases.map { .compare($0) }
    all += functions.map { .unary($0) }
    all += BinaryFunction.allCases.map { .binary($0, then: nil) }
    all += BitFunction.allCases.map { .bits($0) }
    all += ReduceFunction.allCases.map { .reduce($0, axes: [], keepDimensions: false) }
    return Dictionary(uniqueKeysWithValues: all.map { ($0.mnemonic, $0) })
  }()

  private static let functions: [UnaryFunction] = [
    .relu, .clip(low: 0, high: 0), .saturate(low: 0, high: 0), .sigmoid, .tanh,
    .leakyRelu(slope: 0),
    .hardSigmoid(alpha: 0, beta: 0), .hardSwish, .silu, .exp, .log, .sqrt, .reciprocal, .negate,
    .absolute, .floor, .ceil, .erf, .elu(alpha: 0), .softplus, .mish, .gelu, .geluTanh, .sin, .cos,
    .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .round,
  ]

  /// The functions that `then:` may name.
  static let epilogues = Dictionary(uniqueKeysWithValues: functions.map { ($0.mnemonic, $0) })

  /// The functions that `activations:` of recurrent layers may name.
  static let gateFunctions: [String: GateFunction] = {
    let all: [GateFunction] = [
      .sigmoid, .tanh, .relu, .softsign, .softplus, .affine(alpha: 0, beta: 0),
      .leakyRelu(alpha: 0), .thresholdedRelu(alpha: 0), .scaledTanh(alpha: 0, beta: 0),
      .hardSigmoid(alpha: 0, beta: 0), .elu(alpha: 0),
    ]
    return Dictionary(uniqueKeysWithValues: all.map { ($0.mnemonic, $0) })
  }()

  /// Calls that do not stand for one operation: shapes, literals, forms of reshape, normalisation.
  static let builtins: [String: @Sendable (inout CallReader) throws(Reported) -> Value] = [
    "batch": { reader throws(Reported) in try reader.readExtent(axis: 0, leastRank: 1) },
    "channels": { reader throws(Reported) in try reader.readExtent(axis: 1, leastRank: 2) },
    "height": { reader throws(Reported) in try reader.readExtent(axis: 2, leastRank: 3) },
    "width": { reader throws(Reported) in try reader.readExtent(axis: 3, leastRank: 4) },
    "extent": { reader throws(Reported) in try reader.readExtent() },
    "rank": { reader throws(Reported) in try reader.readRank() },
    "constant": { reader throws(Reported) in try reader.readConstant() },
    "parameter": { reader throws(Reported) in try reader.readParameter() },
    "layer_norm": { reader throws(Reported) in try reader.readLayerNorm() },
    "rms_norm": { reader throws(Reported) in try reader.readRootMeanSquareNorm() },
    "flatten": { reader throws(Reported) in try reader.readFlatten() },
    "squeeze": { reader throws(Reported) in try reader.readSqueeze() },
    "unsqueeze": { reader throws(Reported) in try reader.readUnsqueeze() },
  ]

  /// Whether a name can be called without a block of that name.
  static func isKnown(_ name: String) -> Bool {
    prototypes[name] != nil || builtins[name] != nil
  }

  /// Every name that can be called, ascending.
  static let names = (Array(prototypes.keys) + Array(builtins.keys)).sorted()
}
