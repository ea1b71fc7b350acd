import GraphIR

/// How a graph is computed: kernels in order, with where each reads and writes. Plain data,
/// printable, without LLVM.
public struct Plan: Sendable {
  public var interface: ModelInterface
  public var machine: Machine
  public var steps: [Step]
  public var buffers: [Buffer]
  public var weights: [WeightSection]
  /// The most bytes that are alive at once: no arrangement of the buffers needs less.
  public var livenessBytes: Int

  /// The workspace that the buffers need, in bytes.
  public var arenaBytes: Int { interface.workspaceBytes }

  /// All steps in order, each followed by its parts.
  public var allSteps: [Step] { steps.flatMap { [$0] + $0.parts } }

  /// The kernels that code is needed for, each once, in order of first use; the parts of a kernel
  /// before it.
  public var distinctKernels: [Kernel] {
    var seen: Set<Kernel> = []
    return steps.flatMap { $0.parts.map(\.kernel) + [$0.kernel] }.filter {
      seen.insert($0).inserted
    }
  }

  /// Floating-point operations of all steps, a multiply-add counted as two.
  public var flops: Int { steps.reduce(0) { $0 + $1.flops } }
}

/// One kernel applied to one place.
public struct Step: Sendable {
  /// The name of the node whose result it writes.
  public var name: String
  /// All nodes it computes, in order.
  public var nodes: [String]
  public var kernel: Kernel
  /// Where the kernel's operands are, in the order the emitter of the kernel expects; the result
  /// last.
  public var arguments: [Location]
  /// Floating-point operations, a multiply-add counted as two.
  public var flops: Int
  /// Bytes of activations and weights that are read, and that are written, each counted once.
  public var bytesRead: Int
  public var bytesWritten: Int
  /// For the step that ends a convolution, the algorithms that were weighed.
  public var choice: ConvolutionChoice?
  /// The steps of one image, where the kernel runs several for each image of the batch; their
  /// places in the workspace count from the image's share of it.
  public var parts: [Step] = []
}

/// A place in memory that a step reads or writes.
public struct Location: Hashable, Sendable {
  public enum Base: Hashable, Sendable {
    case weights
    case workspace
    case input(Int)
    case output(Int)
  }

  public var base: Base
  /// In bytes.
  public var offset: Int

  /// Creates a location.
  public init(_ base: Base, _ offset: Int) {
    self.base = base
    self.offset = offset
  }
}

extension Location.Base {
  /// The index of the base among the pointers that compiled code is given: weights, workspace,
  /// inputs, outputs.
  public func baseIndex(inputs: Int) -> Int {
    switch self {
    case .weights: 0
    case .workspace: 1
    case .input(let index): 2 + index
    case .output(let index): 2 + inputs + index
    }
  }
}

/// A piece of the workspace with the steps during which it is in use.
public struct Buffer: Hashable, Sendable {
  /// The value it holds first.
  public var name: String
  public var bytes: Int
  /// The first and the last step that touch it.
  public var firstStep: Int
  public var lastStep: Int
  /// Place in the workspace, in bytes.
  public var offset: Int
}

/// A part of the packed weights.
public struct WeightSection: Sendable {
  public var offset: Int
  public var bytes: Int
  public var packing: Packing
}

/// How constants become packed weights.
public enum Packing: Sendable {
  /// Convolution weights in panels: see `ConvolutionKernel`. `groups` is the graph's.
  case panels(Tensor, ConvolutionKernel, groups: Int)
  /// Convolution weights transformed for a Winograd convolution: see `WinogradProductKernel`.
  case winograd(Tensor, WinogradProductKernel)
  /// Weights of a 1×1 convolution by Strassen's algorithm: see `StrassenKernel`.
  case strassen(Tensor, StrassenKernel)
  /// Weights of an integer convolution: see `IntegerWeights`.
  case integers(IntegerWeights)
  /// Weights of an integer convolution transformed for Winograd's algorithm: see `IntegerWinogradKernel`.
  case integerWinograd(Tensor, IntegerWinogradKernel)
  /// A vector followed by zeros.
  case vector([Float])
  /// Row-major elements as f32.
  case plain(Tensor)
  /// Row-major elements as they are.
  case own(Tensor)
  /// An image in blocked layout.
  case blocked(Tensor, lanes: Int)
}
