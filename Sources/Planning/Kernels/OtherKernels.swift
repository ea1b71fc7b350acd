import GraphIR

/// Pooling over a blocked image, one vector of channels at a time.
public struct PoolKernel: Hashable, Sendable {
  public enum Function: Hashable, Sendable {
    case maximum
    /// The divisor counts the elements of the window inside the image, or also those in its
    /// padding.
    case average(countsPadding: Bool)
  }

  public var lanes: Int
  public var function: Function
  public var input: ImageView
  public var output: ImageView
  public var pooling: Pooling
  public var segments: [ConvolutionKernel.Segment]
  /// Split by rows, as the convolution before it is: a thread finds its rows in its own cache.
  public var rowsPerTask: Int
  public var scaled: ConvolutionKernel.ScaledResult?

  /// Groups of output rows that tasks are split by.
  public var rowGroups: Int { (output.height + rowsPerTask - 1) / rowsPerTask }

  /// Independent shares: groups of rows of every image.
  public var tasks: Int { input.batch * rowGroups }
}

/// The mean over all pixels of a blocked image; the result is a dense vector of channels per image.
public struct GlobalAverageKernel: Hashable, Sendable {
  public var lanes: Int
  public var input: ImageView
  /// Elements between the results of two images.
  public var outputBatchStride: Int
  public var padsOutput: Bool

  /// Independent shares: blocks of channels of every image.
  public var tasks: Int { input.batch * input.blockCount(lanes: lanes) }
}

/// A function of elements over a box: every operand and the result is addressed by an affine map of
/// the box's index.
///
/// Copies, broadcasts, transposes, slices and element-wise functions are all this kernel. The
/// innermost axis is vectorised where operands step by 0 or 1 on it.
public struct ElementwiseKernel: Hashable, Sendable {
  public var lanes: Int
  public var function: ElementwiseExpression
  /// A second result, stored next to the first: a function of the operands and, as one operand more
  /// behind them, the first result.
  public var second: ElementwiseExpression?
  /// Extents of the box, outermost first; at least one axis.
  public var extents: [Int]
  /// Strides of every operand, of the second result if there is one, then of the result, in
  /// elements; one per axis.
  public var strides: [[Int]]
  /// What elements are in memory, in the order of `strides`.
  public var elements: [ElementType]
  /// Rows of the outermost axis per task.
  public var rowsPerTask: Int

  /// What elements are while they are computed with: f32, and what they are in memory where they only move
  /// or their bits are combined.
  public var computedElement: ElementType {
    let isOfOneType = elements.allSatisfy { $0 == elements[0] }
    return isOfOneType && second == nil && function.keepsElements ? elements[0] : .float32
  }

  /// What is read.
  public var inputCount: Int { strides.count - (second == nil ? 1 : 2) }

  /// Independent shares.
  public var tasks: Int { (extents[0] + rowsPerTask - 1) / rowsPerTask }
}

/// A strided shortcut between blocked images whose channel offset is no multiple of the lanes.
public struct ShortcutKernel: Hashable, Sendable {
  public var lanes: Int
  public var input: ImageView
  public var output: ImageView
  public var shortcut: StridedShortcut

  /// Independent shares: blocks of output channels of every image.
  public var tasks: Int { output.batch * output.blockCount(lanes: lanes) }
}

/// Conversion between a row-major and a blocked image.
public struct ReorderKernel: Hashable, Sendable {
  public var lanes: Int
  public var input: ImageView
  public var output: ImageView

  /// Independent shares: blocks of channels of every image.
  public var tasks: Int { input.batch * input.blockCount(lanes: lanes) }
}

/// A reduction of a row-major tensor seen as `[outer, axis, inner]`.
public struct ReduceKernel: Hashable, Sendable {
  public enum Function: Hashable, Sendable {
    case reduce(ReduceFunction)
    /// Keeps the axis.
    case softmax
  }

  public var lanes: Int
  public var function: Function
  public var outer: Int
  public var axis: Int
  public var inner: Int

  public var tasks: Int { outer }
}

/// The product of row-major matrices, batched.
public struct MatrixMultiplyKernel: Hashable, Sendable {
  public var lanes: Int
  public var rows: Int
  public var inner: Int
  public var columns: Int
  /// For every matrix of the batch, the element offsets of the left and the right operand.
  public var offsets: [[Int]]

  public var tasks: Int { offsets.count * rows }
}

/// Steps that run one after the other for one image of a batch, as one task per image: a thread
/// finds all activations of an image in its own caches, and waits for nobody.
public struct ImageStepsKernel: Hashable, Sendable {
  /// A kernel applied to one image.
  public struct Part: Hashable, Sendable {
    public var kernel: Kernel
    public var operands: [Operand]
  }

  /// Where an operand of a part is: in one of the operands of the whole.
  public struct Operand: Hashable, Sendable {
    /// Index among the operands of the whole.
    public var index: Int
    /// Bytes from its start, for the first image.
    public var offset: Int
    /// Bytes from one image to the next.
    public var imageStride: Int

    /// Creates an operand; the same place for all images unless said.
    public init(index: Int, offset: Int, imageStride: Int = 0) {
      self.index = index
      self.offset = offset
      self.imageStride = imageStride
    }
  }

  public var images: Int
  public var parts: [Part]
}
