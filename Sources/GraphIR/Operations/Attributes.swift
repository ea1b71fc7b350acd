/// A pair of spatial extents: height before width.
public struct Pair: Hashable, Sendable {
  public var height: Int
  public var width: Int

  /// Creates a pair from height and width.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates a pair of equal extents.
  public init(_ both: Int) { self.init(both, both) }
}

/// Rows and columns added around an image.
public struct Padding: Hashable, Sendable {
  public var top: Int
  public var left: Int
  public var bottom: Int
  public var right: Int

  /// Creates a padding from its four sides.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// Creates a padding with equal sides.
  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }

  /// No padding.
  public static let none = Padding(0)
}

/// A function of one element. The same functions serve as operations and as epilogues (`then:`).
public enum UnaryFunction: Hashable, Sendable {
  /// max(x, 0); NaN stays NaN.
  case relu
  /// min(max(x, low), high); NaN stays NaN.
  case clip(low: Float, high: Float)
  /// min(max(x, low), high), but low for NaN, and 0 for -0: what integers of a range can be.
  case saturate(low: Float, high: Float)
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// Hyperbolic tangent.
  case tanh
  /// x where x ≥ 0, slope · x elsewhere.
  case leakyRelu(slope: Float)
  /// max(0, min(1, alpha · x + beta)).
  case hardSigmoid(alpha: Float, beta: Float)
  /// x · hardSigmoid(x; 1/6, 1/2).
  case hardSwish
  /// x · sigmoid(x), also called swish.
  case silu
  /// e to the x.
  case exp
  /// Natural logarithm.
  case log
  /// Square root.
  case sqrt
  /// 1 / x.
  case reciprocal
  /// -x.
  case negate
  /// |x|.
  case absolute
  /// The largest integer not above x.
  case floor
  /// The smallest integer not below x.
  case ceil
  /// The Gauss error function.
  case erf
  /// x where x > 0, alpha · (eˣ - 1) elsewhere.
  case elu(alpha: Float)
  /// ln(1 + eˣ).
  case softplus
  /// x · tanh(softplus(x)).
  case mish
  /// x times the probability that a standard normal variable is below x: x / 2 · (1 + erf(x / √2)).
  case gelu
  /// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).
  case geluTanh
  /// Sine, cosine and tangent of radians; NaN of infinities.
  case sin, cos, tan
  /// Their inverses; NaN outside [-1, 1] but for `atan`.
  case asin, acos, atan
  /// Hyperbolic sine and cosine.
  case sinh, cosh
  /// The inverses of hyperbolic sine, cosine and tangent; NaN below 1 and outside [-1, 1] in the last two.
  case asinh, acosh, atanh
  /// The nearest integer, the even one of two.
  case round
}

/// A function of two elements, broadcast as NumPy does.
public enum BinaryFunction: String, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, minimum, maximum, power
  /// a where a ≥ 0, a · b elsewhere: b is the slope.
  case prelu
  /// What is left of a after the quotient by b towards zero times b, exactly: it has the sign of a.
  case remainder
}

/// How a reduction combines elements.
public enum ReduceFunction: String, Hashable, Sendable, CaseIterable {
  case mean, sum, maximum, minimum, product
}

/// A 2-D convolution: stride, padding, dilation and groups, then an epilogue.
///
/// Inputs: x `[N, C, H, W]`, weight `[K, C / groups, R, S]`, then bias `[K]` if `hasBias`, then a
/// tensor of the result's type if `hasResidual`. Result: `then(convolution(x, weight) + bias +
/// residual)`.
public struct Convolution: Hashable, Sendable {
  public var stride: Pair
  public var padding: Padding
  public var dilation: Pair
  public var groups: Int
  public var hasBias: Bool
  public var hasResidual: Bool
  public var then: UnaryFunction?

  /// Creates the attributes of a convolution; the plain one where nothing is given.
  public init(
    stride: Pair = Pair(1), padding: Padding = .none, dilation: Pair = Pair(1), groups: Int = 1,
    hasBias: Bool = false, hasResidual: Bool = false, then: UnaryFunction? = nil
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
    self.hasResidual = hasResidual
    self.then = then
  }

  /// The index of the residual among the inputs, if there is one.
  public var residualIndex: Int? { hasResidual ? (hasBias ? 3 : 2) : nil }
}

/// A pooling window.
public struct Pooling: Hashable, Sendable {
  public var kernel: Pair
  public var stride: Pair
  public var padding: Padding
  public var dilation: Pair
  /// Whether a window that starts inside the padded image but passes its end still counts (ONNX
  /// `ceil_mode`).
  public var ceilMode: Bool
  /// Average pooling only: whether padded elements count in the divisor.
  public var countIncludesPadding: Bool

  /// Creates a pooling window; stride 1 and no padding where nothing is given.
  public init(
    kernel: Pair, stride: Pair = Pair(1), padding: Padding = .none, dilation: Pair = Pair(1),
    ceilMode: Bool = false, countIncludesPadding: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
    self.countIncludesPadding = countIncludesPadding
  }
}

/// A strided range along every axis: elements `start`, `start + step`, … before `end` (after it for
/// negative steps).
public struct SliceRange: Hashable, Sendable {
  /// First index; 0 ≤ start < extent, unless the range is empty.
  public var start: Int
  /// Index to stop before; -1 for a negative step that takes element 0.
  public var end: Int
  /// Step, not 0.
  public var step: Int

  /// Creates a range.
  public init(start: Int, end: Int, step: Int = 1) {
    self.start = start
    self.end = end
    self.step = step
  }

  /// The number of elements taken.
  public var count: Int {
    step > 0 ? max(0, (end - start + step - 1) / step) : max(0, (start - end - step - 1) / -step)
  }
}

/// Elements added before and after each axis.
public struct PadAmounts: Hashable, Sendable {
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// The added elements equal `value`.
    case constant
    /// Mirrored without repeating the border.
    case reflect
    /// The border repeated.
    case edge
  }

  /// Per axis; at least 0.
  public var before: [Int]
  /// Per axis; at least 0.
  public var after: [Int]
  public var mode: Mode
  public var value: Float

  /// Creates pad amounts; zeros are added unless another mode or value is given.
  public init(before: [Int], after: [Int], mode: Mode = .constant, value: Float = 0) {
    self.before = before
    self.after = after
    self.mode = mode
    self.value = value
  }
}

/// The parameter-free shortcut of He et al., "Deep Residual Learning", section 3.3, option A: every
/// `stride`-th row and column, with channels of zeros before and after.
public struct StridedShortcut: Hashable, Sendable {
  public var stride: Pair
  public var channelsBefore: Int
  public var channelsAfter: Int

  /// Creates the attributes of a strided shortcut.
  public init(stride: Pair, channelsBefore: Int, channelsAfter: Int) {
    self.stride = stride
    self.channelsBefore = channelsBefore
    self.channelsAfter = channelsAfter
  }
}
