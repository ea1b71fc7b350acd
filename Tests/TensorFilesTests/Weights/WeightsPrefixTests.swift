import Diagnostics
import GraphIR
import TensorFiles
import Testing

@Suite struct WeightsPrefixTests {
  static let parameters = ["conv.weight", "conv.bias", "fc.weight", "fc.bias"]

  private static func source(_ names: [String]) -> MemorySource {
    MemorySource(tensors: names.map { ($0, BindWeightsTests.four) })
  }

  private static func found(_ names: [String]) throws -> String {
    try WeightsPrefix(of: Set(parameters), in: source(names)).text
  }

  @Test(arguments: [
    "model.", "net.", "backbone.", "module.", "_orig_mod.", "module.model.",
    "a.b._orig_mod.c.d.e.f.module.",
  ])
  func aPrefixIsFound(_ prefix: String) throws {
    let names = Self.parameters.map { prefix + $0 }
    #expect(try Self.found(names) == prefix)
    // Three of four are most; what stands beside does not matter.
    #expect(try Self.found(names.dropLast() + ["loss.weight"]) == prefix)
    var graph = try BindWeightsTests.graph(Self.parameters.map { ($0, TensorType([4])) })
    let source = Self.source(names + ["\(prefix)bn.num_batches_tracked", "num_batches_tracked"])
    try bindWeights(
      &graph, from: source, prefix: WeightsPrefix(of: Set(Self.parameters), in: source))
    #expect(graph.constants.allSatisfy { graph.constantValue(of: $0) == BindWeightsTests.four })
  }

  @Test func thereIsNoneWhereTheNamesAreTheModels() throws {
    #expect(try Self.found(Self.parameters) == "")
    #expect(try Self.found(Self.parameters.dropLast() + ["extra"]) == "")
    // A copy beside the model's own names.
    #expect(try Self.found(Self.parameters.flatMap { [$0, "ema." + $0] }) == "")
    // Half of them are not most.
    #expect(try Self.found(["a.conv.weight", "a.conv.bias", "fc.weight", "fc.bias"]) == "")
    #expect(try Self.found([]) == "")
    #expect(try WeightsPrefix(of: [], in: Self.source(["a.b"])) == .none)
  }

  @Test func severalPrefixesAreRefused() {
    for (one, other) in [("student.", "teacher."), ("model.", "ema_model."), ("m.q.", "m.k.")] {
      expectDiagnostic([
        "net.safetensors: error: the model's parameters are there several times, under '\(one)', '\(other)'",
        "choose with --weights-prefix \(one)",
      ]) {
        _ = try Self.found(
          Self.parameters.map { one + $0 } + Self.parameters.dropLast().map { other + $0 })
      }
    }
  }

  @Test func othersThanThoseOfAFoundPrefixAreReported() throws {
    var graph = try BindWeightsTests.graph(Self.parameters.map { ($0, TensorType([4])) })
    let source = Self.source(
      Self.parameters.dropLast().map { "model.\($0)" } + ["model.fc.bais", "fc.bias", "model.old"])
    expectDiagnostic([
      "the weights lack the model's parameter 'fc.bias' under 'model.': f32[4]\n  did you mean 'fc.bias'?",
      "tensor 'model.fc.bais': error: the model has no parameter of this name\n  did you mean 'model.fc.bias'?",
      "tensor 'fc.bias': error: the model has no parameter of this name\n  --weights-prefix model. passes over",
    ]) {
      try bindWeights(
        &graph, from: source, passingOver: ["old"],
        prefix: WeightsPrefix(of: Set(Self.parameters), in: source))
    }
  }

  @Test(arguments: ["teacher.", "teacher"])
  func othersThanThoseOfAGivenPrefixArePassedOver(_ given: String) throws {
    var graph = try BindWeightsTests.graph(Self.parameters.map { ($0, TensorType([4])) })
    let other = Tensor([4], floats: [5, 6, 7, 8])
    let source = MemorySource(
      tensors: Self.parameters.map { ("student.\($0)", BindWeightsTests.four) }
        + Self.parameters.map { ("teacher.\($0)", other) } + [("queue", other)])
    try bindWeights(&graph, from: source, prefix: WeightsPrefix(given, in: source))
    #expect(graph.constants.allSatisfy { graph.constantValue(of: $0) == other })
  }

  @Test func anEmptyPrefixMeansTheModelsNames() throws {
    var graph = try BindWeightsTests.graph([("b", TensorType([4]))])
    let source = Self.source(["module.b"])
    expectDiagnostic(["did you mean 'module.b'?", "did you mean 'b'?"]) {
      try bindWeights(&graph, from: source, prefix: WeightsPrefix("", in: source))
    }
  }

  @Test func aPrefixThatNoNameHasIsRefused() {
    expectDiagnostic(["no tensor has a name that begins with 'net.'", "'model.fc.weight'"]) {
      _ = try WeightsPrefix("net.", in: Self.source(["model.fc.weight"]))
    }
  }

  @Test func whatStandsInPlaceOfATensorIsSaid() throws {
    let file = try CheckpointFile(path: "\(goldens)/no_tensors.pth")
    var graph = try BindWeightsTests.graph([
      ("fc.weight", TensorType([2, 2])), ("conv1.weight", TensorType([2, 2])),
      ("fc.bias", TensorType([4])),
    ])
    expectDiagnostic([
      "tensor 'conv1.weight': error: is an object of 'numpy._core.multiarray._reconstruct', but the model's parameter is f32[2, 2]",
      "tensor 'fc.bias': error: is a number or bytes, but the model's parameter is f32[4]",
      "tensor 'conv1.bias': error: the model has no parameter of this name",
    ]) { try bindWeights(&graph, from: file) }
  }
}
