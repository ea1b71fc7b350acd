import Glibc
import GraphIR
import Planning
import TestSupport

extension CompiledGraph {
  /// Runs one step after the other. Before each, all memory that no buffer in use holds becomes NaN;
  /// after each, buffers that it does not use must be as they were.
  ///
  /// - Returns: the results, and the first mistake.
  func runStepByStep(_ inputs: [Tensor]) -> (results: [Tensor], mistake: String?) {
    var mistake: String?
    let results = run(inputs) { workspace, number in
      let memory = UnsafeMutableRawBufferPointer(workspace)
      let step = plan.steps[number]
      let used = step.arguments.filter { $0.base == .workspace }.map(\.offset)
      let buffers = plan.buffers.filter { $0.firstStep <= number && number <= $0.lastStep }
      // What is written first here holds nothing yet.
      let living = buffers.filter { $0.firstStep < number }.map { Kept($0, in: memory) }
      memset(memory.baseAddress!, 0xff, memory.count)
      for kept in living { kept.restore(in: memory) }
      let bystanders = buffers.filter { buffer in
        !used.contains { buffer.range.contains($0) }
      }.map { Kept($0, in: memory) }
      return {
        for kept in bystanders where !kept.isUnchanged(in: memory) {
          mistake = mistake ?? "step \(number), \(step.name), writes into '\(kept.buffer.name)'"
        }
      }
    }
    return (results, mistake)
  }
}

/// The bytes of a buffer at some time.
private struct Kept {
  let buffer: Buffer
  let bytes: [UInt8]

  init(_ buffer: Buffer, in memory: UnsafeMutableRawBufferPointer) {
    self.buffer = buffer
    bytes = Array(memory[buffer.range])
  }

  func restore(in memory: UnsafeMutableRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: memory[buffer.range]).copyBytes(from: bytes)
  }

  func isUnchanged(in memory: UnsafeMutableRawBufferPointer) -> Bool {
    bytes.isEmpty || memcmp(memory.baseAddress! + buffer.offset, bytes, bytes.count) == 0
  }
}

extension Buffer {
  fileprivate var range: Range<Int> { offset..<(offset + bytes) }
}
