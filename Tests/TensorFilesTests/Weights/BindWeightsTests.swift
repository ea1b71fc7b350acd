import Diagnostics
import GraphIR
import TensorFiles
import Testing

/// Tensors in memory.
struct MemorySource: WeightSource {
  let path = "net.safetensors"
  let tensors: [(name: String, tensor: Tensor)]

  var names: [String] { tensors.map(\.name) }

  func type(of name: String) -> TensorType? {
    tensors.first { $0.name == name }?.tensor.type
  }

  func tensor(_ name: String) throws -> Tensor {
    guard let found = tensors.first(where: { $0.name == name }) else {
      throw DiagnosticError("no \(name)")
    }
    return found.tensor
  }
}

@Suite struct BindWeightsTests {
  static func graph(_ parameters: [(String, TensorType)]) throws -> Graph {
    var graph = Graph(name: "net")
    let x = graph.addInput("x", TensorType([4]))
    var sum = x
    for (name, type) in parameters {
      let parameter = graph.addParameter(name, type)
      let reshaped = try graph.add(.reshape([4]), [parameter], name: "r")
      sum = try graph.add(.binary(.add, then: nil), [sum, reshaped], name: "s")
    }
    graph.addOutput("y", sum)
    return graph
  }

  static let four = Tensor([4], floats: [1, 2, 3, 4])

  @Test func everyParameterGetsItsTensor() throws {
    var graph = try Self.graph([
      ("conv.weight", TensorType([2, 2])), ("conv.bias", TensorType([4])),
    ])
    let weight = Self.four.reshaped(to: [2, 2])
    try bindWeights(
      &graph,
      from: MemorySource(tensors: [
        ("conv.bias", Self.four), ("bn.num_batches_tracked", Tensor([], integers: [7])),
        ("conv.weight", weight),
      ]))
    let id = try #require(graph.node(named: "conv.weight"))
    #expect(graph.constantValue(of: id) == weight)
    #expect(graph.firstBrokenInvariant() == nil)
    #expect(graph.constants.allSatisfy { graph.constantValue(of: $0) != nil })
  }

  @Test func allThatDoesNotFitIsReportedAtOnce() throws {
    var graph = try Self.graph([
      ("layer1.conv1.weight", TensorType([2, 2])), ("layer1.conv1.bias", TensorType([4])),
    ])
    let before = graph
    expectDiagnostic([
      "net.safetensors: error: the weights lack the model's parameter 'layer1.conv1.weight': f32[2, 2]\n  did you mean 'layer1.cnv1.weight'?",
      "net.safetensors: tensor 'layer1.conv1.bias': error: is i64[4], but the model's parameter is f32[4]",
      "net.safetensors: tensor 'layer1.cnv1.weight': error: the model has no parameter of this name\n  did you mean 'layer1.conv1.weight'?",
    ]) {
      try bindWeights(
        &graph,
        from: MemorySource(tensors: [
          ("layer1.cnv1.weight", Self.four),
          ("layer1.conv1.bias", Tensor([4], integers: [1, 2, 3, 4])),
        ]))
    }
    #expect(graph == before)
    #expect(graph.constants.allSatisfy { graph.constantValue(of: $0) == nil })
  }

  @Test func aWrongShapeIsReported() throws {
    var graph = try Self.graph([("w", TensorType([2, 2]))])
    expectDiagnostic(["tensor 'w': error: is f32[4], but the model's parameter is f32[2, 2]"]) {
      try bindWeights(&graph, from: MemorySource(tensors: [("w", Self.four)]))
    }
  }

  @Test func aPrefixOfAWrappedModelIsSeen() throws {
    var graph = try Self.graph([("b", TensorType([4]))])
    expectDiagnostic(["did you mean 'module.b'?", "did you mean 'b'?"]) {
      try bindWeights(&graph, from: MemorySource(tensors: [("module.b", Self.four)]))
    }
  }

  @Test func thePlaceInTheModelIsNoted() throws {
    var graph = Graph(name: "net")
    let file = SourceFile(path: "net.resin", text: "y = linear(x, 4)\n")
    let place = Diagnostic.Place.source(SourceRange(file: file, start: 4, end: 10))
    graph.addOutput("y", graph.addParameter("w", TensorType([4]), place: place))
    expectDiagnostic(["net.resin:1:5: note: the parameter is needed here"]) {
      try bindWeights(&graph, from: MemorySource(tensors: []))
    }
  }

  @Test func manyProblemsAreCounted() throws {
    var graph = try Self.graph((0..<50).map { ("p\($0)", TensorType([4])) })
    do {
      try bindWeights(&graph, from: MemorySource(tensors: []))
      Issue.record("no error")
    } catch let error as DiagnosticError {
      #expect(error.diagnostics.count == 21)
      #expect(error.description.hasSuffix("and 30 more of this kind"))
    }
  }
}
