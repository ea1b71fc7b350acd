import GraphIR

/// How many operands a call gives by position.
enum OperandCount: Equatable {
  case exactly(Int)
  case atLeastOne
}

/// The language's one description of each operation: its operands by position and its attributes.
///
/// Weights and other operands with names (`weight:`, `add:`) are described in `WeightedOperators`.
extension Operation {
  /// The operands that a call gives by position.
  var positionalOperands: OperandCount {
    switch self {
    case .input, .parameter, .constant: .exactly(0)
    case .convolution, .transposedConvolution, .linear, .recurrent, .batchNormalization, .unary,
      .maxPool, .averagePool:
      .exactly(1)
    case .globalAveragePool, .reduce, .reshape, .transpose, .slice, .pad, .broadcast: .exactly(1)
    case .softmax, .identity, .dropout, .stridedShortcut, .shapeOf, .cast, .resize: .exactly(1)
    case .localResponse, .depthToSpace, .spaceToDepth: .exactly(1)
    case .matrixMultiply, .binary, .gather, .dynamicConvolution: .exactly(2)
    case .gatherElements, .bits, .compare, .suppressBoxes: .exactly(2)
    case .topIndices, .truePlaces, .quantize, .dequantize: .exactly(1)
    case .select, .scatterElements, .attention, .alignRegions: .exactly(3)
    case .integerConvolution: .exactly(4)
    case .concatenate: .atLeastOne
    }
  }

  /// Reads or writes the attributes, those with a name after the operands.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    switch self {
    case .input, .parameter, .constant, .matrixMultiply, .globalAveragePool: break
    case .identity, .dropout, .shapeOf, .bits, .compare, .select, .truePlaces: break
    case .convolution(var convolution):
      convolution.code(&coder)
      self = .convolution(convolution)
    case .dynamicConvolution(var convolution):
      convolution.code(&coder)
      self = .dynamicConvolution(convolution)
    case .integerConvolution(var convolution):
      convolution.code(&coder)
      self = .integerConvolution(convolution)
    case .transposedConvolution(var convolution):
      convolution.code(&coder)
      self = .transposedConvolution(convolution)
    case .linear(let hasBias, var then):
      coder.function("then", &then)
      self = .linear(hasBias: hasBias, then: then)
    case .attention(var attributes):
      attributes.code(&coder)
      self = .attention(attributes)
    case .recurrent(var layer):
      layer.code(&coder)
      self = .recurrent(layer)
    case .batchNormalization(var epsilon):
      coder.real("epsilon", &epsilon, default: 1e-5)
      self = .batchNormalization(epsilon: epsilon)
    case .unary(var function):
      function.code(&coder)
      self = .unary(function)
    case .binary(let function, var then):
      coder.function("then", &then)
      self = .binary(function, then: then)
    case .maxPool(var pooling):
      pooling.code(&coder)
      self = .maxPool(pooling)
    case .averagePool(var pooling):
      pooling.code(&coder)
      coder.boolean("count_padding", &pooling.countIncludesPadding)
      self = .averagePool(pooling)
    case .localResponse(var response):
      coder.integer("size", &response.size, default: nil)
      coder.real("alpha", &response.alpha, default: 1e-4)
      coder.real("beta", &response.beta, default: 0.75)
      coder.real("bias", &response.bias, default: 1)
      self = .localResponse(response)
    case .depthToSpace(var blocks):
      blocks.code(&coder)
      self = .depthToSpace(blocks)
    case .spaceToDepth(var blocks):
      blocks.code(&coder)
      self = .spaceToDepth(blocks)
    case .resize(var resize):
      resize.code(&coder)
      self = .resize(resize)
    case .reduce(let function, var axes, var keepDimensions):
      coder.axes("axes", &axes)
      coder.boolean("keep_dimensions", &keepDimensions)
      self = .reduce(function, axes: axes, keepDimensions: keepDimensions)
    case .reshape, .transpose, .concatenate, .slice, .pad, .broadcast, .stridedShortcut:
      codeMovement(&coder)
    case .softmax(var axis):
      coder.axis("axis", &axis)
      self = .softmax(axis: axis)
    case .gather(var axis):
      coder.axis("axis", &axis)
      self = .gather(axis: axis)
    case .gatherElements(var axis):
      coder.axis("axis", &axis)
      self = .gatherElements(axis: axis)
    case .scatterElements(var axis, var function):
      coder.axis("axis", &axis)
      coder.word("by", &function, default: .replace)
      self = .scatterElements(axis: axis, by: function)
    case .topIndices(var top):
      coder.axis("axis", &top.axis)
      coder.integer("count", &top.count, default: 1)
      coder.boolean("smallest", &top.smallest)
      coder.boolean("last", &top.prefersLast)
      self = .topIndices(top)
    case .alignRegions(var alignment):
      alignment.code(&coder)
      self = .alignRegions(alignment)
    case .suppressBoxes(var suppression):
      suppression.code(&coder)
      self = .suppressBoxes(suppression)
    case .cast(var element):
      coder.word("to", &element, default: nil)
      self = .cast(element)
    case .quantize(var attributes):
      coder.word("type", &attributes.element, default: nil)
      coder.optionalAxis("axis", &attributes.axis)
      self = .quantize(attributes)
    case .dequantize(var axis):
      coder.optionalAxis("axis", &axis)
      self = .dequantize(axis: axis)
    }
  }

  private mutating func codeMovement<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    switch self {
    case .reshape(var shape):
      coder.extents("shape", &shape)
      self = .reshape(shape)
    case .transpose(var permutation):
      coder.integers("permutation", &permutation, count: nil, default: nil)
      self = .transpose(permutation)
    case .concatenate(var axis):
      coder.axis("axis", &axis)
      self = .concatenate(axis: axis)
    case .slice(var ranges):
      SliceRange.code(&ranges, &coder)
      self = .slice(ranges)
    case .pad(var amounts):
      amounts.code(&coder)
      self = .pad(amounts)
    case .broadcast(var shape):
      coder.integers("shape", &shape, count: nil, default: nil)
      self = .broadcast(shape)
    case .stridedShortcut(var shortcut):
      coder.pair("stride", &shortcut.stride, default: nil)
      coder.integer("before", &shortcut.channelsBefore, default: 0)
      coder.integer("after", &shortcut.channelsAfter, default: 0)
      self = .stridedShortcut(shortcut)
    default: preconditionFailure("\(mnemonic) does not move elements")
    }
  }
}

extension AttributeCoder {
  /// What convolutions of every kind of elements say of their window.
  fileprivate mutating func window(
    _ stride: inout Pair, _ padding: inout Padding, _ dilation: inout Pair, _ groups: inout Int
  ) {
    pair("stride", &stride, default: Pair(1))
    self.padding("padding", &padding)
    pair("dilation", &dilation, default: Pair(1))
    integer("groups", &groups, default: 1)
  }
}

extension Convolution {
  fileprivate mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    coder.window(&stride, &padding, &dilation, &groups)
    coder.function("then", &then)
  }
}

extension IntegerConvolution {
  fileprivate mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    coder.window(&stride, &padding, &dilation, &groups)
    coder.integer("input_zero", &inputZero, default: 0)
    coder.word("result", &result, default: .float32)
    coder.integer("result_zero", &resultZero, default: 0)
    coder.integer("low", &low, default: 0)
    coder.integer("high", &high, default: 255)
  }
}

extension TransposedConvolution {
  fileprivate mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    coder.pair("stride", &stride, default: Pair(1))
    coder.padding("padding", &padding)
    coder.pair("output_padding", &outputPadding, default: Pair(0))
    coder.pair("dilation", &dilation, default: Pair(1))
    coder.integer("groups", &groups, default: 1)
    coder.function("then", &then)
  }
}

extension DepthBlocks {
  fileprivate mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    coder.integer("size", &block, default: nil)
    coder.word("order", &order, default: .dcr)
  }
}

extension Pooling {
  fileprivate mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    coder.pair("kernel", &kernel, default: nil)
    coder.pair("stride", &stride, default: Pair(1))
    coder.padding("padding", &padding)
    coder.pair("dilation", &dilation, default: Pair(1))
    coder.boolean("ceil_mode", &ceilMode)
  }
}

extension SliceRange {
  fileprivate static func code<Coder: AttributeCoder>(
    _ ranges: inout [SliceRange], _ coder: inout Coder
  ) {
    let extents = coder.operandTypes.first?.shape ?? []
    var step = ranges.map(\.step)
    var start = ranges.map(\.start)
    var end = ranges.map(\.end)
    let count = extents.count
    let ones = [Int](repeating: 1, count: count)
    coder.integers("step", &step, count: count, default: ones)
    let whole = zip(step, extents).map { step, extent in step < 0 ? (extent - 1, -1) : (0, extent) }
    coder.integers("start", &start, count: count, default: whole.map(\.0))
    coder.integers("end", &end, count: count, default: whole.map(\.1))
    ranges = zip(zip(start, end), step).map { SliceRange(start: $0.0, end: $0.1, step: $1) }
  }
}

extension PadAmounts {
  fileprivate mutating func code<Coder: AttributeCoder>(
    _ coder: inout Coder
  ) {
    let count = coder.operandTypes.first?.rank ?? 0
    let zeros = [Int](repeating: 0, count: count)
    coder.integers("before", &before, count: count, default: zeros)
    coder.integers("after", &after, count: count, default: zeros)
    coder.word("mode", &mode, default: .constant)
    coder.real("value", &value, default: 0)
  }
}

extension UnaryFunction {
  /// Reads or writes the numbers of a function, after the operand.
  mutating func code<Coder: AttributeCoder>(_ coder: inout Coder) {
    switch self {
    case .clip(var low, var high):
      coder.positionalReal("low", &low)
      coder.positionalReal("high", &high)
      self = .clip(low: low, high: high)
    case .saturate(var low, var high):
      coder.positionalReal("low", &low)
      coder.positionalReal("high", &high)
      self = .saturate(low: low, high: high)
    case .leakyRelu(var slope):
      coder.positionalReal("slope", &slope)
      self = .leakyRelu(slope: slope)
    case .elu(var alpha):
      coder.positionalReal("alpha", &alpha)
      self = .elu(alpha: alpha)
    case .hardSigmoid(var alpha, var beta):
      coder.positionalReal("alpha", &alpha)
      coder.positionalReal("beta", &beta)
      self = .hardSigmoid(alpha: alpha, beta: beta)
    case .relu, .sigmoid, .tanh, .hardSwish, .silu, .exp, .log, .sqrt, .reciprocal: break
    case .negate, .absolute, .floor, .ceil, .erf: break
    case .softplus, .mish, .gelu, .geluTanh, .sin, .cos, .tan, .asin, .acos, .atan: break
    case .sinh, .cosh, .asinh, .acosh, .atanh, .round: break
    }
  }
}
