import GraphIR
import ModelLanguage
import Resin
import TestSupport
import Testing

@Suite struct VerificationTests {
  private func difference(_ computed: [Float], _ expected: [Float]) -> Difference {
    Difference(
      "y", Tensor([computed.count], floats: computed),
      expected: Tensor([expected.count], floats: expected))
  }

  @Test func differencesAreRelativeToTheLargestValue() {
    let found = difference([1, 2.5, -4], [1, 2, -4])
    #expect(found.absolute == 0.5)
    #expect(found.relative == 0.125)
    #expect(!found.isSmall)
    #expect(difference([100, 0.001], [100, 0.002]).isSmall)
    #expect(difference([], []).isSmall)
    #expect(difference([0, 0], [0, 0]).isSmall)
  }

  @Test func notANumberInOneOnlyIsLarge() {
    #expect(!difference([.nan, 1], [1, 1]).isSmall)
    #expect(!difference([1, 1], [.nan, 1]).isSmall)
    #expect(!difference([.nan, 1, 5], [1, 1, 1]).isSmall)
    #expect(!difference([.infinity], [1]).isSmall)
    #expect(!difference([1], [.infinity]).isSmall)
    #expect(difference([.nan, .infinity, 1], [.nan, .infinity, 1]).isSmall)
  }

  @Test func layersAreComparedInOrder() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin",
      """
      model m
      input x: f32[2, 4, 6, 6]
      first = conv2d(x, 8, kernel: 3, padding: 1)
      second = conv2d(relu(first), 8, kernel: 3, padding: 1)
      output y = relu(second + first)
      """)
    let file = try ModelFile(path: path, weights: .random(seed: 3))
    let report = try verify(try Compilation(file), layers: true)
    #expect(report.passes, "\(report.text)")
    let names = report.layers.map(\.name)
    let positions = ["first", "second"].map { names.firstIndex(of: $0) ?? -1 }
    #expect(positions[0] >= 0 && positions[0] < positions[1], "\(names)")
  }
}
