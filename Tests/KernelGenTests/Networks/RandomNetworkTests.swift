import Foundation
import GraphIR
import Interpreter
import Passes
import Planning
import TestSupport
import Testing

/// Random networks, compiled in different ways, against the interpreter.
///
/// `RESIN_RANDOM_NETWORKS=COUNT` takes so many, from `RESIN_RANDOM_SEED` on. A failure names the
/// seed: `RESIN_RANDOM_NETWORKS=1 RESIN_RANDOM_SEED=SEED swift test -c release --filter
/// RandomNetworkTests` repeats it.
@Suite struct RandomNetworkTests {
  private static func number(_ name: String, _ standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? standard
  }

  /// Seeds in runs of 25, each a test case.
  static let runs: [Range<UInt64>] = {
    let first = number("RESIN_RANDOM_SEED", 1)
    let end = first + number("RESIN_RANDOM_NETWORKS", 300)
    return stride(from: first, to: end, by: 25).map { $0..<min($0 + 25, end) }
  }()

  @Test(arguments: runs)
  func compiledNetworksEqualTheInterpreter(_ seeds: Range<UInt64>) throws {
    for seed in seeds {
      let original = RandomNetwork.graph(seed: seed)
      #expect(original.firstBrokenInvariant() == nil, "seed \(seed)")
      guard !original.outputs.isEmpty else { continue }
      let inputs = original.seededInputs(seed: seed)
      var expected = try Interpreter(original).run(inputs: inputs)
      let variant = Variant(seed: seed)
      var graph = original
      optimize(&graph, context: PassContext(verifies: true), without: variant.missingPass)
      if variant.options.weightsFormat != .float32 {
        try roundWeights(of: &graph, to: variant.options.weightsFormat)
        expected = try Interpreter(graph).run(inputs: inputs)
      }
      let compiled: CompiledGraph
      do {
        // Of thousands of networks, hardly two share a kernel.
        compiled = try CompiledGraph(
          graph, variant.machine, options: variant.options, sharing: nil)
      } catch {
        Issue.record("seed \(seed), \(variant): \(error)")
        continue
      }
      let arguments = graph.inputs.map { inputs[graph[$0.node].name]! }
      let mistake = compiled.plan.memoryMistake()
      #expect(mistake == nil, "seed \(seed), \(variant)")
      if let fault = compiled.fault() {
        Issue.record("seed \(seed), \(variant): \(fault)")
        continue
      }
      let results = compiled.run(arguments)
      let stepwise = compiled.runStepByStep(arguments)
      #expect(stepwise.mistake == nil, "seed \(seed), \(variant)")
      #expect(stepwise.results == results, "seed \(seed), \(variant): other bits step by step")
      for (output, result) in zip(graph.outputs, results) {
        let wanted = expected[output.name]!
        guard wanted.element == .float32 else {
          #expect(result == wanted, "seed \(seed), \(variant): \(output.name)")
          continue
        }
        let difference = largestDifference(result, wanted)
        let largest = wanted.floats.filter(\.isFinite).map(\.magnitude).max() ?? 0
        #expect(
          difference.absolute <= 1e-4 * max(1, largest),
          "seed \(seed), \(variant): \(output.name) differs by \(difference.absolute) at \(difference.index)"
        )
      }
    }
  }
}

/// One way to compile: every choice takes its turn.
private struct Variant: CustomStringConvertible {
  var machine: Machine
  var options: PlanningOptions
  /// A pass that is left out; nil for none.
  var missingPass: String?

  init(seed: UInt64) {
    machine = runnableMachines[Int(seed % UInt64(runnableMachines.count))]
    options = PlanningOptions(threads: seed / 3 % 2 == 0 ? 1 : 2)
    switch seed / 6 % 4 {
    case 0: options.algorithms = [.direct]
    case 1: options.algorithms = [.winograd4, .strassen]
    default: break
    }
    switch seed / 24 % 4 {
    case 1: options.weightsFormat = .float16
    case 3: options.weightsFormat = .bfloat16
    default: break
    }
    // Two runs in three leave a pass out.
    let passes = defaultPipeline.flatMap(\.passes).map(\.name)
    let turn = Int(seed / 2 % UInt64(passes.count * 3 / 2))
    missingPass = turn < passes.count ? passes[turn] : nil
  }

  var description: String {
    "\(machine.name), \(options.threads) threads, \(options.algorithms.map(\.rawValue)), \(options.weightsFormat.rawValue), without \(missingPass ?? "nothing")"
  }
}
