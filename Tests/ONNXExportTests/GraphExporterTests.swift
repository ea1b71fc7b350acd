import Diagnostics
import Foundation
import GraphIR
import Interpreter
import ModelLanguage
import ONNXExport
import ONNXImport
import TestSupport
import Testing

@Suite struct GraphExporterTests {
  @Test(arguments: ["cifar/resnet20", "digits/digits"])
  func aPackagedModelKeepsItsNamesAndBits(_ name: String) throws {
    let graph = try packagedModel(name).withSeededParameters(seed: 7)
    let again = try roundTrip(graph)
    #expect(again.name == graph.name)
    #expect(again.inputs.map { again[$0.node].name } == graph.inputs.map { graph[$0.node].name })
    #expect(again.outputs.map(\.name) == graph.outputs.map(\.name))
    // The flat text holds every name, attribute and type; pictures and labels stay behind.
    #expect(weights(again) == weights(graph))
    #expect(names(again) == names(graph))
    let inputs = graph.seededInputs(seed: 3)
    let (before, after) = try (
      Interpreter(graph).run(inputs: inputs), Interpreter(again).run(inputs: inputs)
    )
    for output in graph.outputs {
      #expect(before[output.name]?.withBits == after[output.name]?.withBits)
    }
  }

  private func weights(_ graph: Graph) -> [String: Tensor] {
    graph.constants.reduce(into: [:]) { $0[graph[$1].name] = graph.constantValue(of: $1) }
  }

  private func names(_ graph: Graph) -> [String] {
    let outputs = Set(graph.outputs.map(\.node))
    return graph.order.filter { !outputs.contains($0) }.map {
      "\(graph[$0].name) \(graph[$0].operation.mnemonic)"
    }
  }

  @Test func outputsThatAreInputsConstantsOrTwiceThereAreCopied() throws {
    var graph = Graph(name: "copies")
    let x = graph.addInput("x", TensorType([2]))
    let c = graph.addConstant("c", Tensor([2], floats: [3, 4]))
    let y = try graph.add(.unary(.relu), [x], name: "y")
    for (name, node) in [("a", x), ("b", c), ("y", y), ("z", y)] { graph.addOutput(name, node) }
    let again = try roundTrip(graph)
    let results = try Interpreter(again).run(inputs: ["x": Tensor([2], floats: [-1, 5])])
    #expect(results["a"]?.floats == [-1, 5])
    #expect(results["b"]?.floats == [3, 4])
    #expect(results["y"]?.floats == [0, 5])
    #expect(results["z"]?.floats == [0, 5])
  }

  @Test func anInputThatIsGivenBackKeepsItsName() throws {
    var graph = Graph(name: "back")
    let x = graph.addInput("x", TensorType([2]))
    for name in ["x", "again"] { graph.addOutput(name, x) }
    let again = try roundTrip(graph)
    #expect(again.outputs.map(\.name) == ["x", "again"])
    let results = try Interpreter(again).run(inputs: ["x": Tensor([2], floats: [-1, 5])])
    #expect(results["x"]?.floats == [-1, 5])
    #expect(results["again"]?.floats == [-1, 5])
  }

  @Test func namesThatAreTakenGetASuffix() throws {
    let graph = try model(
      """
      input x: f32[1, 2, 4, 4]
      y.conv = relu(x)
      y.low = constant(1.0) : f32[]
      y = conv2d(y.conv, weight: $y.shape f32[2, 2, 1, 1], then: clip(0, 6))
      z = y + y.low
      output y = z
      """
    ).withSeededParameters(seed: 1)
    let inputs = graph.seededInputs(seed: 2)
    let before = try Interpreter(graph).run(inputs: inputs)
    let after = try Interpreter(roundTrip(graph)).run(inputs: inputs)
    #expect(before["y"]?.withBits == after["y"]?.withBits)
  }

  @Test func parametersWithoutValuesAreRefused() throws {
    let graph = try model("input x: f32[1, 2]\ny = linear(x, 3)\noutput y")
    let folder = try ScratchFolder()
    let error = #expect(throws: DiagnosticError.self) {
      try exportONNX(graph, to: folder.path("m.onnx"), producer: "test")
    }
    #expect(
      error?.description.contains("the parameter 'y.weight' has no value, nor have 1 others")
        == true)
    #expect(try folder.names().isEmpty)
  }

  /// Everything that ONNX cannot say is reported at once.
  @Test func whatCannotBeExpressedIsRefused() throws {
    var graph = Graph(name: "m")
    let x = graph.addInput("x", TensorType([1, 1, 3, 3]))
    let top = TopIndices(axis: 3, count: 2, prefersLast: true)
    graph.addOutput("top", try graph.add(.topIndices(top), [x], name: "top"))
    let more = TopIndices(axis: 2, count: 2, prefersLast: true)
    graph.addOutput("more", try graph.add(.topIndices(more), [x], name: "more"))
    let folder = try ScratchFolder()
    let error = #expect(throws: DiagnosticError.self) {
      try exportONNX(graph, to: folder.path("m.onnx"), producer: "test")
    }
    #expect(error?.diagnostics.count == 2)
    #expect(error?.description.contains("node 'top' (top_indices): error: ONNX prefers") == true)
    #expect(error?.description.contains("node 'more' (top_indices): error: ONNX prefers") == true)
  }

  /// Sizes that no scales give, and an image that is resampled without a change of size, which
  /// `Resize` would leave as it is.
  @Test func resizingThatOneOperatorCannotSayComesBack() throws {
    for mode in Resize.Mode.allCases {
      for (size, scales) in [(Pair(8, 4), [2.6, 1.6] as [Float]), (Pair(3, 3), [1.1, 1.2])] {
        var graph = Graph(name: "m")
        let x = graph.addInput("x", TensorType([2, 1, 3, 3]))
        let resize = Resize(size: size, mode: mode, coordinates: .asymmetric, scales: scales)
        graph.addOutput("up", try graph.add(.resize(resize), [x], name: "up"))
        let input = ["x": Tensor.seeded([2, 1, 3, 3], seed: 1)]
        let before = try #require(try Interpreter(graph).run(inputs: input)["up"])
        let after = try #require(try Interpreter(try roundTrip(graph)).run(inputs: input)["up"])
        #expect(before.shape == after.shape)
        for (a, b) in zip(before.floats, after.floats) { #expect(abs(a - b) < 1e-5) }
      }
    }
  }
}
