import Planning
import Testing

@Suite struct BufferPlanningTests {
  private func buffers(_ lives: [(bytes: Int, first: Int, last: Int)]) -> [BufferDraft] {
    lives.enumerated().map {
      BufferDraft(
        name: "b\($0)", bytes: $1.bytes, firstStep: $1.first, lastStep: $1.last)
    }
  }

  private func check(_ lives: [(bytes: Int, first: Int, last: Int)], arena expected: Int) {
    let buffers = buffers(lives)
    let (offsets, arena) = assignOffsets(buffers, alignment: 64)
    #expect(arena == expected)
    for (i, a) in buffers.enumerated() {
      #expect(offsets[i] % 64 == 0)
      for (j, b) in buffers.enumerated() where i < j && a.overlapsInTime(b) {
        let apart =
          offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i]
        #expect(apart, "\(a.name) and \(b.name) overlap")
      }
    }
  }

  @Test func nothingNeedsNothing() { check([], arena: 0) }

  @Test func chainAlternatesBetweenTwoPlaces() {
    check([(640, 0, 1), (640, 1, 2), (640, 2, 3), (640, 3, 4)], arena: 1280)
  }

  @Test func smallBufferGoesIntoTheGapOfALargeOne() {
    check([(1280, 0, 1), (640, 0, 5), (640, 2, 3), (640, 3, 4)], arena: 1920)
  }

  @Test func sizesThatAreNoMultipleOfTheAlignmentStayAligned() {
    check([(10, 0, 2), (70, 0, 2), (100, 1, 2)], arena: 320)
  }

  @Test func buffersThatMeetAtOneStepAreApart() {
    check([(64, 0, 3), (64, 3, 5)], arena: 128)
  }

  @Test func boundIsTheMostThatIsAliveAtOnce() {
    let drafts = buffers([(100, 0, 1), (200, 1, 2), (50, 2, 3), (1, 0, 3)])
    #expect(livenessBound(drafts) == 301)
  }

  /// Seeded random lives: never an overlap, and an arena near the bound.
  @Test func randomLivesNeverOverlap() {
    var state: UInt64 = 1
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for _ in 0..<50 {
      let drafts = (0..<60).map { index -> BufferDraft in
        let first = next(40)
        return BufferDraft(
          name: "b\(index)", bytes: 64 * (1 + next(100)), firstStep: first,
          lastStep: first + next(6))
      }
      let (offsets, arena) = assignOffsets(drafts, alignment: 64)
      for i in drafts.indices {
        for j in drafts.indices where i < j && drafts[i].overlapsInTime(drafts[j]) {
          #expect(
            offsets[i] + drafts[i].bytes <= offsets[j] || offsets[j] + drafts[j].bytes <= offsets[i]
          )
        }
      }
      #expect(arena <= livenessBound(drafts) * 9 / 8)
    }
  }
}
