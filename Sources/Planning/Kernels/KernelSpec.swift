import GraphIR

/// What a kernel does with an operand of a step.
package enum OperandRole: Hashable, Sendable {
  case read
  /// Read, each element before the result has the same one and for that alone, so that the result may take its
  /// memory.
  case readInPlace
  case written
  /// Memory that each task has for itself.
  case scratch

  /// Whether steps before need not have written it.
  package var isWritten: Bool { self == .written || self == .scratch }
}

/// What a kernel's work is thought to take on a machine.
package struct KernelTime {
  /// Cycles of products and transforms, with those of reading weights.
  package var cycles: Double
  /// Bytes of these weights.
  package var weightBytes: Int
}

/// What every kind of kernel says of itself.
///
/// Nothing here has a usual value: a kernel that leaves something out does not compile. Many have no scratch, or no
/// packed weights, and say so by `KernelWithoutScratch` and `KernelWithoutWeights`.
package protocol KernelSpec: Hashable, Sendable {
  /// The same as one of all kinds.
  var anyKernel: Kernel { get }
  /// Independent shares of the work, in an order that fits caches.
  var tasks: Int { get }
  /// What becomes of the operands of a step, in the order that the emitter expects; the result is the last, and the
  /// scratch before it.
  var operands: [OperandRole] { get }

  /// The scratch of each task, once it has a place.
  var scratch: TaskScratch? { get set }
  /// Bytes of a task's scratch; 0 for none.
  var scratchBytes: Int { get }

  /// Floating-point operations, a multiply-add counted as two, full vectors where channels do not fill them; nil
  /// where they are those that the definition asks for.
  var operations: Int? { get }
  /// The time that one kernel among others at the same work takes; nil where it is that of its activations.
  func time(on machine: Machine, threads: Int, together: Int) -> KernelTime?
  /// Vectors of the panels that weights are packed in, where plans of one model for several sizes share them.
  var panelVectors: Int? { get }
  /// Whether its weights are much larger than the layer's, for little time.
  var buysLittle: Bool { get }

  /// What it does: `direct 3×3/2 64→128 @28×28 +add +relu`.
  var printedName: String { get }
  /// The register tile: `14p×2v`; nil where there is none.
  var printedTile: String? { get }
  /// The layout of what it reads and writes.
  var printedLayout: String { get }
}

/// A kernel whose tasks need no memory.
package protocol KernelWithoutScratch: KernelSpec {}

extension KernelWithoutScratch {
  package var scratch: TaskScratch? {
    get { nil }
    set { precondition(newValue == nil, "\(printedName) has no scratch") }
  }
  package var scratchBytes: Int { 0 }
}

/// A kernel that reads no packed weights, or few, and whose time is that of its activations.
package protocol KernelWithoutWeights: KernelSpec {}

extension KernelWithoutWeights {
  package var operations: Int? { nil }
  package func time(on machine: Machine, threads: Int, together: Int) -> KernelTime? { nil }
  package var panelVectors: Int? { nil }
  package var buysLittle: Bool { false }
  package var printedTile: String? { nil }
}

extension [OperandRole] {
  /// So many operands that are read, the scratch if there is one, and the result.
  static func reading(_ count: Int, scratch: TaskScratch? = nil) -> [OperandRole] {
    var roles = [OperandRole](repeating: .read, count: count)
    if scratch != nil { roles.append(.scratch) }
    return roles + [.written]
  }

  /// Those of a convolution by any algorithm: image, weights, bias, the residual and what a second result takes if
  /// they are there, the scratch, and the output.
  static func ofConvolution(
    residual: ConvolutionKernel.Steps?, output: ConvolutionKernel.Steps,
    scaled: ConvolutionKernel.ScaledResult?, scratch: TaskScratch?
  ) -> [OperandRole] {
    var roles: [OperandRole] = [.read, .read, .read]
    if let residual { roles.append(residual == output ? .readInPlace : .read) }
    if scaled != nil { roles += ConvolutionKernel.ScaledResult.operands }
    if scratch != nil { roles.append(.scratch) }
    return roles + [.written]
  }
}

/// The layout of images with blocks of so many channels.
func blockedLayout(_ lanes: Int) -> String { "NCHW\(lanes)c" }

/// ` +add +relu`, and ` and +scale-shift +relu` for a second result.
func printedEpilogue(
  _ residual: ConvolutionKernel.Steps?, _ then: UnaryFunction?,
  _ scaled: ConvolutionKernel.ScaledResult?
) -> String {
  (residual == nil ? "" : " +add") + (then.map { " +\($0.mnemonic)" } ?? "")
    + (scaled.map { " \($0.printed)" } ?? "")
}

extension ConvolutionKernel.ScaledResult {
  /// `and +scale-shift +relu`.
  var printed: String { "and +scale-shift" + (then.map { " +\($0.mnemonic)" } ?? "") }
}
