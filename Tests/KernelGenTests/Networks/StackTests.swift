import Artifacts
import CResinRuntime
import Foundation
import GraphIR
import KernelGen
import Passes
import Planning
import TestSupport
import Testing

/// How much of the caller's stack a run takes at each level that this machine has.
@Suite struct StackTests {
  private static let cache = KernelCache()

  /// Texts at their full size; `NetworkGoldenTests` measures all others on small images.
  @Test(arguments: ["cifar/resnet20", "digits/digits", "trunk/resnet18_trunk"])
  func aRunOfATextTakesLittle(_ name: String) throws {
    var graph = try packagedModel(name).withEqualParameters()
    optimize(&graph)
    for set in runnableSets { try check(graph, set) }
  }

  /// Images one after the other in one task, each through all kinds of kernels.
  @Test(arguments: runnableSets)
  func aRunOfABatchTakesLittle(_ set: InstructionSet) throws {
    var graph = try model(
      """
      input x: f32[3, 3, 40, 40]
      a = conv2d(x, 64, kernel: 7, stride: 2, padding: 3)
      b = gelu_tanh(conv2d(a, 64, kernel: 5, padding: 2)) + a
      c = conv2d(b, 512, kernel: 1)
      d = mish(conv2d(c, 64, kernel: 3, padding: 1))
      e = pow(abs(d), resize(d, scale: 1.0, mode: linear))
      output y = softmax(e, axis: 1)
      """
    ).withEqualParameters()
    optimize(&graph)
    try check(graph, set)
  }

  private func check(_ graph: Graph, _ set: InstructionSet) throws {
    let plan = try Planning.plan(graph, for: Machine(set))
    let objects = try CodeGenerator(plan, sharing: Self.cache).objects()
    let code = try JITCode(objects)
    // Of zeros, which cost no memory until they are written.
    var memory: [UnsafeMutableRawPointer] = []
    func zeros(_ bytes: Int) -> UnsafeRawPointer {
      let size = max(bytes, 1) + ModelInterface.alignment
      memory.append(calloc(1, size)!)
      return UnsafeRawPointer(memory.last!.alignedUp(toMultipleOf: ModelInterface.alignment))
    }
    let ports = plan.interface.inputs + plan.interface.outputs
    let bases: [UnsafeRawPointer?] =
      [zeros(plan.weightBytes), zeros(plan.arenaBytes)]
      + ports.map { zeros(8 * $0.type.elementCount) }
    let entry = unsafeBitCast(code.steps, to: resin_steps.self)
    let steps = Int32(plan.steps.count)
    let used = bases.withUnsafeBufferPointer { bases in
      let start = bases.baseAddress!
      return stackBytes { resin_guarded_steps(entry, start, nil, 0, steps) }
    }
    withExtendedLifetime(code) {}
    for pointer in memory { free(pointer) }
    #expect(used <= stackLimit, "\(set)")
  }
}
