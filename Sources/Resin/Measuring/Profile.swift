import Artifacts
import Planning

/// How long the steps of a model take, and what bounds them.
public struct Profile: Sendable {
  /// A step with its times.
  public struct Row: Sendable {
    /// What the step is.
    public let step: StepSummary
    /// The median over all runs, in seconds.
    public let seconds: Double
    /// The part of the sum over all steps, 0 to 1.
    public let share: Double
    /// The least seconds it could take, by what would bound it.
    public let limits: [Bound: Double]
    /// The largest of the limits.
    public let bound: (bound: Bound, seconds: Double)

    /// Floating-point operations of the definition per second.
    public var rate: Double { Double(step.flops) / max(seconds, 1e-9) }
  }

  /// The steps, in order.
  public let rows: [Row]
  /// The limits that they are held against.
  public let roofline: Roofline
  /// The sum of the steps' medians, in seconds.
  public let seconds: Double

  /// Arranges times.
  ///
  /// - Parameters:
  ///   - steps: those of a model, in order.
  ///   - seconds: one per step.
  ///   - roofline: the limits of the machine.
  ///   - footprint: bytes of all weights and of the workspace.
  public init(
    _ steps: [StepSummary], seconds: [Double], roofline: Roofline, footprint: Int
  ) {
    precondition(steps.count == seconds.count, "\(seconds.count) times of \(steps.count) steps")
    let sum = seconds.reduce(0, +)
    self.seconds = sum
    self.roofline = roofline
    rows = zip(steps, seconds).map { step, time in
      Row(
        step: step, seconds: time, share: time / max(sum, 1e-12),
        limits: roofline.limits(of: step, footprint: footprint),
        bound: roofline.bound(of: step, footprint: footprint))
    }
  }

  /// Times the steps of a model on the inputs that were set last, for some seconds, and then
  /// measures the limits of the machine.
  ///
  /// - Throws: where there is no memory for it.
  init(of session: Session, seconds: Double) throws {
    let times = try repeated(for: seconds) { try session.runTimed() }
    let steps = session.model.steps
    let interface = session.model.interface
    self.init(
      steps, seconds: medians(times, count: steps.count),
      roofline: try Roofline(measuredOn: session.pool),
      footprint: interface.weightsBytes + interface.workspaceBytes)
  }
}

/// The median time of every step over several runs, in seconds.
func medians(_ runs: [[Duration]], count: Int) -> [Double] {
  (0..<count).map { step in
    let sorted = runs.map { $0[step] }.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2].seconds
  }
}
