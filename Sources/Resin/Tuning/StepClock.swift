import Artifacts
import Planning

/// Times of the steps of two plans for one graph that ran in turn: a plan's own and those of another on trial.
package struct PairedTimes {
  /// Seconds, one per step of the plan that others are timed beside.
  package var own: [Double]
  /// Seconds, one per step of the plan on trial.
  package var trial: [Double]

  /// Creates a pair.
  package init(own: [Double], trial: [Double]) {
    self.own = own
    self.trial = trial
  }
}

/// A compiled network that others are timed beside. A machine that others use too changes its speed from second to
/// second, so that times from different seconds say nothing of one another.
struct StepClock {
  private let own: Session

  /// Compiles what others are timed beside.
  init(_ compilation: Compilation) throws {
    own = try Self.session(of: compilation)
  }

  private static func session(of compilation: Compilation) throws -> Session {
    let session = try Session(try compilation.model(), threads: compilation.options.threads)
    try session.setInputs(seededInputs(for: compilation.plan.interface))
    return session
  }

  /// Medians of the times of all steps of both, in seconds; nil where the deadline left no time.
  ///
  /// - Parameter progress: called after each turn with the part that is done, 0 to 1.
  func times(
    of compilation: Compilation, until deadline: ContinuousClock.Instant, progress: (Double) -> Void
  ) throws -> PairedTimes? {
    let trial = try Self.session(of: compilation)
    let clock = ContinuousClock()
    var (ownRuns, trialRuns): ([[Duration]], [[Duration]]) = ([], [])
    /// A turn's first run finds the other's weights in the caches and does not count.
    func turn(_ session: Session) throws -> [[Duration]] {
      let start = clock.now
      try session.runOnce()
      var runs: [[Duration]] = []
      repeat {
        runs.append(try session.runTimed())
      } while clock.now < min(deadline, start + .milliseconds(10))
      return runs
    }
    let start = clock.now
    while clock.now < deadline {
      ownRuns += try turn(own)
      trialRuns += try turn(trial)
      let (part, time) = (Double(trialRuns.count) / 15, (clock.now - start).seconds / 0.6)
      progress(min(1, part, max(time, Double(trialRuns.count) / 1000)))
      if trialRuns.count >= 15, time >= 1 || trialRuns.count >= 1000 { break }
    }
    guard min(ownRuns.count, trialRuns.count) >= 5 else { return nil }
    return PairedTimes(
      own: medians(ownRuns, count: own.model.steps.count),
      trial: medians(trialRuns, count: trial.model.steps.count))
  }
}
