import GraphIR
import Passes
import Planning
import TestSupport
import Testing

/// Scratch memory of tasks.
@Suite struct TaskScratchTests {
  private func plan(threads: Int) throws -> Plan {
    var graph = try model(
      """
      input x: f32[1, 64, 56, 56]
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

  private func users(_ plan: Plan) -> [(step: Step, stride: Int)] {
    plan.steps.compactMap { step in
      switch step.kernel {
      case .strassen(let kernel): (step, kernel.scratchStride)
      case .winogradBlocks(let kernel): (step, kernel.scratchStride)
      default: nil
      }
    }
  }

  @Test func threadsShareOneMemory() throws {
    let plan = try plan(threads: 2)
    let users = users(plan)
    #expect(users.count >= 3)
    #expect(Set(users.map(\.stride)).count > 1)
    let scratch = try #require(plan.buffers.first { $0.name == "scratch" })
    for (step, stride) in users {
      #expect(step.arguments[step.arguments.count - 2] == Location(.workspace, scratch.offset))
      #expect(stride >= step.kernel.scratchBytes && stride % 64 == 0)
      // Evenly: the first half of the tasks has the first half of the memory.
      #expect(scratch.bytes - stride * step.kernel.tasks < 64 * step.kernel.tasks)
      #expect(scratch.bytes >= stride * step.kernel.tasks)
    }
    #expect(plan.memoryMistake() == nil)
  }

  @Test func oneThreadTakesWhatIsFree() throws {
    let plan = try plan(threads: 1)
    #expect(!plan.buffers.contains { $0.name == "scratch" })
    for (step, stride) in users(plan) {
      let offset = step.arguments[step.arguments.count - 2].offset
      let buffer = try #require(
        plan.buffers.first {
          $0.name == step.name && $0.offset == offset && $0.firstStep == $0.lastStep
        })
      #expect(buffer.bytes == stride * step.kernel.tasks && stride >= step.kernel.scratchBytes)
    }
    #expect(plan.memoryMistake() == nil)
  }
}
