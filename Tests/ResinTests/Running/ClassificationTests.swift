import GraphIR
import Resin
import Testing

@Suite struct ClassificationTests {
  @Test func logitsBecomeProbabilities() {
    let ranks = rankClasses(
      Tensor([2, 3], floats: [0, 2, 1, 1000, 0, -1000]), labels: ["a", "b", "c"], count: 2)
    #expect(ranks.count == 2)
    #expect(ranks[0].map(\.index) == [1, 2])
    #expect(ranks[0].map(\.label) == ["b", "c"])
    #expect(abs(ranks[0][0].probability - 0.665_240_9) < 1e-6)
    #expect(ranks[1][0] == RankedClass(index: 0, label: "a", probability: 1))
  }

  @Test func probabilitiesStay() {
    let ranks = rankClasses(Tensor([1, 3], floats: [0.25, 0.5, 0.25]), labels: [], count: 5)
    #expect(
      ranks == [
        [
          RankedClass(index: 1, label: nil, probability: 0.5),
          RankedClass(index: 0, label: nil, probability: 0.25),
          RankedClass(index: 2, label: nil, probability: 0.25),
        ]
      ])
  }

  @Test func noImagesHaveNoClasses() {
    #expect(rankClasses(Tensor([0, 3], floats: []), labels: [], count: 1) == [])
  }

  @Test func valuesThatAreNoNumbersAreRankedWithoutATrap() {
    let ranks = rankClasses(Tensor([1, 3], floats: [.nan, 1, .infinity]), labels: [], count: 3)
    #expect(ranks[0].map(\.index).sorted() == [0, 1, 2])
  }
}
