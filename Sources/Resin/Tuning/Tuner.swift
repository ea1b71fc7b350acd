import Diagnostics
import Foundation
import Planning

/// Measures what a cache lacks.
package struct Tuner {
  /// Makes what times other compilations of a graph in turn with this one.
  package typealias Clock = (Compilation) throws -> Measure
  /// Times a compilation's steps, and those of the one that the clock was made for in turn with it, until the
  /// deadline, telling how far it has come; nil where that left no time.
  package typealias Measure = (
    Compilation, _ deadline: ContinuousClock.Instant, _ progress: (Double) -> Void
  ) throws -> PairedTimes?

  /// The algorithms of a subject's layers, nil for those that have none to be measured.
  private typealias Trial = [ConvolutionAlgorithm?]

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
  package mutating func run(report: @escaping (TuningProgress) -> Void, clock make: Clock) throws {
    let clock = ContinuousClock()
    let limit = tuning.seconds.isFinite ? max(0, min(tuning.seconds, 1e9)) : 1e9
    let deadline = clock.now + .seconds(limit)
    let trials = subjects.map(missingTrials)
    let count = trials.reduce(0) { $0 + $1.count }
    if count > 0 {
      // A place that cannot be written is better known before the work than after it.
      try createFolderOfCache()
      try TuningCache().add(toFile: tuning.cache)
    }
    var round = 0
    subjects: for (subject, trials) in zip(subjects, trials) where !trials.isEmpty {
      guard clock.now < deadline else { break }
      // Layers that are the same work may have picks of their own, where one has given way to smaller weights.
      let own = try subject.planned(subject.layers.map(\.choice.pick))
      let measure = try make(own)
      for trial in trials {
        guard clock.now < deadline else { break subjects }
        func progress(_ part: Double) -> TuningProgress {
          TuningProgress(
            round: round, rounds: count, layers: trial.count { $0 != nil },
            fraction: (Double(round) + part) / Double(count))
        }
        report(progress(0))
        let planned = try subject.planned(trial)
        guard let times = try measure(planned, deadline, { report(progress($0)) }) else {
          break subjects
        }
        let measured = subject.times(
          of: trial, in: planned.plan, beside: own.plan, times, known: cache)
        cache.merge(measured)
        try measured.add(toFile: tuning.cache)
        round += 1
      }
    }
    report(TuningProgress(round: count, rounds: count, layers: 0, fraction: 1))
  }

  /// Measures round by round on this machine.
  mutating func run(report: @escaping (TuningProgress) -> Void) throws {
    try run(report: report) { own in
      let clock = try StepClock(own)
      return { try clock.times(of: $0, until: $1, progress: $2) }
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

  /// As many trials as the layer with the most algorithms has that the cache has no time for. The pick of each layer
  /// is timed beside all of them; where nothing else is missing it takes a round of its own.
  private func missingTrials(_ subject: TuningSubject) -> [Trial] {
    func isMissing(_ algorithm: ConvolutionAlgorithm, _ layer: TuningSubject.Layer) -> Bool {
      cache[subject.context, layer.choice.layer, algorithm] == nil
    }
    let most = subject.layers.map(\.choice.candidates.count).max() ?? 0
    // The k-th algorithms of all layers together, as estimates order them: layers alike take the same ones.
    let trials = (0..<most).map { round -> Trial in
      subject.layers.map { layer in
        guard round < layer.choice.candidates.count else { return nil }
        let algorithm = layer.choice.candidates[round].algorithm
        return algorithm != layer.choice.pick && isMissing(algorithm, layer) ? algorithm : nil
      }
    }.filter { $0.contains { $0 != nil } }
    guard trials.isEmpty else { return trials }
    let picks = subject.layers.map { layer in
      isMissing(layer.choice.pick, layer) ? layer.choice.pick : nil
    }
    return picks.contains { $0 != nil } ? [picks] : []
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
