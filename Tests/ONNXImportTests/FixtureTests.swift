import Foundation
import GraphIR
import ONNXImport
import Testing

/// Small networks as PyTorch's exporters write them, against ONNX Runtime; see
/// `Fixtures/make_torch.py`.
struct FixtureTests {
  static let names: [String] = {
    let folder = fixture("")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test func fixturesAreThere() { #expect(Self.names.count >= 17) }

  @Test(arguments: names)
  func givesTheOutputsOfONNXRuntime(for name: String) throws {
    let isDynamic = name.contains("dynam")
    let graph = try importONNX(
      path: fixture("\(name).onnx"), options: ONNXOptions(batch: isDynamic ? 2 : 1))
    #expect(graph.firstBrokenInvariant() == nil)
    let expected = try numbers(inArray: fixture("\(name).npy"))
    #expect(largestDifference(try outputs(of: graph), expected) < 1e-5)
  }
}
