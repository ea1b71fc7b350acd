import GraphIR
import Passes
import Planning
import TestSupport
import Testing

/// The checker of memory plans finds what it is for.
@Suite struct MemoryCheckTests {
  private func plan() throws -> Plan {
    var graph = try model(
      """
      input x: f32[1, 32, 20, 20]
      a = relu(conv2d(x, 32, kernel: 3, padding: 1))
      b = conv2d(a, 48, kernel: 3, padding: 1)
      c = max_pool(b, kernel: 2, stride: 2)
      output y = conv2d(c, 8, kernel: 1)
      """
    ).withSeededParameters(seed: 1)
    optimize(&graph)
    return try Planning.plan(graph, for: Machine(.avx512))
  }

  @Test func aPlanHasNoMistake() throws {
    #expect(try plan().memoryMistake() == nil)
  }

  /// A step with memory for itself alone writes the result behind it.
  @Test func aResultBehindScratchIsWritten() throws {
    let graph = try model(
      """
      input boxes: f32[N, 40, 4]
      input scores: f32[N, 3, 40]
      kept = non_max_suppression(boxes, scores, count: 7, overlap: 0.5, score: 0.25)
      output values = gather_elements(scores, kept, axis: 2)
      """)
    let plan = try Planning.plan(graph, for: Machine(.avx512))
    #expect(plan.steps[0].kernel.scratch != nil)
    #expect(plan.memoryMistake() == nil)
  }

  @Test func buffersThatShareMemoryAreFound() throws {
    var plan = try plan()
    let (a, b) = try #require(
      plan.buffers.indices.lazy.flatMap { a in plan.buffers.indices.map { (a, $0) } }.first {
        $0 != $1 && plan.buffers[$0].firstStep <= plan.buffers[$1].lastStep
          && plan.buffers[$1].firstStep <= plan.buffers[$0].lastStep
      })
    plan.buffers[a].offset = plan.buffers[b].offset
    #expect(plan.memoryMistake()?.contains("share memory") == true)
  }

  @Test func aBufferThatEndsTooEarlyIsFound() throws {
    var plan = try plan()
    let index = try #require(plan.buffers.firstIndex { $0.lastStep > $0.firstStep })
    plan.buffers[index].lastStep -= 1
    #expect(plan.memoryMistake()?.contains("memory of no buffer") == true)
  }

  @Test func readingWhatNothingWroteIsFound() throws {
    var plan = try plan()
    plan.steps[0].arguments.swapAt(0, plan.steps[0].arguments.count - 1)
    #expect(plan.memoryMistake()?.contains("nothing has written") == true)
  }
}
