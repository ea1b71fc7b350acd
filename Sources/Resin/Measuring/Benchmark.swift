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
  /// The times of the runs.
  public let times: RunTimes
  /// Images per second, where as many runs as threads went on at once; nil where one run had all threads.
  public let imagesPerSecond: Double?
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

  /// Floating-point operations per second: of all runs together, or at the median where one had all threads.
  public var rate: Double {
    imagesPerSecond.map { $0 / Double(batch) * Double(flops) }
      ?? Double(flops) / max(times.median.seconds, 1e-9)
  }
}

/// Times a model on inputs that a fixed seed determines.
///
/// A few runs warm up; then runs are timed for some seconds, at least 10 and at most 10 000 in a second.
///
/// - Parameters:
///   - ready: the model.
///   - threads: 1 to 256.
///   - seconds: how long runs are timed.
///   - profile: whether steps are timed too, in runs of their own.
///   - throughput: whether as many runs as threads go on at once, each on one thread with a workspace of its own, in
///     place of one run on all threads.
/// - Throws: where there are no threads or no memory for it, no time to run in, or both `profile` and `throughput`
///   are wanted.
public func benchmark(
  _ ready: ReadyModel, threads: Int = 1, seconds: Double = 1, profile: Bool = false,
  throughput: Bool = false
) throws -> BenchmarkReport {
  guard seconds > 0, seconds <= 86_400 else {
    throw DiagnosticError(
      "cannot run for \(seconds) seconds", hint: "give a number above 0, up to a day")
  }
  guard !profile || !throughput else {
    throw DiagnosticError(
      "a profile times the steps of one run, and for the throughput several go on at once",
      hint: "leave out --profile or --throughput")
  }
  let clock = ContinuousClock()
  let start = clock.now
  let pool = try ThreadPool(threads: threads)
  let alone = throughput ? try ThreadPool(threads: 1) : pool
  let sessions = try (0..<(throughput ? threads : 1)).map { _ in
    try Session(ready.model, pool: alone)
  }
  let loadTime = ready.loadTime + (clock.now - start)
  let interface = ready.model.interface
  let inputs = seededInputs(for: interface)
  for session in sessions { try session.setInputs(inputs) }
  let runs = try Throughput(of: sessions, seconds: seconds)
  let profile = profile ? try Profile(of: sessions[0], seconds: seconds) : nil
  let steps = ready.model.steps
  let batch = interface.batch ?? 1
  return BenchmarkReport(
    model: interface.name, batch: batch, threads: threads, times: RunTimes(runs.times),
    imagesPerSecond: throughput ? runs.runsPerSecond * Double(batch) : nil,
    flops: steps.reduce(0) { $0 + $1.flops },
    peak: profile?.roofline.peak ?? measurePeak(pool), compileTimes: ready.compileTimes,
    loadTime: loadTime, arenaBytes: interface.workspaceBytes * sessions.count, steps: steps,
    profile: profile)
}

/// Inputs that depend on the model's interface alone.
public func seededInputs(for interface: ModelInterface, seed: UInt64 = 1) -> [Tensor] {
  interface.inputs.map { randomTensor($0.type, seed: seed, name: $0.name) }
}

/// Results of a body that is called for some seconds, at least 10 times and at most 10 000 times a second.
func repeated<Result>(
  for seconds: Double, _ body: () throws -> Result
) rethrows -> [Result] {
  let clock = ContinuousClock()
  let deadline = clock.now + .seconds(seconds)
  let most = Int(10_000 * max(1, seconds))
  var results: [Result] = []
  while results.count < 10 || (clock.now < deadline && results.count < most) {
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
