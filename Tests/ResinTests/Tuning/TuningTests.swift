import Artifacts
import Diagnostics
import Foundation
import Planning
import Resin
import TestSupport
import Testing

@Suite struct TuningTests {
  /// Two convolutions that are one layer, one of another kind, one without a choice, and a
  /// transposed one, which is left alone.
  private static let text = """
    model m
    input x: f32[1, 32, 16, 16]
    a = conv2d(x, 32, kernel: 3, padding: 1)
    b = conv2d(a, 32, kernel: 3, padding: 1)
    c = conv2d(b, 48, kernel: 3, padding: 1)
    d = conv2d(c, 17, kernel: 1)
    e = conv_transpose2d(d, 16, kernel: 3, padding: 1)
    output e
    """

  /// Those that fit the layers.
  private static let algorithms = ConvolutionAlgorithm.allCases.filter { $0 != .strassen }

  private let folder: ScratchFolder
  private let compilation: Compilation

  init() throws {
    folder = try ScratchFolder()
    let file = try ModelFile(
      path: folder.write("m.resin", Self.text), weights: .random(seed: 1))
    compilation = try Compilation(file)
  }

  private var cachePath: String { folder.path("cache/tuning.json") }

  private func picks(_ compilation: Compilation) -> [String: ConvolutionAlgorithm] {
    compilation.plan.steps.reduce(into: [:]) { picks, step in
      if let choice = step.choice, step.name != "e" { picks[step.name] = choice.pick }
    }
  }

  /// Runs a tuner whose clock gives the times of algorithms that `seconds` says, `slowness` times as long from round to
  /// round.
  private func tune(
    _ compilation: Compilation, limit: Double = .infinity, slowness: Double = 1,
    seconds: @escaping (_ node: String, ConvolutionAlgorithm) -> Double
  ) throws -> (tuned: Compilation, rounds: [[String: ConvolutionAlgorithm]]) {
    var tuner = try Tuner(compilation, TuningOptions(cache: cachePath, seconds: limit))
    var rounds: [[String: ConvolutionAlgorithm]] = []
    try tuner.run(report: { _ in }) { own in
      { trial, _, _ in
        let factor = pow(slowness, Double(rounds.count))
        rounds.append(picks(trial))
        return PairedTimes(
          own: times(of: own, factor, seconds), trial: times(of: trial, factor, seconds))
      }
    }
    return (try tuner.result(), rounds)
  }

  private func times(
    of compilation: Compilation, _ factor: Double = 1,
    _ seconds: (_ node: String, ConvolutionAlgorithm) -> Double
  ) -> [Double] {
    let picks = picks(compilation)
    return compilation.plan.steps.map { step in
      // A quarter of the time for transforms, which have no choice of their own.
      guard let algorithm = picks[step.name] else { return 1 }
      let whole = factor * seconds(step.name, algorithm)
      let parts = compilation.plan.steps.count { $0.name == step.name }
      return parts == 1 ? whole : step.choice == nil ? whole / 4 : whole * 3 / 4
    }
  }

  @Test func everyRoundTriesAnotherAlgorithmAndTheFastestWins() throws {
    let seconds: [String: [ConvolutionAlgorithm: Double]] = [
      "a": [.direct: 3e-3, .winograd2: 1e-3, .winograd4: 2e-3, .winograd2Rows: 2e-3],
      "b": [.direct: 3e-3, .winograd2: 2e-3, .winograd4: 2e-3, .winograd2Rows: 3e-3],
      "c": [.direct: 1e-3, .winograd2: 2e-3, .winograd4: 3e-3, .winograd2Rows: 2e-3],
    ]
    let (tuned, rounds) = try tune(compilation) { seconds[$0]?[$1] ?? 1 }
    // The pick is timed beside all others.
    #expect(rounds.count == Self.algorithms.count - 1)
    for node in ["a", "b", "c"] {
      let others = Self.algorithms.filter { $0 != picks(compilation)[node] }
      #expect(Set(rounds.compactMap { $0[node] }) == Set(others))
    }
    #expect(rounds.allSatisfy { $0["a"] == $0["b"] && $0["d"] == .direct })
    #expect(
      picks(tuned) == ["a": .winograd2, "b": .winograd2, "c": .direct, "d": .direct])

    // The mean over the convolutions of a layer, all steps of each together.
    let cache = try TuningCache(path: cachePath)
    let context = TuningCache.Context(machine: try .native, threads: 1)
    let layer = try #require(tuned.plan.steps.first { $0.choice != nil }?.choice?.layer)
    #expect(cache[context, layer, .winograd2].map { abs($0 - 1.5) < 1e-5 } == true)
    #expect(cache[context, layer, .direct].map { abs($0 - 3) < 1e-5 } == true)
    let other = TuningCache.Context(machine: try .native, threads: 2)
    #expect(cache[other, layer, .direct] == nil)
  }

  @Test func roundsOnASlowMachineCountAsOthers() throws {
    func seconds(_ node: String, _ algorithm: ConvolutionAlgorithm) -> Double {
      [.winograd2: 1e-3, .winograd4: 2e-3][algorithm] ?? 3e-3
    }
    let (tuned, rounds) = try tune(compilation, slowness: 5, seconds: seconds)
    #expect(rounds.count == Self.algorithms.count - 1)
    #expect(picks(tuned) == ["a": .winograd2, "b": .winograd2, "c": .winograd2, "d": .direct])
    let cache = try TuningCache(path: cachePath)
    let context = TuningCache.Context(machine: try .native, threads: 1)
    for step in compilation.plan.steps {
      guard let choice = step.choice, choice.candidates.count > 1, step.name != "e" else {
        continue
      }
      for candidate in choice.candidates {
        let time = try #require(cache[context, choice.layer, candidate.algorithm])
        #expect(abs(time / 1e3 / seconds(step.name, candidate.algorithm) - 1) < 1e-3)
      }
    }
  }

  @Test func onlyWhatIsMissingIsMeasured() throws {
    let first = try tune(compilation) { _, algorithm in algorithm == .direct ? 1e-3 : 2e-3 }
    let again = try tune(compilation) { _, _ in 1 }
    #expect(again.rounds.isEmpty)
    #expect(picks(again.tuned) == picks(first.tuned))
    #expect(picks(first.tuned)["a"] == .direct)

    // Without Winograd there is no choice, and nothing to measure.
    let direct = try Compilation(
      compilation.source, options: PlanningOptions(algorithms: [.direct]))
    #expect(try tune(direct) { _, _ in 1 }.rounds.isEmpty)
    // Another number of threads is another machine.
    let two = try Compilation(compilation.source, options: PlanningOptions(threads: 2))
    #expect(try tune(two) { _, _ in 1 }.rounds.count == Self.algorithms.count - 1)
  }

  /// Steps that run image by image have no times of their own: they are timed for one image.
  @Test func layersThatRunImageByImageAreTuned() throws {
    let text = """
      model m
      input x: f32[N, 64, 56, 56]
      a = conv2d(x, 64, kernel: 3, padding: 1)
      b = conv2d(a, 64, kernel: 3, padding: 1)
      p = max_pool(b, kernel: 8)
      c = conv2d(p, 512, kernel: 3, padding: 1)
      d = conv2d(c, 512, kernel: 3, padding: 1)
      output d
      """
    let file = try ModelFile(
      path: folder.write("b.resin", text), batch: 8, weights: .random(seed: 1))
    let compilation = try Compilation(
      file, for: Machine(.avx512), options: PlanningOptions(threads: 2))
    let parts = compilation.plan.steps.flatMap(\.parts).compactMap {
      $0.choice != nil ? $0.name : nil
    }
    #expect(parts.contains("a") && parts.contains("b") && !parts.contains("d"))
    let (tuned, rounds) = try tune(compilation) { node, algorithm in
      algorithm == (node == "d" ? .winograd2 : .direct) ? 1e-3 : 2e-3
    }
    // Three or four of the whole, as many of one image: a round more where picks are not of one place in the order.
    #expect((6...8).contains(rounds.count))
    #expect(rounds.suffix(3).allSatisfy { $0["a"] != nil && $0["d"] == nil })
    let picks = tuned.plan.allSteps.reduce(into: [String: ConvolutionAlgorithm]()) { picks, step in
      if let choice = step.choice { picks[step.name] = choice.pick }
    }
    #expect(picks["a"] == .direct && picks["b"] == .direct && picks["d"] == .winograd2)
    #expect(try tune(compilation) { _, _ in 1 }.rounds.isEmpty)
  }

  /// Of layers that are the same work some may have given way to smaller weights.
  @Test func equalLayersWithPicksOfTheirOwnAreTimed() throws {
    let text = """
      model m
      input x: f32[1, 512, 14, 14]
      a = conv2d(x, 512, kernel: 1)
      b = conv2d(a, 512, kernel: 1)
      c = conv2d(b, 512, kernel: 1)
      output c
      """
    let file = try ModelFile(path: folder.write("g.resin", text), weights: .random(seed: 1))
    let compilation = try Compilation(file, for: Machine(.avx512))
    #expect(
      Set(["a", "b", "c"].map { picks(compilation)[$0] }) == [.direct, .strassen],
      "\(picks(compilation))")
    let (tuned, rounds) = try tune(compilation) { _, algorithm in
      algorithm == .strassen ? 1e-3 : 2e-3
    }
    #expect(!rounds.isEmpty)
    #expect(picks(tuned) == ["a": .strassen, "b": .strassen, "c": .strassen])
    #expect(try tune(compilation) { _, _ in 1 }.rounds.isEmpty)
  }

  @Test func whatTheUserDemandsIsKeptAndNotMeasured() throws {
    let demanding = try Compilation(
      compilation.source, options: PlanningOptions(overrides: ["a": .init(.direct)]))
    let (tuned, rounds) = try tune(demanding) { _, algorithm in
      algorithm == .winograd2 ? 1e-3 : 2e-3
    }
    #expect(
      rounds.count == Self.algorithms.count - 1
        && rounds.allSatisfy { $0["a"] == .direct })
    #expect(
      picks(tuned) == ["a": .direct, "b": .winograd2, "c": .winograd2, "d": .direct])
  }

  @Test func withoutTimeTheEstimateDecides() throws {
    let (tuned, rounds) = try tune(compilation, limit: 0) { _, _ in 1 }
    #expect(rounds.isEmpty)
    #expect(picks(tuned) == picks(compilation))
    // The same where the algorithm of the least estimate is the one without a time.
    var partial = TuningCache()
    let choice = try #require(compilation.plan.steps.first { $0.choice != nil }?.choice)
    let context = TuningCache.Context(machine: try .native, threads: 1)
    for candidate in choice.candidates.dropFirst() {
      partial[context, choice.layer, candidate.algorithm] = 1
    }
    #expect(partial.pick(choice, context) == choice.candidates[0].algorithm)
    partial[context, choice.layer, choice.candidates[0].algorithm] = 2
    #expect(partial.pick(choice, context) == choice.candidates[1].algorithm)
  }

  @Test func theSameCacheGivesTheSameLibrary() throws {
    _ = try tune(compilation) { node, algorithm in
      algorithm == (node == "c" ? .winograd2 : .direct) ? 1e-3 : 2e-3
    }
    var libraries: [[UInt8]] = []
    for name in ["one.so", "two.so"] {
      let tuned = try compilation.tuned(TuningOptions(cache: cachePath))
      _ = try tuned.write(.library, to: folder.path(name))
      libraries.append(try folder.read(name))
    }
    let overridden = try Compilation(
      compilation.source,
      options: PlanningOptions(
        overrides: ["a": .init(.direct), "b": .init(.direct), "c": .init(.winograd2)]))
    _ = try overridden.write(.library, to: folder.path("three.so"))
    libraries.append(try folder.read("three.so"))
    // The file's name is in the library.
    #expect(libraries[0].count == libraries[1].count)
    let models = try ["one.so", "two.so", "three.so"].map {
      try LoadedLibrary(path: folder.path($0)).steps
    }
    #expect(models[0] == models[1] && models[1] == models[2])
  }

  @Test func realMeasuringFillsTheCache() throws {
    var states: [TuningProgress] = []
    let tuned = try compilation.tuned(TuningOptions(cache: cachePath)) { states.append($0) }
    let (first, last) = (try #require(states.first), try #require(states.last))
    #expect(
      first.round == 0 && first.rounds == Self.algorithms.count - 1 && first.layers == 2
        && first.fraction == 0)
    #expect(
      last.round == last.rounds && last.rounds == Self.algorithms.count - 1
        && last.fraction == 1)
    #expect(states.map(\.fraction) == states.map(\.fraction).sorted())
    let cache = try TuningCache(path: cachePath)
    let context = TuningCache.Context(machine: try .native, threads: 1)
    for step in tuned.plan.steps {
      guard let choice = step.choice, choice.candidates.count > 1 else { continue }
      let times = choice.candidates.compactMap { cache[context, choice.layer, $0.algorithm] }
      #expect(times.count == Self.algorithms.count)
      #expect(cache[context, choice.layer, choice.pick] == times.min())
    }
  }

  @Test func candidatesHaveTheirEstimatesInTheUnitOfThePeak() throws {
    var tuner = try Tuner(
      compilation, TuningOptions(cache: cachePath), leastCandidates: 1)
    try tuner.run(report: { _ in }) { own in
      { trial, _, _ in
        func seconds(_ node: String, _ algorithm: ConvolutionAlgorithm) -> Double {
          algorithm == .direct ? 4e-3 : 1e-3
        }
        return PairedTimes(own: times(of: own, 1, seconds), trial: times(of: trial, 1, seconds))
      }
    }
    // A clock of 1 GHz.
    let machine = try Machine.native
    let peak = 2e9 * Double(InstructionSet.host.lanes) * machine.core.multipliesPerCycle
    let candidates = CandidateTimes(tuner, peak: peak)
    #expect(candidates.layers.map(\.nodes) == [["a", "b"], ["c"], ["d"]])
    for (layer, node) in zip(candidates.layers, ["a", "c", "d"]) {
      let step = try #require(compilation.plan.steps.first { $0.name == node && $0.choice != nil })
      let choice = try #require(step.choice)
      #expect(layer.pick == choice.pick)
      for (candidate, planned) in zip(layer.candidates, choice.candidates) {
        #expect(abs(candidate.estimated - planned.cycles / 1e9) < 1e-12)
      }
      let direct = layer.candidates.first { $0.algorithm == .direct }
      #expect(direct?.measured.map { abs($0 - 4e-3) < 1e-8 } == true)
    }
    // The last layer has direct convolution alone, so nothing can be saved there.
    #expect(candidates.layers[2].pickOverFastest == 1)
    let estimate = candidates.layers[2].candidates[0].estimated
    #expect(
      candidates.layers[2].candidates[0].measured.map { estimate / $0 }
        == candidates.layers[2].estimateOverMeasured)
    #expect(candidates.possibleSaving >= 0 && candidates.possibleSaving < 1)
  }
}
