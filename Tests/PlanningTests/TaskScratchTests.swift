import GraphIR
import Passes
import Planning
import TestSupport
import Testing

/// Scratch memory of tasks.
@Suite struct TaskScratchTests {
  private func plan(threads: Int, batch: Int = 1) throws -> Plan {
    var graph = try model(
      """
      input x: f32[\(batch), 64, 56, 56]
      a = conv2d(x, 256, kernel: 1, then: relu)
      b = conv2d(a, 64, kernel: 3, stride: 2, padding: 1, then: relu)
      c = conv2d(b, 64, kernel: 3, padding: 1, then: relu)
      d = conv2d(c, 512, kernel: 1, then: relu)
      output y = conv2d(d, 32, kernel: 1)
      """
    ).withSeededParameters(seed: 1)
    optimize(&graph)
    return try Planning.plan(
      graph, for: Machine(.avx512),
      options: PlanningOptions(algorithms: [.direct, .winograd4, .strassen], threads: threads))
  }

  private func users(_ plan: Plan) -> [(step: Step, scratch: TaskScratch)] {
    plan.steps.compactMap { step in step.kernel.scratch.map { (step, $0) } }
  }

  @Test func threadsShareOneMemory() throws {
    let plan = try plan(threads: 2)
    let users = users(plan)
    #expect(users.count >= 3)
    #expect(Set(users.map(\.scratch.stride)).count > 1)
    let memory = try #require(plan.buffers.first { $0.name == "scratch" })
    let widest = users.map(\.scratch.stride).max()
    for (step, scratch) in users {
      #expect(step.arguments[step.arguments.count - 2] == Location(.workspace, memory.offset))
      #expect(scratch.count == step.kernel.tasks)
      #expect(scratch.near == 2 && scratch.nearStride == widest)
      #expect(scratch.stride >= scratch.bytes && scratch.stride % 64 == 0)
      #expect(memory.bytes >= scratch.totalBytes)
    }
    #expect(memory.bytes == users.map(\.scratch.totalBytes).max())
    #expect(plan.memoryMistake() == nil)
  }

  @Test func oneThreadTakesWhatIsFree() throws {
    let plan = try plan(threads: 1)
    #expect(!plan.buffers.contains { $0.name == "scratch" })
    for (step, scratch) in users(plan) {
      let offset = step.arguments[step.arguments.count - 2].offset
      let buffer = try #require(
        plan.buffers.first {
          $0.name == step.name && $0.offset == offset && $0.firstStep == $0.lastStep
        })
      #expect(scratch.count == step.kernel.tasks && scratch.near == 0)
      #expect(buffer.bytes == scratch.totalBytes && scratch.totalBytes >= scratch.bytes)
    }
    #expect(plan.memoryMistake() == nil)
  }

  /// The steps of an image are one task: its scratches are used one after the other.
  @Test func imagesHaveOneScratchEach() throws {
    let plan = try plan(threads: 2, batch: 4)
    let parts = plan.steps.flatMap(\.parts).compactMap(\.kernel.scratch)
    #expect(!parts.isEmpty && parts.allSatisfy { $0.count == 1 })
  }
}
