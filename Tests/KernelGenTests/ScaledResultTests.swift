import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

/// Convolutions whose sum is stored twice: as it is, and normalised and activated.
@Suite struct ScaledResultTests {
  /// Blocks with pre-activation: the sums are shortcuts and, normalised, what the next branch reads.
  /// The last two results are parts of a concatenation where the channels fill vectors.
  private func residualBlocks(channels: Int) throws -> Graph {
    try model(
      """
      input x: f32[2, 20, 13, 10]
      stem = conv2d(x, \(channels), kernel: 3, padding: 1)
      bn1 = batch_norm(stem)
      a1 = conv2d(relu(bn1), 24, kernel: 1, then: relu)
      b1 = conv2d(a1, \(channels), kernel: 3, padding: 1, bias: true, add: stem)
      bn2 = batch_norm(b1)
      a2 = conv2d(relu(bn2), 24, kernel: 3, padding: 1, then: relu)
      b2 = conv2d(a2, \(channels), kernel: 1, add: b1)
      bn3 = batch_norm(b2)
      y = max_pool(concat(bn3, b2, axis: 1), kernel: 2, stride: 2)
      output b2
      output y
      """
    ).withSeededParameters(seed: 1)
  }

  @Test(arguments: runnableSets, ConvolutionAlgorithm.allCases)
  func bothResultsEqualTheInterpreter(
    _ set: InstructionSet, _ algorithm: ConvolutionAlgorithm
  ) throws {
    let options = PlanningOptions(algorithms: [algorithm])
    for channels in [37, 48] {
      try expectBothResults(of: residualBlocks(channels: channels), set, options)
    }
  }

  private func expectBothResults(
    of graph: Graph, _ set: InstructionSet, _ options: PlanningOptions
  ) throws {
    let steps = try plan(graph, for: Machine(set), options: options).allSteps
    let epilogues = steps.map(\.kernel.printedName).compactMap { name in
      name.range(of: "and +scale-shift").map { String(name[$0.lowerBound...]) }
    }
    #expect(
      epilogues == ["and +scale-shift +relu", "and +scale-shift +relu", "and +scale-shift"])
    #expect(!steps.contains { $0.kernel.printedName.hasPrefix("scale-shift") })
    let inputs = graph.seededInputs(seed: 3)
    let wanted = try Interpreter(graph).run(inputs: inputs)
    let results = try CompiledGraph(graph, set, options: options).run(
      graph.inputs.map { inputs[graph[$0.node].name]! })
    for (output, result) in zip(graph.outputs, results) {
      #expect(mismatch(result, wanted[output.name]!, tolerance: 3e-5) == nil)
    }
  }

  /// A second reader that normalises, and functions of other values besides, take steps of their own.
  @Test func oneNormalisationJoins() throws {
    let graph = try model(
      """
      input x: f32[1, 32, 6, 5]
      c = conv2d(x, 32, kernel: 1)
      first = batch_norm(c)
      second = batch_norm(c)
      a = relu(first) + second
      b = conv2d(c, 32, kernel: 1)
      gated = batch_norm(b) * b
      output a
      output gated
      """
    ).withSeededParameters(seed: 1)
    let names = try plan(graph, for: Machine(.avx512)).steps.map(\.kernel.printedName)
    #expect(
      names == [
        "to-blocked 32 @6×5", "direct 1×1 32→32 @6×5",
        "scale-shift +relu +scale-shift +add 2×30×16",
        "direct 1×1 32→32 @6×5", "scale-shift +mul 2×30×16", "to-plain 32 @6×5", "to-plain 32 @6×5",
      ])
  }
}
