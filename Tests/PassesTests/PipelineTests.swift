import Diagnostics
import Foundation
import GraphIR
import Interpreter
import ModelLanguage
import Passes
import TestSupport
import Testing

extension Graph {
  fileprivate var mnemonics: [String] { order.map { self[$0].operation.mnemonic } }

  fileprivate var convolutions: [Convolution] {
    order.compactMap { id in
      guard case .convolution(let attributes) = self[id].operation else { return nil }
      return attributes
    }
  }
}

/// What a residual network consists of: its convolutions, and among them those of shortcuts and
/// those that end blocks.
struct NetworkShape: Sendable, CustomTestStringConvertible {
  let name: String
  let convolutions: Int
  let shortcuts: Int
  let blocks: Int

  var testDescription: String { name }
}

@Test(
  "ResNets become convolutions, one maximum, one global pool and one linear layer",
  arguments: [
    NetworkShape(name: "resnet18", convolutions: 20, shortcuts: 3, blocks: 8),
    NetworkShape(name: "resnet34", convolutions: 36, shortcuts: 3, blocks: 16),
    NetworkShape(name: "resnet50", convolutions: 53, shortcuts: 4, blocks: 16),
    NetworkShape(name: "resnet101", convolutions: 104, shortcuts: 4, blocks: 33),
    NetworkShape(name: "resnet152", convolutions: 155, shortcuts: 4, blocks: 50),
  ])
func residualNetwork(_ network: NetworkShape) throws {
  var graph = try packagedModel("resnet/\(network.name)").withEqualParameters()
  optimize(&graph, context: PassContext(verifies: true))
  let middle = [String](repeating: "conv2d", count: network.convolutions - 1)
  // The reshape is a view of the pooled features.
  #expect(
    graph.mnemonics
      == ["conv2d", "max_pool"] + middle + ["global_average_pool", "reshape", "linear"])
  let convolutions = graph.convolutions
  #expect(convolutions.allSatisfy { $0.hasBias })
  #expect(convolutions.count { $0.hasResidual } == network.blocks)
  #expect(convolutions.count { $0.then == .relu } == network.convolutions - network.shortcuts)
  #expect(convolutions.count { $0.then == nil } == network.shortcuts)
}

@Test("a network with shortcuts without parameters has a strided shortcut per change of shape")
func cifarNetwork() throws {
  var graph = try packagedModel("cifar/resnet1202").withEqualParameters()
  #expect(graph.order.count > 4000)
  optimize(&graph, context: PassContext())
  #expect(graph.firstBrokenInvariant() == nil)
  #expect(graph.convolutions.count == 1201)
  #expect(graph.mnemonics.count { $0 == "strided_shortcut" } == 2)
  #expect(graph.order.count == 1201 + 2 + 3)
}

/// A run of a pass visits every node once, so the work is linear in the depth.
@Test("a deeper network takes no more rounds to a fixed point")
func roundsDoNotGrowWithDepth() throws {
  let runs = try ["cifar/resnet20", "cifar/resnet1202"].map { name in
    var graph = try packagedModel(name).withEqualParameters()
    let context = PassContext()
    optimize(&graph, context: context)
    return context.runs
  }
  #expect(runs[0] == runs[1] && runs[0] > defaultPipeline.count, "\(runs)")
}

@Test("the pipeline keeps the numbers", arguments: ["cifar/resnet20", "resnet/resnet18"])
func sameNumbers(_ name: String) throws {
  let before = try packagedModel(name).withSeededParameters(seed: 11)
  var after = before
  optimize(&after, context: PassContext(verifies: true))
  let inputs = before.seededInputs(seed: 12)
  let wanted = try Interpreter(before).run(inputs: inputs)
  let actual = try Interpreter(after).run(inputs: inputs)
  for output in before.outputs {
    #expect(mismatch(actual[output.name]!, wanted[output.name]!, tolerance: 1e-5) == nil)
  }
}

@Test("the pipeline changes nothing a second time")
func idempotent() throws {
  var graph = try packagedModel("resnet/resnet18").withEqualParameters()
  optimize(&graph)
  let text = printModel(graph)
  let context = PassContext()
  optimize(&graph, context: context)
  #expect(context.log.isEmpty)
  #expect(printModel(graph) == text)
}

@Test("fused nodes are called after their convolution and remember what they took in")
func names() throws {
  var graph = try packagedModel("resnet/resnet18").withEqualParameters()
  optimize(&graph)
  let id = try #require(graph.node(named: "layer1.0.conv2"))
  #expect(graph[id].fused.first == "layer1.0.bn2")
  #expect(graph[id].fused.count == 3)
  #expect(graph.node(named: "layer1.0.bn2") == nil)
  let constants = graph.constants.map { graph[$0].name }
  #expect(constants.contains("layer1.0.conv2.weight*"))
  #expect(constants.contains("layer1.0.conv2.bias*"))
  #expect(constants.contains("fc.weight"))
  #expect(!constants.contains { $0.contains("running") || $0.contains("*.") })
}

/// A channels-last model as tf2onnx writes it: transposes around every convolution, biases added, a
/// mean over [1, 2].
private let channelsLast = """
  input image: f32[1, 8, 8, 3]
  a = transpose(image, permutation: [0, 3, 1, 2])
  c1 = conv2d(a, 4, kernel: 3, padding: 1)
  b = transpose(c1, permutation: [0, 2, 3, 1])
  d = add(b, $b1 f32[4])
  e = relu(d)
  f = transpose(e, permutation: [0, 3, 1, 2])
  c2 = conv2d(f, 4, kernel: 3, padding: 1)
  g = transpose(c2, permutation: [0, 2, 3, 1])
  h = add(g, e)
  i = relu(h)
  j = reduce_mean(i, axes: [1, 2])
  k = matmul(j, $w f32[4, 5])
  y = add(k, $b2 f32[5])
  output y
  """

@Test("channels-last exports lose their transposes but the first")
func channelsLastModel() throws {
  let before = try model(channelsLast).withSeededParameters(seed: 3)
  var after = before
  optimize(&after, context: PassContext(verifies: true))
  #expect(
    after.mnemonics
      == ["transpose", "conv2d", "conv2d", "global_average_pool", "reshape", "linear"])
  let inputs = before.seededInputs(seed: 4)
  let wanted = try Interpreter(before).run(inputs: inputs)["y"]
  let actual = try Interpreter(after).run(inputs: inputs)["y"]
  #expect(mismatch(try #require(actual), try #require(wanted), tolerance: 1e-5) == nil)
}

@Test("a shortcut with one slice per axis, as exporters write it, is one strided shortcut")
func exportedShortcut() throws {
  var graph = try model(
    """
    input x: f32[1, 4, 8, 8]
    planes = slice(x, step: [1, 1, 1, 1])
    rows = slice(planes, step: [1, 1, 2, 1])
    sampled = slice(rows, step: [1, 1, 1, 2])
    shortcut = pad(sampled, before: [0, 2, 0, 0], after: [0, 2, 0, 0])
    output y = relu(shortcut)
    """)
  optimize(&graph, context: PassContext(verifies: true))
  #expect(graph.mnemonics == ["strided_shortcut", "relu"])
}

@Test("every rewrite is logged, and a limit stops after so many")
func bisection() throws {
  let text = """
    input x: f32[1, 2, 4, 4]
    conv1 = conv2d(x, 2, kernel: 1)
    bn1 = batch_norm(conv1)
    sum = bn1 + x
    y = relu(sum)
    output y
    """
  let start = try model(text).withSeededParameters(seed: 5)
  var whole = start
  let context = PassContext()
  optimize(&whole, context: context)
  #expect(
    context.log.map(\.description) == [
      "fold-batch-norm: conv1, bn1 → conv1", "fuse-residual: conv1, sum → conv1",
      "fuse-activation: conv1, y → conv1",
    ])
  let inputs = start.seededInputs(seed: 6)
  let wanted = try #require(try Interpreter(start).run(inputs: inputs)["y"])
  for limit in 0...3 {
    var graph = start
    let limited = PassContext(verifies: true, rewriteLimit: limit)
    optimize(&graph, context: limited)
    #expect(limited.log == Array(context.log.prefix(limit)))
    #expect(graph.order.count == 4 - limit)
    let actual = try #require(try Interpreter(graph).run(inputs: inputs)["y"])
    #expect(mismatch(actual, wanted, tolerance: 1e-5) == nil)
  }
}

@Test("an unknown pass is a diagnostic with the nearest names, before anything runs")
func unknownPass() throws {
  var graph = try model("input x: f32[1]\ny = identity(x)\noutput z = relu(y)")
  let error = #expect(throws: DiagnosticError.self) {
    try runPasses(["remove-identities", "fold-batchnorm"], on: &graph)
  }
  #expect(error?.description.contains("there is no pass 'fold-batchnorm'") == true)
  #expect(error?.description.contains("did you mean 'fold-batch-norm'?") == true)
  #expect(graph.order.count == 2)
}

@Test("passes have unique names, and the pipeline uses each")
func registry() {
  let names = Pass.all.map(\.name)
  #expect(Set(names).count == names.count)
  let used = Set(defaultPipeline.flatMap { $0.passes.map(\.name) })
  #expect(names.allSatisfy(used.contains))
  #expect(Pass.all.allSatisfy { !$0.summary.isEmpty && !$0.summary.hasSuffix(".") })
}

@Test("the documentation lists every pass in order, with its summary")
func documentation() throws {
  let text = try String(contentsOfFile: packagePath("docs/passes.md"), encoding: .utf8)
  let sections = text.components(separatedBy: "\n### ").dropFirst()
  #expect(sections.count == Pass.all.count)
  for (section, pass) in zip(sections, Pass.all) {
    let summary = pass.summary.prefix(1).uppercased() + pass.summary.dropFirst()
    #expect(section.hasPrefix("`\(pass.name)`\n\n\(summary). "))
  }
}

@Test("a dynamic convolution with the images as groups, and what follows it, becomes one node")
func dynamicConvolution() throws {
  var graph = try model(
    """
    input x: f32[3, 4, 5, 5]
    input a: f32[3, 2]
    w = matmul(a, $bank f32[2, 144])
    w4 = reshape(w, shape: [12, 4, 3, 3])
    xs = reshape(x, shape: [1, 12, 5, 5])
    conv = conv2d(xs, weight: w4, groups: 3, padding: 1)
    images = reshape(conv, shape: [3, 4, 5, 5])
    bn = batch_norm(images)
    output y = relu(bn + x)
    """
  ).withSeededParameters(seed: 1)
  let before = graph
  optimize(&graph, context: PassContext(verifies: true))
  #expect(graph.order.map { graph[$0].operation.mnemonic } == ["dynamic_conv2d"])
  let inputs = before.seededInputs(seed: 2)
  let wanted = try Interpreter(before).run(inputs: inputs)["y"]!
  #expect(mismatch(try Interpreter(graph).run(inputs: inputs)["y"]!, wanted) == nil)
}
