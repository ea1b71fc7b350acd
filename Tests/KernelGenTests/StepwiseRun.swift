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
      let step = plan.steps[number]
      let used = step.arguments.filter { $0.base == .workspace }.map(\.offset)
      var dead = [Bool](repeating: true, count: plan.arenaBytes)
      var bystanders: [Buffer] = []
      for buffer in plan.buffers where buffer.firstStep <= number && number <= buffer.lastStep {
        let bytes = buffer.offset..<(buffer.offset + buffer.bytes)
        // What is written first here holds nothing yet.
        if buffer.firstStep < number { for byte in bytes { dead[byte] = false } }
        if !used.contains(where: bytes.contains) { bystanders.append(buffer) }
      }
      for byte in dead.indices where dead[byte] { workspace[byte] = 0xff }
      let before = bystanders.map { Array(workspace[$0.offset..<($0.offset + $0.bytes)]) }
      return {
        for (buffer, bytes) in zip(bystanders, before)
        where !workspace[buffer.offset..<(buffer.offset + buffer.bytes)].elementsEqual(bytes) {
          mistake = mistake ?? "step \(number), \(step.name), writes into '\(buffer.name)'"
        }
      }
    }
    return (results, mistake)
  }
}
