import Artifacts
import Foundation

/// The runs of several sessions of a model at once, each on a thread of its own, the last on the one that calls.
struct Throughput {
  /// The times of all runs.
  let times: [Duration]
  /// Runs per second, of all sessions together.
  let runsPerSecond: Double

  /// Runs them for some seconds, after three runs of each to warm up.
  ///
  /// - Throws: what the first session throws that fails.
  init(of sessions: [Session], seconds: Double) throws {
    let gate = Gate(sessions.count)
    let workers = sessions.map { Worker($0, gate, seconds: seconds) }
    let group = DispatchGroup()
    for worker in workers.dropLast() {
      group.enter()
      Thread.detachNewThread {
        worker.work()
        group.leave()
      }
    }
    workers.last?.work()
    group.wait()
    let results = try workers.map { try $0.result.get() }
    times = results.flatMap { $0 }
    // Each has its own rate: one may have its last run when the others are done.
    runsPerSecond = results.reduce(0) {
      $0 + Double($1.count) / max($1.reduce(.zero, +).seconds, 1e-9)
    }
  }
}

/// A session with the times of its runs; its thread alone has it until that has ended.
private final class Worker: @unchecked Sendable {
  private let session: Session
  private let gate: Gate
  private let seconds: Double
  private(set) var result = Result<[Duration], any Error>.success([])

  init(_ session: Session, _ gate: Gate, seconds: Double) {
    (self.session, self.gate, self.seconds) = (session, gate, seconds)
  }

  func work() {
    let clock = ContinuousClock()
    let isWarm = Result { for _ in 0..<3 { try session.runOnce() } }
    gate.wait()
    result = isWarm.flatMap { _ in
      Result { try repeated(for: seconds) { try clock.measure { try session.runOnce() } } }
    }
  }
}

/// Where threads wait until all of them are there.
private final class Gate: @unchecked Sendable {
  private let condition = NSCondition()
  private var missing: Int

  init(_ count: Int) { missing = count }

  func wait() {
    condition.withLock {
      missing -= 1
      condition.broadcast()
      while missing > 0 { condition.wait() }
    }
  }
}
