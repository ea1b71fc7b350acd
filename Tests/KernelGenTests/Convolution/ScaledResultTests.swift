import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

/// Results that are stored twice: as they are, and normalised and activated.
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
      try expectBothResults(
        of: residualBlocks(channels: channels), set, options,
        ["+scale-shift +relu", "+scale-shift +relu", "+scale-shift"])
    }
  }

  /// Pools, sums and sums with an enlarged image, each the next shortcut too. The last sum and what
  /// becomes of it are parts of a concatenation where the channels fill vectors.
  private func hourglass(channels: Int, pooled: Pair) throws -> Graph {
    try model(
      """
      input x: f32[2, 20, \(4 * pooled.height - 1), \(4 * pooled.width - 1)]
      stem = conv2d(x, \(channels), kernel: 1)
      wide = max_pool(stem, kernel: 3, stride: 2, padding: 1)
      bn1 = batch_norm(wide)
      skip = conv2d(relu(bn1), \(channels), kernel: 1, add: wide)
      small = average_pool(skip, kernel: 2, stride: 2)
      bn2 = batch_norm(small)
      deep = conv2d(sigmoid(bn2), \(channels), kernel: 1, add: small)
      joined = skip + resize(deep, scale: 2)
      bn3 = batch_norm(joined)
      y = conv2d(relu(bn3), \(channels), kernel: 1)
      sum = joined * y
      bn4 = batch_norm(sum)
      z = max_pool(concat(bn4, sum, axis: 1), kernel: 2)
      output deep
      output joined
      output z
      """
    ).withSeededParameters(seed: 1)
  }

  @Test(arguments: runnableSets, [Pair(3, 5), Pair(1, 17), Pair(4, 2)])
  func poolsAndSumsHaveTwoResultsToo(_ set: InstructionSet, _ pooled: Pair) throws {
    for channels in [37, 48] {
      try expectBothResults(
        of: hourglass(channels: channels, pooled: pooled), set, PlanningOptions(),
        ["+scale-shift +relu", "+scale-shift +sigmoid", "+scale-shift +relu", "+scale-shift"])
    }
  }

  private func expectBothResults(
    of graph: Graph, _ set: InstructionSet, _ options: PlanningOptions, _ wantedEpilogues: [String]
  ) throws {
    let steps = try plan(graph, for: Machine(set), options: options).allSteps
    let epilogues = steps.map(\.kernel.printedName).compactMap { name in
      name.range(of: " and ").map { String(name[$0.upperBound...]) }
    }
    #expect(epilogues == wantedEpilogues)
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
