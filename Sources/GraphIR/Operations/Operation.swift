/// What a node computes. Every operation has one result; operands are the node's inputs, in the
/// order given here.
///
/// This is the one list of operations: readers normalise to it, passes and planning see nothing
/// else. `docs/operators.md` defines each in words; the interpreter is the definition in code.
public enum Operation: Equatable, Sendable {
  /// A value the caller gives. No operands.
  case input
  /// A trained tensor known by name only, until weights are bound. No operands.
  case parameter
  /// A known tensor. No operands.
  case constant(Tensor)

  /// x, weight, [bias], [residual]. See `Convolution`.
  case convolution(Convolution)
  /// x, weight, [bias]. See `TransposedConvolution`.
  case transposedConvolution(TransposedConvolution)
  /// x `[N, C, H, W]`, attention `[N, M]`, kernels `[M, K, C / groups, R, S]`, [bias `[K]`],
  /// [residual]: the convolution of image n with Σ attention[n, m] · kernels[m]. See `Convolution`.
  case dynamicConvolution(Convolution)
  /// x (u8), weight (i8), bias (i32), scale (f32). See `IntegerConvolution`.
  case integerConvolution(IntegerConvolution)
  /// x `[…, I]`, weight `[O, I]`, then bias `[O]` if `hasBias`: `then(x · weightᵀ + bias)`.
  case linear(hasBias: Bool, then: UnaryFunction?)
  /// a `[…, M, K]`, b `[…, K, N]`, batch dimensions broadcast.
  case matrixMultiply
  /// q, k, v, then a mask if there is one. See `Attention`.
  case attention(Attention)
  /// x, weight_ih, weight_hh, then what `optionalOperands` says. See `Recurrence`.
  case recurrent(Recurrence)
  /// x `[N, C, …]`, scale, shift, mean, variance `[C]`: `(x - mean) / sqrt(variance + epsilon) ·
  /// scale + shift`.
  case batchNormalization(epsilon: Float)

  /// One operand.
  case unary(UnaryFunction)
  /// Two operands, broadcast: `then(function(a, b))`.
  case binary(BinaryFunction, then: UnaryFunction?)
  /// Two operands of one type of integers, broadcast: the function of their bits.
  case bits(BitFunction)

  /// x `[N, C, H, W]`; padded elements never win.
  case maxPool(Pooling)
  /// x `[N, C, H, W]`.
  case averagePool(Pooling)
  /// x `[N, C, H, W]` to `[N, C, 1, 1]`.
  case globalAveragePool
  /// x `[N, C, H, W]`. See `Resize`.
  case resize(Resize)
  /// x `[N, C, H, W]`. See `LocalResponse`.
  case localResponse(LocalResponse)
  /// x `[N, C · block², H, W]` to `[N, C, H · block, W · block]`.
  case depthToSpace(DepthBlocks)
  /// x `[N, C, H · block, W · block]` to `[N, C · block², H, W]`.
  case spaceToDepth(DepthBlocks)
  /// Reduces `axes` (ascending, none twice), of floats, or of i64 but for the mean.
  case reduce(ReduceFunction, axes: [Int], keepDimensions: Bool)

  /// The same elements in row-major order under another shape.
  case reshape([Int])
  /// Axis i of the result is axis `permutation[i]` of the operand.
  case transpose([Int])
  /// One or more operands, equal but for the extent of `axis`.
  case concatenate(axis: Int)
  /// One range per axis.
  case slice([SliceRange])
  /// Elements added around.
  case pad(PadAmounts)
  /// The operand broadcast to a shape, as NumPy's `broadcast_to`.
  case broadcast([Int])
  /// exp(x) / sum(exp(x)) along `axis`, computed without overflow.
  case softmax(axis: Int)
  /// The operand itself.
  case identity
  /// The operand itself, at inference.
  case dropout
  /// See `StridedShortcut`.
  case stridedShortcut(StridedShortcut)

  /// The extents of the operand, i64[rank].
  case shapeOf
  /// data, indices (i64): entries of `axis` of data; negative indices count from the end.
  case gather(axis: Int)
  /// data, indices (i64) of its shape but along `axis`: for every index, the element of its line that
  /// it names; negative indices count from the end.
  case gatherElements(axis: Int)
  /// data, indices (i64), updates of the indices' shape, which is that of data but along `axis`: data
  /// with every update at the place of its line that the index names, the last of several for one;
  /// indices as in `gatherElements`. Other functions join each update with what is there, one after the
  /// other.
  case scatterElements(axis: Int, by: ScatterFunction = .replace)
  /// Two operands, broadcast: whether the comparison holds (bool).
  case compare(Comparison)
  /// condition (bool), a, b, broadcast: a where the condition holds, b elsewhere.
  case select
  /// See `TopIndices`; i64.
  case topIndices(TopIndices)
  /// x `[N, C, H, W]`, regions `[R, 4]` (left, top, right, bottom), the image `[R]` (i64) that each is in,
  /// counted and clamped as in `gather`: `[R, C, rows, columns]`. See `RegionAlignment`.
  case alignRegions(RegionAlignment)
  /// boxes `[N, B, 4]`, scores `[N, C, B]`: the places `[N, C, count]` (i64) of the boxes that are kept,
  /// best first, then -1. See `Suppression`.
  case suppressBoxes(Suppression)
  /// A mask: the row-major places of its true elements in their order, then -1; i64, one for each
  /// element.
  case truePlaces
  /// The operand converted. Floats truncate towards zero, to i64 clamped to its range, to narrower
  /// integers by their low bits, as wider integers do; NaN becomes 0, and so do infinities where
  /// low bits are meant. Anything but 0 is true.
  case cast(ElementType)
  /// x, scale, zero point: integers of 8 bits from floats. See `Quantization`.
  case quantize(Quantization)
  /// x (u8, i8 or i32), scale, zero point of x's type: `(x - zero point) · scale`, f32. Scale and zero
  /// point as in `Quantization`.
  case dequantize(axis: Int?)

  /// Whether the operation has no operands.
  public var isSource: Bool {
    switch self {
    case .input, .parameter, .constant: true
    default: false
    }
  }

  /// The operation's name in the model language.
  public var mnemonic: String {
    switch self {
    case .input: "input"
    case .parameter: "parameter"
    case .constant: "constant"
    case .convolution: "conv2d"
    case .transposedConvolution: "conv_transpose2d"
    case .dynamicConvolution: "dynamic_conv2d"
    case .integerConvolution: "integer_conv2d"
    case .linear: "linear"
    case .matrixMultiply: "matmul"
    case .attention: "attention"
    case .recurrent(let layer): layer.cell.rawValue
    case .batchNormalization: "batch_norm"
    case .unary(let function): function.mnemonic
    case .binary(let function, _): function.mnemonic
    case .bits(let function): function.rawValue
    case .maxPool: "max_pool"
    case .averagePool: "average_pool"
    case .globalAveragePool: "global_average_pool"
    case .resize: "resize"
    case .localResponse: "local_response_norm"
    case .depthToSpace: "depth_to_space"
    case .spaceToDepth: "space_to_depth"
    case .reduce(let function, _, _): "reduce_" + function.mnemonic
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .concatenate: "concat"
    case .slice: "slice"
    case .pad: "pad"
    case .broadcast: "broadcast"
    case .softmax: "softmax"
    case .identity: "identity"
    case .dropout: "dropout"
    case .stridedShortcut: "strided_shortcut"
    case .shapeOf: "shape"
    case .gather: "gather"
    case .gatherElements: "gather_elements"
    case .scatterElements: "scatter_elements"
    case .compare(let comparison): comparison.rawValue
    case .select: "select"
    case .topIndices: "top_indices"
    case .alignRegions: "roi_align"
    case .suppressBoxes: "non_max_suppression"
    case .truePlaces: "true_places"
    case .cast: "cast"
    case .quantize: "quantize"
    case .dequantize: "dequantize"
    }
  }
}

extension UnaryFunction {
  /// The function's name in the model language.
  public var mnemonic: String {
    switch self {
    case .relu: "relu"
    case .clip: "clip"
    case .saturate: "saturate"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .leakyRelu: "leaky_relu"
    case .hardSigmoid: "hard_sigmoid"
    case .hardSwish: "hard_swish"
    case .silu: "silu"
    case .exp: "exp"
    case .log: "log"
    case .sqrt: "sqrt"
    case .reciprocal: "reciprocal"
    case .negate: "negate"
    case .absolute: "abs"
    case .floor: "floor"
    case .ceil: "ceil"
    case .erf: "erf"
    case .elu: "elu"
    case .softplus: "softplus"
    case .mish: "mish"
    case .gelu: "gelu"
    case .geluTanh: "gelu_tanh"
    case .sin: "sin"
    case .cos: "cos"
    case .tan: "tan"
    case .asin: "asin"
    case .acos: "acos"
    case .atan: "atan"
    case .sinh: "sinh"
    case .cosh: "cosh"
    case .asinh: "asinh"
    case .acosh: "acosh"
    case .atanh: "atanh"
    case .round: "round"
    }
  }
}

extension BinaryFunction {
  /// The function's name in the model language.
  public var mnemonic: String {
    switch self {
    case .add: "add"
    case .subtract: "sub"
    case .multiply: "mul"
    case .divide: "div"
    case .minimum: "min"
    case .maximum: "max"
    case .power: "pow"
    case .prelu: "prelu"
    case .remainder: "fmod"
    }
  }
}

extension ReduceFunction {
  /// The function's name in the model language, after `reduce_`.
  public var mnemonic: String {
    switch self {
    case .mean: "mean"
    case .sum: "sum"
    case .maximum: "max"
    case .minimum: "min"
    case .product: "prod"
    }
  }
}
