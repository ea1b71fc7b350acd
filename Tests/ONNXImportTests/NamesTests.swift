import GraphIR
import ONNXImport
import Testing

struct NamesTests {
  /// A node's name in the file, and in the graph.
  @Test(arguments: [
    ("/layer1/layer1.0/relu_1/Relu", "layer1.0.relu_1"),
    ("/layer1/layer1.0/Relu", "layer1.0.Relu"),
    ("resnet50/conv1 relu:0", "resnet50.conv1.relu_0"),
    ("Relu_3", "Relu_3"), ("7", "_7"), ("a..b.", "a.b"), ("größe", "gr__e"), ("/", "value"),
  ])
  func makesDottedIdentifiers(written: String, expected: String) throws {
    let graph = try imported { writer in
      writer.input("x", 1)
      writer.node("Relu", ["x"], name: written)
      writer.output("y")
    }
    #expect(graph[graph.order[0]].name == expected)
  }

  /// The names of a convolution and of its weight, and the name in the graph.
  @Test(arguments: [
    ("Conv_0", "layer1.0.conv1.weight", "layer1.0.conv1"),
    ("/layer2/layer2.0/downsample/downsample.0/Conv", "onnx::Conv_1", "layer2.0.downsample.0"),
    ("net/conv1/Conv2D", "net/conv1/kernel:0", "net.conv1"), ("", "w", "y"),
  ])
  func callsLayersAfterTheirWeights(written: String, weight: String, expected: String) throws {
    let graph = try imported { writer in
      writer.input("x", 1, 1, 2, 2)
      writer.ones(weight, 1, 1, 1, 1)
      writer.node("Conv", ["x", weight], name: written)
      writer.output("y")
    }
    #expect(graph[graph.order[0]].name == expected)
    #expect(graph.constants.map { graph[$0].name } == [weight])
  }

  @Test func makesNamesUnique() throws {
    let graph = try imported { writer in
      writer.input("x", 1)
      writer.ones("a", 1)
      writer.node("Add", ["x", "a"], name: "a", outputs: ["b"])
      writer.node("Relu", ["b"], name: "x", outputs: ["c"])
      writer.node("Relu", ["c"], name: "a")
      writer.output("y")
    }
    #expect(graph.order.map { graph[$0].name } == ["a.1", "x.1", "a.2"])
  }
}
