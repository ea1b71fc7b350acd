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
  /// The number of this round, from 0; that of all rounds at the end.
  public var round: Int
  /// How many rounds there are.
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
  /// algorithms that the cache has no time for, and times its steps in turn with those of the plan by
  /// estimates: so weights are as cold as in use, and what else the machine does tells on both. A layer that was not measured keeps the algorithm of the least estimate; one for which the
  /// user demands an algorithm keeps that.
  ///
  /// - Parameters:
  ///   - tuning: where times are kept, and how long to measure.
  ///   - report: called before each round, after each run, and at the end.
  /// - Throws: where this machine cannot run the code, or the cache is damaged or cannot be written.
  public func tuned(
    _ tuning: TuningOptions, report: @escaping (TuningProgress) -> Void = { _ in }
  ) throws -> Compilation {
    var tuner = try Tuner(self, tuning)
    try tuner.run(report: report)
    return try tuner.result()
  }

  /// The same graph planned with algorithms by node; those that the user demands go first.
  ///
  /// - Parameters:
  ///   - imageByImageNodes: how many of the first nodes run image by image; nil where estimates decide.
  ///   - clock: this compilation's, where the result takes its place.
  func replanned(
    _ algorithms: [String: ConvolutionAlgorithm], imageByImageNodes: Int? = nil,
    clock: CompilationClock = CompilationClock()
  ) throws -> Compilation {
    var options = options
    options.imageByImageNodes = imageByImageNodes
    options.overrides.merge(algorithms.mapValues { AlgorithmOverride($0) }) { own, _ in own }
    return try Compilation(
      source, optimised: optimised, for: plan.machine, options: options,
      clock: clock)
  }
}

extension Compilation {
  /// What times of this compilation hold for.
  var tuningContext: TuningCache.Context {
    .init(machine: plan.machine, threads: options.threads)
  }
}
