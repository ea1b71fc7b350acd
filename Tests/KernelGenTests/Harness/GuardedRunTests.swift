import Glibc
import ModelLanguage
import Passes
import Planning
import TestSupport
import Testing

/// The tests of kernels lean on these: a step that leaves its memory is found, and named.
@Suite struct GuardedRunTests {
  @Test(arguments: GuardedMemory.Side.allCases, [64, 4096, 5000])
  func bothEndsAreForbidden(_ side: GuardedMemory.Side, bytes: Int) {
    let memory = GuardedMemory(bytes: bytes, against: side)
    let outside = side == .end ? memory.pointer + bytes : memory.pointer - 1
    let outcome = inProcessOfItsOwn(count: 4) { number in
      for byte in 0..<bytes { memory.pointer.storeBytes(of: 1, toByteOffset: byte, as: UInt8.self) }
      if number == 2 { outside.storeBytes(of: 1, as: UInt8.self) }
    }
    #expect(outcome?.number == 2)
    #expect(outcome?.signal == SIGSEGV)
  }

  @Test func alignmentIsKept() {
    let memory = GuardedMemory(bytes: 100, alignment: 64)
    #expect(Int(bitPattern: memory.pointer) % 64 == 0)
    let outcome = inProcessOfItsOwn(count: 1) { _ in
      memory.pointer.storeBytes(of: 1, toByteOffset: 128, as: UInt8.self)
    }
    #expect(outcome?.signal == SIGSEGV)
  }

  @Test func whatStaysInsideEnds() {
    let memory = GuardedMemory(bytes: 64)
    let outcome = inProcessOfItsOwn(count: 3) { memory.pointer.storeBytes(of: $0, as: Int.self) }
    #expect(outcome == nil)
  }

  /// Whole networks, in which steps follow each other as they do nowhere else.
  @Test(
    arguments: [
      "digits/digits", "cifar/resnet20", "cifar/resnet20_projection", "highway/highway19",
    ]
  )
  func networksStayInTheirMemory(_ name: String) throws {
    let batch = ModelOptions(batch: 2)
    var graph = try packagedModel(name, options: batch).withSeededParameters(seed: 1)
    optimize(&graph)
    for (index, set) in runnableSets.enumerated() {
      let options = PlanningOptions(threads: 1 + index % 2)
      let fault = try CompiledGraph(graph, set, options: options).fault()
      #expect(fault == nil, "\(set.rawValue)")
    }
  }
}
