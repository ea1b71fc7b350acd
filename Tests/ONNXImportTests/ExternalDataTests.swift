import GraphIR
import ONNXImport
import Testing

struct ExternalDataTests {
  @Test func readsRangesOfFilesBesideTheModel() throws {
    let floats: [Float] = [9, 1, 2, 3]
    let bytes = floats.withUnsafeBytes { Array($0) }
    let graph = try imported(beside: ["weights/all.bin": bytes, "two.bin": Array(bytes[4..<12])]) {
      writer in
      writer.initializer(
        "a", [3],
        external: [
          ("location", "weights/all.bin"), ("offset", "4"), ("length", "12"),
        ])
      writer.initializer("b", [2], external: [("location", "two.bin"), ("checksum", "ignored")])
      writer.initializer("c", [0], external: [("location", "two.bin"), ("offset", "8")])
      for name in ["a", "b", "c"] { writer.output(name) }
    }
    let values = graph.outputs.map { graph.constantValue(of: $0.node)?.floats }
    #expect(values == [[1, 2, 3], [1, 2], []])
  }
}
