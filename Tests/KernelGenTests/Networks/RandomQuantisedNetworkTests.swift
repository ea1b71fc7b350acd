import Foundation
import GraphIR
import Interpreter
import Passes
import Planning
import TestSupport
import Testing

/// Random quantised networks against the interpreter: the same bits, at every level; the first of them also as for CPUs beyond this one.
///
/// `RESIN_RANDOM_NETWORKS=COUNT` takes so many, from `RESIN_RANDOM_SEED` on, as `RandomNetworkTests` does.
@Suite struct RandomQuantisedNetworkTests {
  private static let standard: UInt64 = 60

  private static func number(_ name: String, _ standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? standard
  }

  private static let seeds: Range<UInt64> = {
    let first = number("RESIN_RANDOM_SEED", 1)
    return first..<first + number("RESIN_RANDOM_NETWORKS", standard)
  }()

  @Test(arguments: integerSets)
  func compiledNetworksEqualTheInterpreter(_ set: InstructionSet) throws {
    let machine = Machine(set)
    // Vectors that are spread over several registers take LLVM several times as long.
    let seeds = emulator(of: set) == nil ? Self.seeds : Self.seeds.prefix(12)
    var kinds: [RandomQuantisedNetwork.Kind: Int] = [:]
    var kernels: [String: Int] = [:]
    for seed in seeds {
      let network = RandomQuantisedNetwork(seed: seed)
      for kind in network.kinds { kinds[kind, default: 0] += 1 }
      for kernel in try check(network, seed: seed, machine) { kernels[kernel, default: 0] += 1 }
    }
    guard seeds.count >= Self.standard else { return }
    for kind in RandomQuantisedNetwork.Kind.allCases {
      #expect(
        kinds[kind, default: 0] >= 2, "\(kind.rawValue) is in \(kinds[kind, default: 0]) networks")
    }
    for kernel in ["integers", "F(2,3) of integers", "F(4,3) of integers", "pool of integers"] {
      #expect(kernels[kernel, default: 0] >= 3, "\(kernel): \(kernels[kernel, default: 0]) steps")
    }
  }

  /// Compiles a network one way and compares its outputs.
  ///
  /// - Returns: the kinds of integer kernels among its steps.
  private func check(
    _ network: RandomQuantisedNetwork, seed: UInt64, _ machine: Machine
  ) throws -> [String] {
    let original = network.graph
    #expect(original.firstBrokenInvariant() == nil, "seed \(seed)")
    guard !original.outputs.isEmpty else { return [] }
    var options = PlanningOptions(threads: [1, 2, 4][Int(seed / 2 % 3)])
    options.algorithms =
      [[.winograd2], [.winograd4], [.direct], ConvolutionAlgorithm.allCases][
        Int(seed / 3 % 4)]
    let way =
      "seed \(seed), \(machine.name), \(options.threads) threads, \(options.algorithms.map(\.rawValue))"
    var graph = original
    optimize(&graph, context: PassContext(verifies: true))
    let compiled: CompiledGraph
    do {
      compiled = try CompiledGraph(graph, machine, options: options, sharing: nil)
    } catch {
      Issue.record("\(way): \(error)")
      return []
    }
    let mistake = compiled.plan.memoryMistake()
    #expect(mistake == nil, "\(way)")
    if let fault = compiled.fault() {
      Issue.record("\(way): \(fault)")
      return []
    }
    let arguments = graph.inputs.map { network.inputs[graph[$0.node].name]! }
    let results = compiled.run(arguments)
    let stepwise = compiled.runStepByStep(arguments)
    #expect(stepwise.mistake == nil, "\(way)")
    #expect(stepwise.results == results, "\(way): other bits step by step")
    let found = Dictionary(uniqueKeysWithValues: zip(graph.outputs.map(\.name), results))
    try compare(found, with: graph, network, way)
    // Where no float rounds, integers give what the floats would.
    if network.isExact { try compare(found, with: original, network, way + ", as it was made") }
    return compiled.plan.steps.compactMap(\.kernel.kindOfIntegers)
  }

  private func compare(
    _ found: [String: Tensor], with graph: Graph, _ network: RandomQuantisedNetwork, _ way: String
  ) throws {
    if !network.roundedOutputs.isEmpty {
      let wanted = try Interpreter(graph).run(inputs: network.inputs)
      for name in network.roundedOutputs {
        let worst = zip(wanted[name]!.asFloats, found[name]!.asFloats).map { abs($0 - $1) }.max()!
        #expect(worst <= 1, "\(way): \(name) is \(worst) off")
      }
    }
    // What was rounded is given, so that the rest is known.
    var (rest, inputs) = (graph, network.inputs)
    for name in network.roundedOutputs {
      let node = rest.outputs.first { $0.name == name }!.node
      rest.replaceUses(of: node, by: rest.addInput("given.\(name)", rest[node].type))
      inputs["given.\(name)"] = found[name]
    }
    let wanted = try Interpreter(rest).run(inputs: inputs)
    for output in rest.outputs {
      let (tensor, expected) = (found[output.name]!, wanted[output.name]!)
      if network.looseOutputs.contains(output.name) {
        let difference = largestDifference(tensor, expected)
        let largest = expected.floats.map(\.magnitude).max() ?? 0
        #expect(difference.absolute <= 1e-4 * max(1, largest), "\(way): \(output.name)")
      } else if tensor != expected {
        let pairs = zip(tensor.asFloats, expected.asFloats).enumerated().filter { $1.0 != $1.1 }
        Issue.record(
          "\(way): \(output.name), \(pairs.count) of \(tensor.count) differ, first at \(pairs.first!)"
        )
      }
    }
  }
}

extension Kernel {
  fileprivate var kindOfIntegers: String? {
    switch self {
    case .integerConvolution: "integers"
    case .integerWinograd(let kernel): "F(\(kernel.transform.outputs),3) of integers"
    case .pool(let pool): pool.input.element == .uint8 ? "pool of integers" : nil
    default: nil
    }
  }
}
