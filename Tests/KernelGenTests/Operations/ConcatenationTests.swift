import GraphIR
import Interpreter
import ModelLanguage
import Passes
import Planning
import TestSupport
import Testing

/// Values that lie among the channels of others: written there, and read from there.
@Suite struct ConcatenationTests {
  /// A dense block: every layer reads all before it.
  private static let dense = """
    a = max_pool(x, kernel: 2, stride: 2)
    b = conv2d(relu(a), 32, kernel: 3, padding: 1)
    ab = concat(a, b, axis: 1)
    c = conv2d(relu(ab), 16, kernel: 1)
    abc = concat(a, b, c, axis: 1)
    d = conv2d(relu(abc), 21, kernel: 3, padding: 1)
    y = concat(a, b, c, d, axis: 1)
    """

  /// Every operation that writes or reads blocked images, in the middle of a larger one.
  private static let producers = """
    a = conv2d(x, 32, kernel: 3, padding: 1, stride: 2)
    b = average_pool(x, kernel: 2, stride: 2)
    c = conv_transpose2d(a, 16, kernel: 2, stride: 2)
    d = resize(a, scale: [2, 2], mode: nearest)
    e = resize(b, scale: [2, 2], mode: linear)
    f = local_response_norm(x, size: 5)
    g = sigmoid(x) * f
    h = pad(a, before: [0, 0, 4, 4], after: [0, 0, 4, 3], value: 0.5)
    i = slice(conv2d(x, 80, kernel: 1), start: [0, 16, 1, 0], end: [N, 64, 16, 15], step: [1, 1, 1, 1])
    j = slice(conv2d(x, 96, kernel: 1), start: [0, 16, 0, 0], end: [N, 48, 16, 16], step: [1, 1, 1, 1])
    k = conv2d(x, 32, kernel: 3, padding: 1, groups: 4)
    l = space_to_depth(conv2d(c, 16, kernel: 1), size: 2)
    m = depth_to_space(l, size: 2)
    y = concat(x, c, d, e, f, g, j, k, m, conv2d(x, 7, kernel: 1), axis: 1)
    z = concat(a, b, l, axis: 1)
    """

  /// Every operation that reads one, from parts of a larger one.
  private static let consumers = """
    w = conv2d(x, 96, kernel: 1)
    p = slice(w, start: [0, 16, 0, 0], end: [N, 48, 16, 16], step: [1, 1, 1, 1])
    q = slice(w, start: [0, 48, 0, 0], end: [N, 88, 16, 16], step: [1, 1, 1, 1])
    a = conv2d(p, 24, kernel: 3, padding: 1)
    b = conv2d(p, 32, kernel: 3, padding: 1, groups: 8) + p
    c = conv2d(q, 16, kernel: 5, padding: 2, stride: 2)
    d = max_pool(q, kernel: 3, stride: 2)
    e = global_average_pool(p)
    f = sigmoid(e) * p
    g = resize(q, scale: [2, 2], mode: nearest) * 2
    h = resize(p, size: [9, 11], mode: linear)
    i = local_response_norm(q, size: 3)
    j = conv_transpose2d(p, 9, kernel: 3, stride: 2)
    k = softmax(q, axis: 1)
    l = linear(flatten(p), 10)
    m = concat(p, q, axis: 1)
    n = concat(q, p, axis: 1)
    o = pad(p, before: [0, 0, 1, 1], after: [0, 0, 1, 1])
    r = space_to_depth(p, size: 2)
    """

  private func network(_ body: String, outputs: [String], batch: Int) throws -> Graph {
    let results = outputs.map { "output \($0)" }.joined(separator: "\n")
    let text =
      "input image: f32[N, 3, 16, 16]\nx = conv2d(image, 32, kernel: 1)\n\(body)\n\(results)"
    var graph = try model(
      text.replacing("end: [N,", with: "end: [\(batch),"), options: ModelOptions(batch: batch)
    ).withSeededParameters(seed: 5)
    optimize(&graph)
    return graph
  }

  private func check(_ graph: Graph, _ set: InstructionSet) throws {
    let inputs = graph.seededInputs(seed: 6)
    let results = try CompiledGraph(graph, set).run(
      graph.inputs.map { inputs[graph[$0.node].name]! })
    let expected = try Interpreter(graph).run(inputs: inputs)
    for (output, result) in zip(graph.outputs, results) {
      #expect(mismatch(result, expected[output.name]!, tolerance: 2e-5) == nil, "\(output.name)")
    }
  }

  @Test(arguments: runnableSets, [1, 3])
  func denseBlocksEqualTheInterpreter(_ set: InstructionSet, _ batch: Int) throws {
    try check(network(Self.dense, outputs: ["y", "ab"], batch: batch), set)
  }

  @Test(arguments: runnableSets, [1, 3])
  func whatIsWrittenIntoPartsEqualsTheInterpreter(_ set: InstructionSet, _ batch: Int) throws {
    let body = Self.producers + "\nu = conv2d(y, 8, kernel: 3)\nv = conv2d(z, 8, kernel: 1)"
    try check(network(body, outputs: ["y", "z", "u", "v", "h", "i"], batch: batch), set)
  }

  @Test(arguments: runnableSets, [1, 3])
  func whatIsReadFromPartsEqualsTheInterpreter(_ set: InstructionSet, _ batch: Int) throws {
    let outputs = "abcdefghijklmnor".map(String.init)
    try check(network(Self.consumers, outputs: outputs, batch: batch), set)
  }

  @Test(arguments: [1, 3])
  func aDenseBlockCopiesNothing(_ batch: Int) throws {
    let body = Self.dense + "\nz = conv2d(y, 8, kernel: 1)"
    let plan = try plan(network(body, outputs: ["z"], batch: batch), for: Machine(.avx512))
    #expect(plan.copies == 0)
    // One buffer holds all four parts.
    #expect(plan.buffers.filter { $0.name == "y" }.count == 1)
    #expect(!plan.buffers.contains { ["ab", "abc"].contains($0.name) })
  }

  /// A value has one place: the second concatenation copies what is elsewhere, and only that.
  @Test func aSecondConcatenationCopies() throws {
    let body = """
      a = conv2d(x, 32, kernel: 1)
      b = conv2d(x, 32, kernel: 3, padding: 1)
      c = conv2d(x, 16, kernel: 3, padding: 1)
      y = conv2d(concat(a, b, axis: 1), 8, kernel: 1)
      z = conv2d(concat(b, c, axis: 1), 8, kernel: 1)
      """
    let plan = try plan(network(body, outputs: ["y", "z"], batch: 1), for: Machine(.avx512))
    #expect(plan.copies == 1)
  }

  /// Parts of a value are read where they are.
  @Test func splittingCopiesNothing() throws {
    let body = """
      w = conv2d(x, 64, kernel: 1)
      p = slice(w, start: [0, 0, 0, 0], end: [1, 32, 16, 16])
      q = slice(w, start: [0, 32, 0, 0], end: [1, 64, 16, 16])
      y = conv2d(p, 8, kernel: 1) + conv2d(q, 8, kernel: 1)
      """
    let plan = try plan(network(body, outputs: ["y"], batch: 1), for: Machine(.avx512))
    #expect(plan.copies == 0)
  }
}

extension Plan {
  /// Steps that only move elements.
  fileprivate var copies: Int {
    allSteps.filter {
      if case .elementwise(let kernel) = $0.kernel { kernel.function == .copy } else { false }
    }.count
  }
}
