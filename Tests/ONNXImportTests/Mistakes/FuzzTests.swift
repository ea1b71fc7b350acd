import Diagnostics
import Foundation
import GraphIR
import ONNXImport
import TestSupport
import Testing

struct FuzzTests {
  /// Damaged files give a diagnostic or a sound graph, and never end the process.
  @Test(arguments: [
    "shapes_opset9", "shapes_opset18", "movement_opset9", "movement_opset18", "windows_opset21",
    "elementwise_opset18", "products_opset13", "types_opset13", "padded_opset17_dynamic",
    "mobile_dynamo", "known_movement_opset18", "known_quantities_opset21", "branches_opset17",
    "calls_opset17", "attention_opset23", "fused_operators", "recurrent_opset14", "regions_opset16",
    "loops_opset17", "quantised_elements_opset21", "quantised_block_opset17", "scans_opset17",
    "suppression_opset18", "run_time_indices_opset18", "quantised_operators_opset13",
    "quantised_microsoft_opset17",
    "run_time_samples_opset20",
  ])
  func damagedFilesGiveDiagnostics(name: String) throws {
    let valid = try Data(contentsOf: URL(fileURLWithPath: fixture("\(name).onnx")))
    var generator = SeededGenerator(seed: UInt64(valid.count))
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("damaged.onnx")
      var refused = 0
      for _ in 0..<400 {
        try Self.damaged(valid, &generator).write(to: file)
        do {
          let graph = try importONNX(path: file.path)
          #expect(graph.firstBrokenInvariant() == nil)
        } catch is DiagnosticError {
          refused += 1
        }
      }
      #expect(refused > 100)
    }
  }

  private static func damaged(_ valid: Data, _ generator: inout SeededGenerator) -> Data {
    var bytes = valid
    switch Int.random(in: 0..<8, using: &generator) {
    case 0:
      return bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))
    case 1:
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 1...16, using: &generator))
      bytes.removeSubrange(start..<end)
    default:
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        // Small numbers and set high bits make more sense of a file than noise does.
        bytes[position] =
          Bool.random(using: &generator)
          ? UInt8.random(in: 0...255, using: &generator)
          : [0, 1, 2, 7, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
      }
    }
    return bytes
  }
}
