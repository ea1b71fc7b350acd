import GraphIR
import ModelLanguage
import ONNXImport
import Passes
import Testing

/// One ResNet in every operator set; see `Fixtures/make_opsets.py`.
struct OpsetTests {
  @Test(arguments: 6...28)
  func everySetGivesTheSameOptimisedGraph(opset: Int) throws {
    let reference = try Self.optimised(opset: 7)
    #expect(reference.text.contains("layer2.down"))
    let found = try Self.optimised(opset: opset)
    #expect(found.text == reference.text)
    #expect(found.constants == reference.constants)
  }

  private static func optimised(opset: Int) throws -> (text: String, constants: [Tensor]) {
    var graph = try importONNX(path: fixture("opsets/resnet_opset\(opset).onnx"))
    optimize(&graph)
    let text = printModel(graph).split(separator: "\n")
    #expect(text.first == "model resnet_opset\(opset)")
    return (
      text.dropFirst().joined(separator: "\n"),
      graph.constants.compactMap { graph.constantValue(of: $0) }
    )
  }
}
