import GraphIR

/// An operation with operands that fit it.
public struct OperationExample: Sendable, CustomStringConvertible {
  public let operation: Operation
  public let operands: [TensorType]

  init(_ operation: Operation, _ operands: TensorType...) {
    self.operation = operation
    self.operands = operands
  }

  public var description: String { operation.mnemonic }

  /// A graph of the operation alone, which reads parameters.
  public func graph() throws -> Graph {
    var graph = Graph(name: "example")
    let ids = operands.enumerated().map { graph.addParameter("p\($0.offset)", $0.element) }
    let node = try graph.add(operation, ids, name: "y")
    graph.addOutput("y", node)
    return graph
  }
}

/// Examples of every operation that computes: the plain form and forms in which every attribute
/// matters.
public let operationExamples: [OperationExample] =
  convolutionExamples + layerExamples + attentionExamples + recurrentExamples + elementwiseExamples
  + poolingExamples
  + movementExamples + quantizationExamples

private let image = TensorType([2, 4, 9, 8])
private let channels = TensorType([4])

private let convolutionExamples = [
  OperationExample(.convolution(Convolution()), image, TensorType([6, 4, 1, 1])),
  OperationExample(
    .convolution(
      Convolution(
        stride: Pair(2, 1), padding: Padding(top: 1, left: 2, bottom: 3, right: 0),
        dilation: Pair(1, 2), groups: 2, hasBias: true, then: .clip(low: -0.5, high: 6))),
    image, TensorType([6, 2, 3, 2]), TensorType([6])),
  OperationExample(
    .convolution(Convolution(padding: Padding(1), hasResidual: true, then: .relu)), image,
    TensorType([4, 4, 3, 3]), image),
  OperationExample(
    .convolution(
      Convolution(
        padding: Padding(top: 1, left: 0, bottom: 1, right: 0), hasBias: true, hasResidual: true)),
    image, TensorType([4, 4, 3, 1]), channels, image),
]

private let layerExamples = [
  OperationExample(
    .dynamicConvolution(Convolution()), image, TensorType([2, 3]), TensorType([3, 6, 4, 1, 1])),
  OperationExample(
    .dynamicConvolution(
      Convolution(
        stride: Pair(2, 1), padding: Padding(top: 1, left: 2, bottom: 3, right: 0),
        dilation: Pair(1, 2), groups: 2, hasBias: true, then: .relu)),
    image, TensorType([2, 2]), TensorType([2, 6, 2, 3, 2]), TensorType([6])),
  OperationExample(
    .dynamicConvolution(Convolution(hasResidual: true)), image, TensorType([2, 1]),
    TensorType([1, 4, 4, 1, 1]), image),
  OperationExample(
    .transposedConvolution(TransposedConvolution()), image, TensorType([4, 6, 1, 1])),
  OperationExample(
    .transposedConvolution(
      TransposedConvolution(
        stride: Pair(2, 3), padding: Padding(top: 1, left: 2, bottom: 3, right: 0),
        outputPadding: Pair(1, 0), dilation: Pair(1, 2), groups: 2, hasBias: true, then: .relu)),
    image, TensorType([4, 3, 3, 2]), TensorType([6])),
  OperationExample(
    .linear(hasBias: false, then: nil), TensorType([2, 5]), TensorType([3, 5])),
  OperationExample(
    .linear(hasBias: true, then: .leakyRelu(slope: 0.01)), TensorType([2, 7, 5]),
    TensorType([3, 5]), TensorType([3])),
  OperationExample(.matrixMultiply, TensorType([2, 3, 5]), TensorType([5, 4])),
  OperationExample(
    .batchNormalization(epsilon: 1e-5), image, channels, channels, channels, channels),
  OperationExample(
    .batchNormalization(epsilon: 0.001), image, channels, channels, channels, channels),
  OperationExample(.softmax(axis: 1), image),
  OperationExample(.reduce(.mean, axes: [2, 3], keepDimensions: true), image),
  OperationExample(.reduce(.sum, axes: [1], keepDimensions: false), image),
  OperationExample(.reduce(.maximum, axes: [], keepDimensions: false), image),
  OperationExample(.reduce(.minimum, axes: [0, 1, 2, 3], keepDimensions: false), image),
  OperationExample(.reduce(.product, axes: [1, 3], keepDimensions: true), image),
  OperationExample(
    .reduce(.maximum, axes: [1], keepDimensions: false), TensorType([2, 3], element: .int64)),
]

private let attentionExamples = [
  OperationExample(
    .attention(Attention(scale: Attention.usualScale(features: 3))), TensorType([2, 5, 3]),
    TensorType([2, 4, 3]), TensorType([2, 4, 6])),
  OperationExample(
    .attention(Attention(scale: 0.75, isCausal: true, hasMask: true)), TensorType([2, 3, 5, 3]),
    TensorType([1, 4, 3]), TensorType([3, 4, 2]), TensorType([5, 4])),
  OperationExample(
    .attention(Attention(scale: 2, hasMask: true, givesZero: true)), TensorType([5, 3]),
    TensorType([4, 3]),
    TensorType([4, 2]), TensorType([4], element: .bool)),
]

private let recurrentExamples: [OperationExample] = {
  let (x, state) = (TensorType([4, 2, 3]), TensorType([2, 5]))
  func weights(_ rows: Int) -> (TensorType, TensorType, TensorType) {
    (TensorType([rows, 3]), TensorType([rows, 5]), TensorType([rows]))
  }
  let (four, three, one) = (weights(20), weights(15), weights(5))
  return [
    OperationExample(.recurrent(Recurrence(.lstm)), x, four.0, four.1),
    OperationExample(
      .recurrent(
        Recurrence(
          .lstm, direction: .reverse, result: .cell, batchFirst: true,
          activations: [.hardSigmoid(alpha: 0.3, beta: 0.4), .elu(alpha: 0.5), .softsign],
          clip: 0.75, lengths: [4, 2], hasBias: true, hasInitialHidden: true, hasInitialCell: true,
          hasPeepholes: true)),
      TensorType([2, 4, 3]), four.0, four.1, four.2, four.2, state, state, TensorType([15])),
    OperationExample(
      .recurrent(Recurrence(.lstm, couplesGates: true, hasInitialCell: true)), x, four.0, four.1,
      state),
    OperationExample(.recurrent(Recurrence(.gru)), x, three.0, three.1),
    OperationExample(
      .recurrent(
        Recurrence(
          .gru, result: .hidden, batchFirst: true,
          activations: [.affine(alpha: 0.25, beta: 0.5), .scaledTanh(alpha: 0.5, beta: 2)],
          resetsFirst: true, lengths: [1, 3], hasBias: true, hasInitialHidden: true)),
      TensorType([2, 4, 3]), three.0, three.1, three.2, three.2, state),
    OperationExample(
      .recurrent(
        Recurrence(.gru, activations: [.sigmoid, .leakyRelu(alpha: 0.125)], hasBias: true)), x,
      three.0, three.1, three.2, three.2),
    OperationExample(.recurrent(Recurrence(.rnn)), x, one.0, one.1),
    OperationExample(
      .recurrent(Recurrence(.rnn, direction: .reverse, activations: [.thresholdedRelu(alpha: 1)])),
      x, one.0, one.1),
    OperationExample(.recurrent(Recurrence(.rnn, activations: [.softplus])), x, one.0, one.1),
    OperationExample(.recurrent(Recurrence(.rnn, activations: [.relu])), x, one.0, one.1),
  ]
}()

private let elementwiseExamples: [OperationExample] = {
  let functions: [UnaryFunction] = [
    .relu, .saturate(low: -128, high: 127), .clip(low: -.infinity, high: 6),
    .clip(low: -0.0, high: 0.1), .sigmoid, .tanh,
    .leakyRelu(slope: 1e-20), .hardSigmoid(alpha: 1 / 6, beta: 0.5), .hardSwish, .silu, .exp, .log,
    .sqrt, .reciprocal, .negate, .absolute, .floor, .ceil, .erf, .elu(alpha: 1), .softplus, .mish,
    .gelu, .geluTanh, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh,
    .round,
  ]
  let unary = functions.map { OperationExample(.unary($0), image) }
  let binary = BinaryFunction.allCases.map {
    OperationExample(.binary($0, then: nil), image, TensorType([4, 1, 1]))
  }
  let fused = functions.map { OperationExample(.binary(.add, then: $0), image, image) }
  return unary + binary + fused
}()

private let poolingExamples = [
  OperationExample(.maxPool(Pooling(kernel: Pair(2))), image),
  OperationExample(
    .maxPool(
      Pooling(
        kernel: Pair(3, 2), stride: Pair(2), padding: Padding(1), dilation: Pair(2, 1),
        ceilMode: true)), image),
  OperationExample(.averagePool(Pooling(kernel: Pair(2), stride: Pair(2))), image),
  OperationExample(
    .averagePool(
      Pooling(kernel: Pair(3), padding: Padding(1), ceilMode: true, countIncludesPadding: true)),
    image),
  OperationExample(.globalAveragePool, image),
  OperationExample(.resize(Resize(size: Pair(18, 16))), image),
  OperationExample(.localResponse(LocalResponse(size: 3)), image),
  OperationExample(.localResponse(LocalResponse(size: 4, alpha: 0.5, beta: 1, bias: 2)), image),
  OperationExample(.depthToSpace(DepthBlocks(block: 2)), image),
  OperationExample(.spaceToDepth(DepthBlocks(block: 2, order: .crd)), TensorType([2, 3, 4, 6])),
  OperationExample(
    .resize(
      Resize(
        size: Pair(5, 13), mode: .cubic, coordinates: .halfPixelSymmetric, rounding: .ceil,
        scales: [0.6, 1.7], cubicCoefficient: -0.5, excludesOutside: true, antialiases: true)),
    image),
]

private let movementExamples = [
  OperationExample(.reshape([8, 72]), image),
  OperationExample(.reshape([]), TensorType([1])),
  OperationExample(.transpose([0, 2, 3, 1]), image),
  OperationExample(.concatenate(axis: 1), image, image, TensorType([2, 1, 9, 8])),
  OperationExample(.concatenate(axis: 0), TensorType([3], element: .int64)),
  OperationExample(.slice([SliceRange(start: 1, end: 6, step: 2)]), TensorType([7])),
  OperationExample(
    .slice([SliceRange(start: 6, end: -1, step: -2), SliceRange(start: 0, end: 2)]),
    TensorType([7, 2])),
  OperationExample(.slice([SliceRange(start: 0, end: 0)]), TensorType([0])),
  OperationExample(
    .pad(PadAmounts(before: [0, 1], after: [2, 0], value: -1)), TensorType([3, 3])),
  OperationExample(
    .pad(PadAmounts(before: [1, 1], after: [0, 0], mode: .reflect)), TensorType([3, 3])),
  OperationExample(
    .pad(PadAmounts(before: [0, 4], after: [0, 0], mode: .edge)), TensorType([3, 3])),
  OperationExample(.broadcast([3, 4]), TensorType([4])),
  OperationExample(.identity, image),
  OperationExample(.dropout, image),
  OperationExample(
    .stridedShortcut(StridedShortcut(stride: Pair(2, 1), channelsBefore: 2, channelsAfter: 1)),
    image),
  OperationExample(.shapeOf, image),
  OperationExample(.gather(axis: 1), image, TensorType([], element: .int64)),
  OperationExample(
    .gatherElements(axis: 1), image, TensorType([2, 2, 9, 8], element: .int64)),
  OperationExample(
    .scatterElements(axis: 1), image, TensorType([2, 2, 9, 8], element: .int64),
    TensorType([2, 2, 9, 8])),
  OperationExample(
    .scatterElements(axis: 0, by: .add), TensorType([5]), TensorType([7], element: .int64),
    TensorType([7])),
  OperationExample(.compare(.equal), image, TensorType([4, 1, 1])),
  OperationExample(.compare(.less), image, image),
  OperationExample(
    .compare(.lessOrEqual), TensorType([3], element: .int64), TensorType([], element: .int64)),
  OperationExample(
    .bits(.and), TensorType([2, 3], element: .uint8), TensorType([3], element: .uint8)),
  OperationExample(
    .bits(.or), TensorType([2, 1], element: .int64), TensorType([3], element: .int64)),
  OperationExample(
    .bits(.exclusiveOr), TensorType([4], element: .int32), TensorType([], element: .int32)),
  OperationExample(.select, TensorType([9, 8], element: .bool), image, TensorType([])),
  OperationExample(.topIndices(TopIndices(axis: 1)), image),
  OperationExample(
    .topIndices(TopIndices(axis: 2, count: 3, smallest: true, prefersLast: true)), image),
  OperationExample(
    .alignRegions(RegionAlignment(size: Pair(2, 3), scale: 0.5, samples: 2, hasCentres: true)),
    image, TensorType([5, 4]), TensorType([5], element: .int64)),
  OperationExample(
    .alignRegions(RegionAlignment(size: Pair(2), takesMaximum: true)), image, TensorType([1, 4]),
    TensorType([1], element: .int64)),
  OperationExample(
    .suppressBoxes(Suppression(count: 3, overlap: 0.5, score: 0.25, hasCentres: true)),
    TensorType([2, 6, 4]), TensorType([2, 3, 6])),
  OperationExample(
    .suppressBoxes(Suppression(count: 6, overlap: 0)), TensorType([1, 6, 4]),
    TensorType([1, 1, 6])),
  OperationExample(.truePlaces, TensorType([3, 4], element: .bool)),
  OperationExample(.cast(.int64), image),
  OperationExample(.cast(.bool), image),
  OperationExample(.cast(.uint8), image),
  OperationExample(.cast(.int32), TensorType([2], element: .int64)),
  OperationExample(.cast(.float32), TensorType([2], element: .int8)),
  OperationExample(.transpose([1, 0]), TensorType([2, 3], element: .uint8)),
  OperationExample(
    .pad(PadAmounts(before: [1], after: [0], value: -7)), TensorType([2], element: .int32)),
  OperationExample(.cast(.float32), TensorType([2], element: .bool)),
]

private let quantizationExamples = [
  OperationExample(
    .integerConvolution(IntegerConvolution()), TensorType([2, 4, 9, 8], element: .uint8),
    TensorType([6, 4, 1, 1], element: .int8), TensorType([6], element: .int32), TensorType([6])),
  OperationExample(
    .integerConvolution(
      IntegerConvolution(
        stride: Pair(2, 1), padding: Padding(top: 1, left: 2, bottom: 3, right: 0),
        dilation: Pair(1, 2), groups: 2, inputZero: 3, result: .uint8, resultZero: 128)),
    TensorType([2, 4, 9, 8], element: .uint8), TensorType([6, 2, 3, 2], element: .int8),
    TensorType([6], element: .int32), TensorType([6])),
  OperationExample(
    .quantize(Quantization(element: .uint8)), image, TensorType([]),
    TensorType([], element: .uint8)),
  OperationExample(
    .quantize(Quantization(element: .int8, axis: 1)), image, channels,
    TensorType([4], element: .int8)),
  OperationExample(
    .dequantize(axis: nil), TensorType([2, 3], element: .uint8), TensorType([]),
    TensorType([], element: .uint8)),
  OperationExample(
    .dequantize(axis: 0), TensorType([4, 3], element: .int8), channels,
    TensorType([4], element: .int8)),
  OperationExample(
    .dequantize(axis: 0), TensorType([4], element: .int32), channels,
    TensorType([4], element: .int32)),
]
