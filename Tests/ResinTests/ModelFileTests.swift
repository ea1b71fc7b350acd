import Diagnostics
import GraphIR
import Resin
import TensorFiles
import TestSupport
import Testing

@Suite struct ModelFileTests {
  private static let text = """
    model m
    input x: f32[N, 2]
    y = linear(x, 3)
    output y labels "names.txt"
    """

  private func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write("m.resin", Self.text)
    try folder.write("names.txt", "a\r\nb\n c \n\n")
    return folder
  }

  @Test func weightsBesideTheTextAreTaken() throws {
    let folder = try folder()
    let path = folder.path("m.resin")
    let bare = try ModelFile(path: path, batch: 4)
    #expect(!bare.hasWeights)
    #expect(bare.labels == [["a", "b", "c"]])
    #expect(bare.graph[bare.graph.inputs[0].node].type == TensorType([4, 2]))
    #expect(throws: DiagnosticError.self) { try Compilation(bare) }

    let weight = Tensor([3, 2], floats: [1, 2, 3, 4, 5, 6])
    try writeSafetensors(
      [("y.weight", weight), ("y.bias", Tensor([3], floats: [0, 0, 1]))],
      to: folder.path("m.safetensors"))
    let whole = try ModelFile(path: path)
    #expect(whole.hasWeights)
    #expect(
      whole.graph.constantValue(of: try #require(whole.graph.node(named: "y.weight"))) == weight)
  }

  @Test func seedsDetermineWeights() throws {
    let folder = try folder()
    func weight(_ seed: UInt64) throws -> Tensor? {
      let graph = try ModelFile(path: folder.path("m.resin"), weights: .random(seed: seed)).graph
      return graph.constantValue(of: try #require(graph.node(named: "y.weight")))
    }
    #expect(try weight(1) != nil)
    #expect(try weight(1) == weight(1))
    #expect(try weight(1) != weight(2))
  }

  @Test func labelsMustFitTheClasses() throws {
    let folder = try folder()
    #expect(try readLabels(folder.path("names.txt"), classes: nil) == ["a", "b", "c"])
    #expect(throws: DiagnosticError.self) {
      try readLabels(folder.path("names.txt"), classes: 4)
    }
  }

  @Test(arguments: [Int.min, -1, 0, 65537, Int.max]) func absurdBatches(batch: Int) throws {
    let folder = try folder()
    #expect(throws: DiagnosticError.self) {
      try ModelFile(path: folder.path("m.resin"), batch: batch)
    }
  }
}
