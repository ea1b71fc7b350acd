import Diagnostics
import Foundation
import Planning

/// Measures what a cache lacks.
package struct Tuner {
  /// Times a compilation's steps until the deadline, telling how far it has come; nil where that
  /// left no time.
  package typealias Measure = (
    Compilation, _ deadline: ContinuousClock.Instant, _ progress: (Double) -> Void
  ) throws -> [Double]?

  /// A round: the algorithms of a subject's layers, nil for those that have none to be measured.
  private typealias Round = (subject: TuningSubject, trial: [ConvolutionAlgorithm?])

  let compilation: Compilation
  private let tuning: TuningOptions
  let subjects: [TuningSubject]
  private(set) var cache: TuningCache

  /// Reads the cache.
  ///
  /// - Parameter leastCandidates: layers with fewer algorithms are not measured.
  package init(
    _ compilation: Compilation, _ tuning: TuningOptions, leastCandidates: Int = 2
  ) throws {
    self.compilation = compilation
    self.tuning = tuning
    subjects = try compilation.tuningSubjects(leastCandidates: leastCandidates)
    cache = try TuningCache(path: tuning.cache)
  }

  /// Measures round by round and keeps the times of each in the file.
  package mutating func run(
    report: @escaping (TuningProgress) -> Void, measure: Measure
  ) throws {
    let clock = ContinuousClock()
    let limit = tuning.seconds.isFinite ? max(0, min(tuning.seconds, 1e9)) : 1e9
    let deadline = clock.now + .seconds(limit)
    let rounds = missingRounds()
    if !rounds.isEmpty {
      // A place that cannot be written is better known before the work than after it.
      try createFolderOfCache()
      try TuningCache().add(toFile: tuning.cache)
    }
    for (index, round) in rounds.enumerated() where clock.now < deadline {
      func progress(_ part: Double) -> TuningProgress {
        TuningProgress(
          round: index, rounds: rounds.count, layers: round.trial.count { $0 != nil },
          fraction: (Double(index) + part) / Double(rounds.count))
      }
      report(progress(0))
      let planned = try round.subject.planned(round.trial)
      guard let times = try measure(planned, deadline, { report(progress($0)) }) else { break }
      let measured = round.subject.times(of: round.trial, in: planned.plan, times)
      cache.merge(measured)
      try measured.add(toFile: tuning.cache)
    }
    report(TuningProgress(round: rounds.count, rounds: rounds.count, layers: 0, fraction: 1))
  }

  /// Measures round by round on this machine.
  mutating func run(report: @escaping (TuningProgress) -> Void) throws {
    try run(report: report) { compilation, deadline, progress in
      try compilation.stepTimes(until: deadline, progress: progress)
    }
  }

  /// The compilation with the picks of the cache.
  package func result() throws -> Compilation {
    var picks: [String: ConvolutionAlgorithm] = [:]
    for subject in subjects {
      for layer in subject.layers {
        for node in layer.nodes { picks[node] = cache.pick(layer.choice, subject.context) }
      }
    }
    return try compilation.replanned(picks, clock: compilation.clock)
  }

  /// For every subject, as many rounds as the layer with the most algorithms that the cache has no
  /// time for.
  private func missingRounds() -> [Round] {
    subjects.flatMap { subject in
      let missing = subject.layers.map { layer in
        layer.choice.candidates.map(\.algorithm).filter {
          cache[subject.context, layer.choice.layer, $0] == nil
        }
      }
      return (0..<(missing.map(\.count).max() ?? 0)).map { round in
        (subject, missing.map { round < $0.count ? $0[round] : nil })
      }
    }
  }

  private func createFolderOfCache() throws {
    let folder = URL(fileURLWithPath: tuning.cache).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw DiagnosticError(
        "cannot create the folder of the tuning cache", at: .subject(folder),
        hint: "give another file with --tuning-cache")
    }
  }
}
