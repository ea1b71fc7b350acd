import Artifacts
import CResinRuntime
import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

/// What `resin bench` has measured.
public struct BenchmarkReport: Sendable {
  /// The name of the model.
  public let model: String
  /// Images per run.
  public let batch: Int
  /// Threads that it ran on.
  public let threads: Int
  /// How many runs were timed.
  public let runs: Int
  /// The median time of a run.
  public let median: Duration
  /// The least time of a run.
  public let minimum: Duration
  /// Floating-point operations of a run, a multiply-add counted as two.
  public let flops: Int
  /// Floating-point operations per second that this machine reaches with this many threads.
  public let peak: Double
  /// The times from the model's file to code that can be called; zero for a library.
  public let compileTimes: CompilationTimes
  /// The time to map code and weights and get the workspace.
  public let loadTime: Duration
  /// Bytes of the workspace.
  public let arenaBytes: Int
  /// The steps of a run, in order.
  public let steps: [StepSummary]
  /// How long the steps took; nil unless that was asked for.
  public let profile: Profile?

  /// Floating-point operations per second at the median.
  public var rate: Double { Double(flops) / max(median.seconds, 1e-9) }
}

/// Times a model on inputs that a fixed seed determines.
///
/// A few runs warm up; then runs are timed for a second, at least 10 and at most 10 000.
///
/// - Parameters:
///   - ready: the model.
///   - threads: 1 to 256.
///   - profile: whether steps are timed too, in runs of their own.
/// - Throws: where there are no threads or no memory for it.
public func benchmark(
  _ ready: ReadyModel, threads: Int = 1, profile: Bool = false
) throws -> BenchmarkReport {
  let clock = ContinuousClock()
  let start = clock.now
  let session = try Session(ready.model, threads: threads)
  let loadTime = ready.loadTime + (clock.now - start)
  let interface = ready.model.interface
  try session.setInputs(seededInputs(for: interface))
  for _ in 0..<3 { try session.runOnce() }
  let times = try repeated { try clock.measure { try session.runOnce() } }.sorted()
  let profile = profile ? try Profile(of: session) : nil
  let steps = ready.model.steps
  return BenchmarkReport(
    model: interface.name, batch: interface.batch ?? 1, threads: threads, runs: times.count,
    median: times[times.count / 2], minimum: times[0], flops: steps.reduce(0) { $0 + $1.flops },
    peak: profile?.roofline.peak ?? measurePeak(session.pool), compileTimes: ready.compileTimes,
    loadTime: loadTime, arenaBytes: interface.workspaceBytes, steps: steps, profile: profile)
}

/// Inputs that depend on the model's interface alone.
public func seededInputs(for interface: ModelInterface, seed: UInt64 = 1) -> [Tensor] {
  interface.inputs.map { randomTensor($0.type, seed: seed, name: $0.name) }
}

/// Results of a body that is called for a second, at least 10 and at most 10 000 times.
func repeated<Result>(_ body: () throws -> Result) rethrows -> [Result] {
  let clock = ContinuousClock()
  let deadline = clock.now + .seconds(1)
  var results: [Result] = []
  while results.count < 10 || (clock.now < deadline && results.count < 10_000) {
    results.append(try body())
  }
  return results
}

/// The rate of multiply-adds on registers that all threads of a pool keep up together, in operations
/// per second: the best of several trials.
///
/// A trial takes as long as a network does: a processor that may exceed its sustained clock for a
/// millisecond would otherwise set a peak that nothing longer reaches.
public func measurePeak(_ pool: ThreadPool) -> Double {
  let clock = ContinuousClock()
  let vectorBytes = Int32(InstructionSet.host.vectorBytes)
  let perRound = resin_peak_flops(vectorBytes) * Double(pool.threads)
  func trial(_ rounds: Int64) -> Duration {
    clock.measure { resin_peak_run(pool.parallel, vectorBytes, rounds, Int32(pool.threads)) }
  }
  var rounds: Int64 = 1 << 16
  while trial(rounds) < .milliseconds(25) { rounds *= 2 }
  let shortest = (0..<5).map { _ in trial(rounds) }.min() ?? .zero
  return Double(rounds) * perRound / max(shortest.seconds, 1e-9)
}

extension Duration {
  /// The duration in seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
