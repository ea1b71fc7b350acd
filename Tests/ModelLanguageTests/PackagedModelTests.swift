import GraphIR
import ModelLanguage
import TestSupport
import Testing

/// Every text in `Models`.
let packagedModels = [
  "resnet/resnet18", "resnet/resnet34", "resnet/resnet50", "resnet/resnet101", "resnet/resnet152",
  "cifar/resnet20", "cifar/resnet32", "cifar/resnet44", "cifar/resnet56", "cifar/resnet110",
  "cifar/resnet1202", "trunk/resnet18_trunk", "digits/digits",
]

@Suite struct PackagedModelTests {
  @Test(arguments: packagedModels)
  func roundTrips(name: String) throws {
    let graph = try packagedModel(name, options: ModelOptions(batch: 2))
    #expect(graph.firstBrokenInvariant() == nil)
    let text = printModel(graph)
    let again = try parseModel(text: text)
    #expect(graph.firstDifference(from: again) == nil)
    #expect(again == graph)
    #expect(printModel(again) == text)
  }
}
