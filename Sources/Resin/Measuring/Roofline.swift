import Artifacts
import CResinRuntime
import Foundation
import Planning

/// What bounds the time of a step: the multiply-adds, or a level of memory that its bytes come from.
public enum Bound: String, Sendable, CaseIterable {
  /// The multiply-adds.
  case compute
  /// The caches of the second level.
  case level2 = "L2"
  /// The cache of the third level.
  case level3 = "L3"
  /// The memory.
  case memory = "DRAM"
}

/// The limits of this machine on some number of threads, measured on the spot, and the least time
/// that a step can take under them (Williams, Waterman and Patterson, "Roofline: An Insightful
/// Visual Performance Model", with a roof per level of memory).
public struct Roofline: Sendable {
  /// Floating-point operations per second.
  public var peak: Double
  /// Bytes per second that all threads together read from the caches of the second level.
  public var level2Rate: Double
  /// The same, from the third.
  public var level3Rate: Double
  /// The same, from memory.
  public var memoryRate: Double
  /// Bytes that the caches of the second level of so many cores hold together.
  public var level2Bytes: Int
  /// Bytes that the cache of the third level holds.
  public var level3Bytes: Int

  /// Creates a roofline from its limits.
  public init(
    peak: Double, level2Rate: Double, level3Rate: Double, memoryRate: Double, level2Bytes: Int,
    level3Bytes: Int
  ) {
    self.peak = peak
    self.level2Rate = level2Rate
    self.level3Rate = level3Rate
    self.memoryRate = memoryRate
    self.level2Bytes = level2Bytes
    self.level3Bytes = level3Bytes
  }

  /// Measures the limits on all threads of a pool together.
  ///
  /// - Throws: where there is no memory for it.
  public init(measuredOn pool: ThreadPool) throws {
    let caches = CacheSizes.ofThisMachine
    // Half of a cache, so that what else is in it does not count. One core alone cannot know which
    // part of a shared cache it is given, so that the third level is read well within its size.
    let (own, shared) = (caches.level2 ?? 1 << 20, caches.level3 ?? 32 << 20)
    let level2 = own / 2
    let level3 = max(2 * own, min(shared / 2 / pool.threads, 8 * own))
    let memory = min(max(4 * shared, 64 << 20), 512 << 20) / pool.threads
    self.init(
      peak: measurePeak(pool), level2Rate: try measureReading(of: level2, pool),
      level3Rate: try measureReading(of: level3, pool),
      memoryRate: try measureReading(of: memory, pool), level2Bytes: own * pool.threads,
      level3Bytes: shared)
  }

  /// The least seconds that a step can take, by what would bound it.
  ///
  /// Every byte is counted once. Weights come from the level that holds all that a run touches, since
  /// all of it is touched between two uses of a weight; activations from the level that holds those
  /// of the step. What comes from a level passes through those below it.
  ///
  /// - Parameters:
  ///   - step: what is bounded.
  ///   - footprint: bytes of all weights and of the workspace of the model.
  public func limits(of step: StepSummary, footprint: Int) -> [Bound: Double] {
    let activations = step.readBytes + step.writtenBytes
    var bytes: [Bound: Int] = [.level2: step.bytes]
    for (part, size) in [(step.weightBytes, footprint), (activations, activations)] {
      if size > level2Bytes { bytes[.level3, default: 0] += part }
      if size > level3Bytes { bytes[.memory, default: 0] += part }
    }
    let rates: [(Bound, Double)] = [
      (.level2, level2Rate), (.level3, level3Rate), (.memory, memoryRate),
    ]
    var limits: [Bound: Double] = [.compute: Double(step.operations) / max(peak, 1)]
    for (bound, rate) in rates { limits[bound] = Double(bytes[bound] ?? 0) / max(rate, 1) }
    return limits
  }

  /// What bounds a step and the least seconds it can take.
  public func bound(of step: StepSummary, footprint: Int) -> (bound: Bound, seconds: Double) {
    let limits = limits(of: step, footprint: footprint)
    return Bound.allCases.map { ($0, limits[$0] ?? 0) }.reduce((.compute, 0)) {
      $1.1 > $0.1 ? $1 : $0
    }
  }
}

/// The rate at which all threads of a pool together read memory that they read before, `bytes` each,
/// in bytes per second: the best of several short trials.
private func measureReading(of bytes: Int, _ pool: ThreadPool) throws -> Double {
  let bytes = bytes / 512 * 512
  let memory = try AlignedMemory(count: bytes * pool.threads)
  let vectorBytes = Int32(InstructionSet.host.vectorBytes)
  let rounds = max(1, (16 << 20) / max(bytes, 1))
  let clock = ContinuousClock()
  var best = 0.0
  for _ in 0..<6 {
    let time = clock.measure {
      resin_read_run(
        pool.parallel, vectorBytes, memory.bytes.baseAddress, Int64(bytes), Int64(rounds),
        Int32(pool.threads))
    }
    best = max(best, Double(bytes * rounds * pool.threads) / max(time.seconds, 1e-9))
  }
  return best
}
