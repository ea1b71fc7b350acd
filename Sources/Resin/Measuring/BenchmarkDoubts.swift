import Artifacts
import Foundation

extension BenchmarkReport {
  /// Why times or peak may be those of a machine that does something else besides, in words; empty where nothing says so.
  public var doubts: [String] {
    machineDoubts(times: times, steps: steps, profile: profile, peak: peak)
  }
}

/// What says that a machine was busy while it measured.
///
/// Nothing that is computed as the definition says passes a peak that was measured on the same machine undisturbed; and
/// runs that have the machine for themselves take about the same time.
package func machineDoubts(
  times: RunTimes, steps: [StepSummary], profile: Profile?, peak: Double
) -> [String] {
  var doubts: [String] = []
  let fastest = (profile?.rows ?? []).filter { isDirect($0.step) }
    .map { (name: $0.step.name, share: Double($0.step.operations) / max($0.seconds, 1e-9) / peak) }
    .max { $0.share < $1.share }
  let direct = steps.filter(isDirect).reduce(0) { $0 + $1.operations }
  let whole = Double(direct) / max(times.minimum.seconds, 1e-9) / peak
  // What rounds to 100 % is no more than that.
  if let fastest, fastest.share >= 1.005 {
    doubts.append(
      String(
        format: "the direct kernel of '\(fastest.name)' reaches %.0f %% of the peak",
        100 * fastest.share)
        + ", so that something else ran while the peak was measured")
  } else if whole >= 1.005 {
    doubts.append(
      String(format: "the direct kernels reach %.0f %% of the peak", 100 * whole)
        + ", so that something else ran while the peak was measured")
  }
  let spread = times.percentile(90) / times.median
  if spread >= 1.3 {
    doubts.append(
      String(format: "one run in ten takes %.1f times the median or more", spread)
        + ", so that something else ran besides")
  } else if times.median / times.minimum >= 1.3 {
    doubts.append(
      String(
        format: "half of the runs take %.1f times the least time or more",
        times.median / times.minimum)
        + ", so that something else ran besides")
  }
  return doubts
}

/// Whether a step does the operations of the definition, in floats.
private func isDirect(_ step: StepSummary) -> Bool { step.kernel.hasPrefix("direct ") }
