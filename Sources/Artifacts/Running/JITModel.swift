import CResinRuntime
import KernelGen
import Planning

/// A plan compiled into this process.
public final class JITModel: ExecutableModel {
  public let interface: ModelInterface
  public let steps: [StepSummary]
  public let labels: [[String]]
  private let code: JITCode
  private let weights: AlignedMemory

  /// Links code into this process.
  ///
  /// - Parameters:
  ///   - plan: what the code was generated from, for an instruction set that this machine has.
  ///   - weights: as `plan.packWeights(into:)` has written them.
  ///   - labels: per output; none where nil.
  /// - Throws: what LLVM has to say where the code cannot be linked, and where the map of its functions
  ///   is wanted and cannot be written.
  public init(
    _ plan: Plan, _ code: GeneratedCode, weights: AlignedMemory, labels: [[String]]? = nil
  ) throws {
    interface = plan.interface
    steps = plan.stepSummaries
    self.labels = labels ?? plan.interface.outputs.map { _ in [] }
    self.code = try JITCode(code)
    if PerfMap.isWanted { try PerfMap.append(self.code.functions(of: code)) }
    self.weights = weights
  }

  public func run(
    steps range: Range<Int>, inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer],
    workspace: UnsafeMutableRawBufferPointer, parallel: UnsafePointer<resin_parallel>?
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= interface.stepCount, "\(range)")
    precondition(inputs.count == interface.inputs.count, "\(inputs.count) inputs")
    precondition(outputs.count == interface.outputs.count, "\(outputs.count) outputs")
    precondition(workspace.count >= interface.workspaceBytes, "\(workspace.count) bytes")
    var bases: [UnsafeRawPointer?] = [
      UnsafeRawPointer(weights.bytes.baseAddress), UnsafeRawPointer(workspace.baseAddress),
    ]
    bases += inputs
    bases += outputs.map { UnsafeRawPointer($0) }
    let entry = unsafeBitCast(code.steps, to: resin_steps.self)
    resin_guarded_steps(
      entry, bases, parallel, Int32(range.lowerBound), Int32(range.upperBound))
  }
}
