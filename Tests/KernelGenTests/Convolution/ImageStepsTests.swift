import GraphIR
import Interpreter
import ModelLanguage
import Passes
import Planning
import TestSupport
import Testing

/// Batches whose first layers run image by image.
@Suite struct ImageStepsTests {
  /// Large images with small weights first, then a layer of large weights: with every operation that
  /// can run image by image, an output from the middle, and images crossing to the rest.
  private func network(batch: Int) throws -> Graph {
    var graph = try model(
      """
      input x: f32[N, 5, 90, 94]
      a = relu(conv2d(x, 32, kernel: 3, padding: 1))
      b = relu(conv2d(a, 32, kernel: 3, padding: 1) + a)
      c = max_pool(concat(a, b, axis: 1), kernel: 3, stride: 2, padding: 1)
      d = conv2d(c, 40, kernel: 3, stride: 2, padding: 1, groups: 4)
      e = sigmoid(global_average_pool(d)) * d
      f = average_pool(e, kernel: 2, stride: 2)
      y = softmax(linear(flatten(f), 700), axis: 1)
      output gate = e
      output y
      """, options: ModelOptions(batch: batch)
    ).withSeededParameters(seed: 3)
    optimize(&graph)
    return graph
  }

  @Test(arguments: runnableSets, [4, 6])
  func resultsEqualTheInterpreter(_ set: InstructionSet, _ batch: Int) throws {
    let graph = try network(batch: batch)
    let compiled = try CompiledGraph(graph, set, options: PlanningOptions(threads: 2))
    let whole = try #require(compiled.plan.steps.first)
    guard case .imageSteps(let kernel) = whole.kernel else {
      Issue.record("the first step is \(whole.kernel.printedName)")
      return
    }
    #expect(kernel.images == batch)
    #expect(whole.parts.count == kernel.parts.count)
    // Weights of many megabytes are read once.
    #expect(compiled.plan.steps.contains { $0.name == "y.linear" })
    let inputs = graph.seededInputs(seed: 4)
    let results = compiled.run(graph.inputs.map { inputs[graph[$0.node].name]! })
    let expected = try Interpreter(graph).run(inputs: inputs)
    for (output, result) in zip(graph.outputs, results) {
      #expect(mismatch(result, expected[output.name]!, tolerance: 2e-5) == nil, "\(output.name)")
    }
  }

  /// A batch that leaves most threads without an image is computed by all of them together.
  @Test func aBatchOfFewImagesForManyThreadsStaysWhole() throws {
    let plan = try plan(
      try network(batch: 2), for: Machine(.avx512), options: PlanningOptions(threads: 16))
    #expect(plan.steps.allSatisfy { $0.parts.isEmpty })
  }

  @Test func oneImageHasNoPrefix() throws {
    #expect(try network(batch: 1).imageSeparablePrefix == 0)
    let graph = try network(batch: 2)
    #expect(graph.imageSeparablePrefix == graph.order.count)
  }

  /// What mixes images ends the prefix.
  @Test(arguments: [
    "reduce_mean(a, axes: [0], keep_dimensions: true)", "transpose(a, permutation: [1, 0, 2, 3])",
    "slice(a, start: [1, 0, 0, 0], end: [3, 4, 6, 6])", "softmax(a, axis: 0)",
    "concat(a, a, axis: 0)",
  ])
  func operationsAcrossImagesEndThePrefix(_ call: String) throws {
    let graph = try model(
      """
      input x: f32[4, 4, 6, 6]
      a = relu(x)
      b = \(call)
      output b
      """)
    #expect(graph.imageSeparablePrefix == 1)
    let image = graph.imageGraph(first: 1)
    #expect(image.firstBrokenInvariant() == nil)
    #expect(image.outputs.map(\.name) == ["a"])
    #expect(image[image.outputs[0].node].type == TensorType([1, 4, 6, 6]))
  }
}
