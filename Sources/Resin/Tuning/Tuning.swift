import Artifacts
import Diagnostics
import Foundation
import Planning

/// How algorithms are to be measured.
public struct TuningOptions: Sendable {
  /// The file of measured times; what it lacks is measured and added.
  public var cache: String
  /// After so many seconds nothing more is measured.
  public var seconds: Double

  /// Creates options.
  public init(cache: String, seconds: Double = .infinity) {
    self.cache = cache
    self.seconds = seconds
  }
}

/// How far measuring has come.
public struct TuningProgress: Sendable, Equatable {
  /// The number of this round, from 0, and of all; they are equal at the end.
  public var round: Int
  public var rounds: Int
  /// Layers with an algorithm that was not measured yet, in this round.
  public var layers: Int
  /// The part of all measuring that is done, 0 to 1.
  public var fraction: Double
}

extension Compilation {
  /// The same compilation with the algorithm of every convolution that has a choice picked by its
  /// measured time, on this machine.
  ///
  /// Round k plans the whole network with every distinct layer computed by the k-th of the
  /// algorithms that the cache has no time for, and times its steps: so weights are as cold as in
  /// use. A layer that was not measured keeps the algorithm of the least estimate; one for which the
  /// user demands an algorithm keeps that.
  ///
  /// - Parameter report: called before each round, after each run, and at the end.
  /// - Throws: where this machine cannot run the code, or the cache is damaged or cannot be written.
  public func tuned(
    _ tuning: TuningOptions, report: @escaping (TuningProgress) -> Void = { _ in }
  ) throws -> Compilation {
    var tuner = try Tuner(self, tuning)
    try tuner.run(report: report) { compilation, deadline, progress in
      try compilation.stepTimes(until: deadline, progress: progress)
    }
    return try tuner.result()
  }

  /// Distinct layers with a choice that the user left open, in order of their first step. A
  /// transposed convolution is several convolutions of one name, which cannot be told apart.
  var openLayers: [OpenLayer] {
    let convolutions = Set(
      optimised.order.compactMap { id in
        if case .convolution = optimised[id].operation { optimised[id].name } else { nil }
      })
    var layers: [OpenLayer] = []
    var indexOf: [String: Int] = [:]
    for step in plan.steps {
      guard let choice = step.choice, choice.candidates.count > 1,
        options.overrides[step.name] == nil, convolutions.contains(step.name)
      else { continue }
      if let index = indexOf[choice.layer] {
        layers[index].nodes.append(step.name)
      } else {
        indexOf[choice.layer] = layers.count
        layers.append(OpenLayer(choice: choice, nodes: [step.name]))
      }
    }
    return layers
  }

  /// The same graph planned with algorithms by node; those that the user demands go first.
  func replanned(_ algorithms: [String: ConvolutionAlgorithm]) throws -> Compilation {
    var options = options
    options.overrides.merge(algorithms.mapValues { AlgorithmOverride($0) }) { own, _ in own }
    return try Compilation(
      source, optimised: optimised, for: plan.interface.instructionSet, options: options)
  }

  /// Medians of the times of all steps, in seconds; nil where the deadline left no time.
  ///
  /// - Parameter progress: called after each run with the part that is done, 0 to 1.
  func stepTimes(
    until deadline: ContinuousClock.Instant, progress: (Double) -> Void
  ) throws -> [Double]? {
    let session = try Session(try model(), threads: options.threads)
    try session.setInputs(seededInputs(for: plan.interface))
    let clock = ContinuousClock()
    for _ in 0..<2 where clock.now < deadline { try session.runOnce() }
    let start = clock.now
    var runs: [[Duration]] = []
    while clock.now < deadline {
      runs.append(try session.runTimed())
      let (part, time) = (Double(runs.count) / 15, (clock.now - start).seconds / 0.3)
      progress(min(1, part, max(time, Double(runs.count) / 1000)))
      if runs.count >= 15, time >= 1 || runs.count >= 1000 { break }
    }
    return runs.count >= 5 ? medians(runs, count: plan.steps.count) : nil
  }
}

/// A layer that algorithms are measured for.
struct OpenLayer {
  var choice: ConvolutionChoice
  /// The convolutions of this kind.
  var nodes: [String]
}

/// Measures what a cache lacks.
package struct Tuner {
  /// Times a compilation's steps until the deadline, telling how far it has come; nil where that
  /// left no time.
  package typealias Measure = (
    Compilation, _ deadline: ContinuousClock.Instant, _ progress: (Double) -> Void
  ) throws -> [Double]?

  private let compilation: Compilation
  private let tuning: TuningOptions
  private let context: TuningCache.Context
  private let layers: [OpenLayer]
  private var cache: TuningCache

  /// Reads the cache.
  package init(_ compilation: Compilation, _ tuning: TuningOptions) throws {
    self.compilation = compilation
    self.tuning = tuning
    context = compilation.tuningContext
    layers = compilation.openLayers
    cache = try TuningCache(path: tuning.cache)
  }

  /// Measures round by round and keeps the times of each in the file.
  package mutating func run(report: @escaping (TuningProgress) -> Void, measure: Measure) throws {
    let clock = ContinuousClock()
    let limit = tuning.seconds.isFinite ? max(0, min(tuning.seconds, 1e9)) : 1e9
    let deadline = clock.now + .seconds(limit)
    let missing = layers.map { layer in
      layer.choice.candidates.map(\.algorithm).filter {
        cache[context, layer.choice.layer, $0] == nil
      }
    }
    let rounds = missing.map(\.count).max() ?? 0
    if rounds > 0 {
      // A place that cannot be written is better known before the work than after it.
      try createFolderOfCache()
      try TuningCache().add(toFile: tuning.cache)
    }
    for round in 0..<rounds where clock.now < deadline {
      let trial = missing.map { round < $0.count ? $0[round] : nil }
      func progress(_ part: Double) -> TuningProgress {
        TuningProgress(
          round: round, rounds: rounds, layers: trial.count { $0 != nil },
          fraction: (Double(round) + part) / Double(rounds))
      }
      report(progress(0))
      let planned = try compilation.replanned(algorithms(of: trial))
      guard let times = try measure(planned, deadline, { report(progress($0)) }) else { break }
      let measured = newTimes(of: trial, in: planned.plan, times)
      cache.merge(measured)
      try measured.add(toFile: tuning.cache)
    }
    report(TuningProgress(round: rounds, rounds: rounds, layers: 0, fraction: 1))
  }

  /// The compilation with the picks of the cache.
  package func result() throws -> Compilation {
    var picks: [String: ConvolutionAlgorithm] = [:]
    for layer in layers {
      for node in layer.nodes { picks[node] = cache.pick(layer.choice, context) }
    }
    return try compilation.replanned(picks)
  }

  private func algorithms(of trial: [ConvolutionAlgorithm?]) -> [String: ConvolutionAlgorithm] {
    var algorithms: [String: ConvolutionAlgorithm] = [:]
    for (layer, algorithm) in zip(layers, trial) {
      for node in layer.nodes { algorithms[node] = algorithm }
    }
    return algorithms
  }

  /// The mean time over the convolutions of each layer on trial. All steps of a convolution have its
  /// name: the transforms of its image count.
  private func newTimes(
    of trial: [ConvolutionAlgorithm?], in plan: Plan, _ times: [Double]
  ) -> TuningCache {
    var secondsOf: [String: Double] = [:]
    for (step, seconds) in zip(plan.steps, times) { secondsOf[step.name, default: 0] += seconds }
    var measured = TuningCache()
    for (layer, algorithm) in zip(layers, trial) {
      guard let algorithm else { continue }
      let sum = layer.nodes.reduce(0) { $0 + (secondsOf[$1] ?? 0) }
      measured[context, layer.choice.layer, algorithm] = sum / Double(layer.nodes.count) * 1e3
    }
    return measured
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

extension Compilation {
  /// What times of this compilation hold for.
  var tuningContext: TuningCache.Context {
    .init(instructionSet: plan.interface.instructionSet, threads: options.threads)
  }
}
