import Diagnostics
import Foundation
import GraphIR
import ONNXImport
import Testing

/// The graph of a model that a test writes.
func imported(
  options: ONNXOptions = ONNXOptions(), as file: String = "model.onnx",
  beside files: [String: [UInt8]] = [:], _ write: (inout ONNXWriter) -> Void
) throws -> Graph {
  try withTemporaryFolder { folder in
    var writer = ONNXWriter()
    write(&writer)
    for (name, bytes) in files {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    let path = folder.appendingPathComponent(file)
    try Data(writer.bytes).write(to: path)
    let graph = try importONNX(path: path.path, options: options)
    #expect(graph.firstBrokenInvariant() == nil)
    return graph
  }
}

/// The computing nodes of a graph in one line each: name, operation, operands, type.
func listing(of graph: Graph) -> [String] {
  graph.order.map { id in
    let node = graph[id]
    let operands = node.inputs.map { graph[$0].name }.joined(separator: ", ")
    return "\(node.name) = \(node.operation.mnemonic)(\(operands)) : \(node.type)"
  }
}

struct GraphImporterTests {
  @Test func inputsThatAreInitializersAreNotForTheCaller() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 3)
      writer.input("b", 3)
      writer.ones("b", 3)
      writer.node("Add", ["x", "b"], name: "sum")
      writer.output("y")
    }
    #expect(graph.inputs.map { graph[$0.node].name } == ["x"])
    #expect(listing(of: graph) == ["sum = add(x, b) : f32[1, 3]"])
    #expect(graph.outputs.map(\.name) == ["y"])
  }

  @Test func nodesOfFunctionsAreCalledAfterTheirCall() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 3)
      writer.function("F", calls: "Relu")
      writer.node("F", ["x"], name: "/block/first", outputs: ["u"], domain: "local")
      writer.node("F", ["u"], name: "/block/second", domain: "local")
      writer.output("y")
    }
    #expect(
      listing(of: graph) == [
        "block.first.inner = relu(x) : f32[1, 3]",
        "block.second.inner = relu(block.first.inner) : f32[1, 3]",
      ])
  }

  @Test func inputsAndOutputsKeepTheirNames() throws {
    let graph = try imported(as: "my-model.2.onnx") { writer in
      writer.input("input_1:0", 1, 3)
      writer.node("Relu", ["input_1:0"], name: "", outputs: ["Identity:0"])
      writer.output("Identity:0")
    }
    #expect(graph.name == "my_model_2")
    #expect(graph[graph.inputs[0].node].name == "input_1:0")
    #expect(graph.outputs[0].name == "Identity:0")
    #expect(listing(of: graph) == ["Identity_0 = relu(input_1:0) : f32[1, 3]"])
  }

  @Test func nothingIsLeftOfShapeArithmetic() throws {
    let graph = try imported(options: ONNXOptions(batch: 5)) { writer in
      writer.input("x", [.symbol("N"), .fixed(4), .fixed(2)])
      writer.integers("first", 0)
      writer.integers("rest", -1)
      writer.node("Shape", ["x"], name: "shape", outputs: ["s"])
      writer.node("Gather", ["s", "first"], name: "batch", outputs: ["n"])
      writer.node("Concat", ["n", "rest"], name: "t", outputs: ["t"], [("axis", .int(0))])
      writer.node("Reshape", ["x", "t"], name: "flat")
      writer.output("y")
    }
    #expect(listing(of: graph) == ["flat = reshape(x) : f32[5, 8]"])
    #expect(graph.constants.isEmpty)
  }

  @Test func absentOptionalOperandsAndUnusedOutputsAreNoMistake() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 3)
      writer.node("Dropout", ["x", "", ""], name: "drop", outputs: ["y", "mask"])
      writer.output("y")
    }
    #expect(listing(of: graph) == ["drop = dropout(x) : f32[1, 3]"])
  }

  @Test func tensorsUnderSeveralNamesStayOneConstant() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 3)
      writer.ones("b", 3)
      writer.node("Identity", ["b"], name: "alias", outputs: ["c"])
      writer.node("Add", ["x", "b"], name: "first", outputs: ["d"])
      writer.node("Add", ["d", "c"], name: "second")
      writer.output("y")
    }
    #expect(
      listing(of: graph) == [
        "first = add(x, b) : f32[1, 3]", "second = add(first, b) : f32[1, 3]",
      ])
  }

  @Test func mistakesArePlacedAtNodesOfTheGraph() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 3)
      writer.node("Relu", ["x"], name: "r")
      writer.output("y")
    }
    guard case .subject(let subject) = graph[graph.order[0]].place else {
      Issue.record("the node has no place")
      return
    }
    #expect(subject.hasSuffix("/model.onnx: node 'r' (Relu, opset 13)"))
  }
}
