import Glibc
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
}
