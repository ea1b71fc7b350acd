import CResinRuntime
import Diagnostics
import Planning

/// A compiled model in memory: a loaded library, or code that was just generated.
public protocol ExecutableModel: AnyObject, Sendable {
  var interface: ModelInterface { get }
  /// One entry per step of the interface.
  var steps: [StepSummary] { get }
  /// Per output, the labels of a classifier; empty where there are none.
  var labels: [[String]] { get }

  /// Runs some steps in order; all of them are a run of the model.
  ///
  /// - Parameters:
  ///   - range: within `0..<interface.stepCount`.
  ///   - inputs: per input, a dense tensor.
  ///   - outputs: per output, room for a dense tensor.
  ///   - workspace: `interface.workspaceBytes`, aligned to `ModelInterface.alignment`; it holds
  ///     what steps give to later steps.
  ///   - parallel: how to spread the work; nil for the calling thread alone.
  /// - Throws: where the CPU is not one that the code is for.
  func run(
    steps range: Range<Int>, inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer],
    workspace: UnsafeMutableRawBufferPointer, parallel: UnsafePointer<resin_parallel>?
  ) throws
}
