import Artifacts
import Planning

/// The estimated times that convolutions' algorithms are chosen by, beside the measured ones.
public struct CandidateTimes: Sendable {
  /// An algorithm that fits a layer.
  public struct Candidate: Sendable {
    /// Its name.
    public var algorithm: ConvolutionAlgorithm
    /// Seconds by the estimate.
    public var estimated: Double
    /// Seconds that it took; nil where there was no time to measure it.
    public var measured: Double?
  }

  /// Convolutions that are the same work, on weights of their own.
  public struct Layer: Sendable {
    /// The work as text: window, stride, channels and pixels, and what is fused into it.
    public var text: String
    /// The nodes that are computed so.
    public var nodes: [String]
    /// The algorithms that fit, the least estimate first.
    public var candidates: [Candidate]
    /// The one that is chosen.
    public var pick: ConvolutionAlgorithm

    /// The measured seconds of the pick over those of the fastest, 1 or more; nil where the pick was not measured.
    public var pickOverFastest: Double? {
      guard let pick = picked?.measured else { return nil }
      return candidates.compactMap(\.measured).min().map { pick / $0 }
    }

    /// The estimated seconds of the pick over its measured ones; nil where it was not measured.
    public var estimateOverMeasured: Double? {
      picked.flatMap { pick in pick.measured.map { pick.estimated / $0 } }
    }

    var picked: Candidate? { candidates.first { $0.algorithm == pick } }
  }

  /// The model's name.
  public var model: String
  /// Threads that it is planned for and was measured on.
  public var threads: Int
  /// The distinct layers, in order of their first use.
  public var layers: [Layer]

  /// The part of all layers' time that the fastest algorithms would save over the picks, 0 to 1.
  public var possibleSaving: Double {
    var (picked, fastest) = (0.0, 0.0)
    for layer in layers {
      guard let pick = layer.picked?.measured, let ratio = layer.pickOverFastest else { continue }
      let count = Double(layer.nodes.count)
      picked += pick * count
      fastest += pick / ratio * count
    }
    return picked == 0 ? 0 : 1 - fastest / picked
  }
}

extension Compilation {
  /// Estimated and measured times of all algorithms of every distinct convolution, those without an alternative
  /// too. It measures as `tuned(_:report:)` does, with the same cache of times.
  ///
  /// - Parameters:
  ///   - tuning: where times are kept, and how long to measure.
  ///   - report: called before each round, after each run, and at the end.
  /// - Throws: where this machine cannot run the code, or the cache is damaged or cannot be written.
  public func candidateTimes(
    _ tuning: TuningOptions, report: @escaping (TuningProgress) -> Void = { _ in }
  ) throws -> CandidateTimes {
    var tuner = try Tuner(self, tuning, leastCandidates: 1)
    try tuner.run(report: report)
    let peak = measurePeak(try ThreadPool(threads: options.threads))
    return CandidateTimes(tuner, peak: peak)
  }
}

extension CandidateTimes {
  /// Arranges what a tuner knows.
  ///
  /// - Parameter peak: operations that this machine does in a second on as many threads as the plan is for. Estimates
  ///   count cycles at the rate of multiply-adds that the model of the core has, so that the peak tells a cycle's time.
  package init(_ tuner: Tuner, peak: Double) {
    let compilation = tuner.compilation
    let perCycle =
      2 * Double(InstructionSet.host.lanes) * compilation.plan.machine.core.multipliesPerCycle
      * Double(compilation.options.threads)
    let secondsPerCycle = perCycle / max(peak, 1)
    model = compilation.plan.interface.name
    threads = compilation.options.threads
    layers = tuner.subjects.flatMap { subject in
      subject.layers.map { layer in
        let candidates = layer.choice.candidates.map { candidate in
          Candidate(
            algorithm: candidate.algorithm, estimated: candidate.cycles * secondsPerCycle,
            measured: tuner.cache[subject.context, layer.choice.layer, candidate.algorithm]
              .map { $0 / 1e3 })
        }
        return Layer(
          text: layer.choice.layer, nodes: layer.nodes, candidates: candidates,
          pick: layer.choice.pick)
      }
    }
  }
}
