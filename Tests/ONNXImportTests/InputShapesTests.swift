import GraphIR
import ONNXImport
import Testing

struct InputShapesTests {
  private func types(
    _ options: ONNXOptions, _ inputs: [(String, [ONNXWriter.Extent])]
  ) throws -> [String] {
    let graph = try imported(options: options) { writer in
      for (name, shape) in inputs { writer.input(name, shape) }
      writer.output(inputs[0].0)
    }
    return graph.inputs.map { graph[$0.node].type.description }
  }

  @Test func bindsOpenFirstAxesToTheBatch() throws {
    let found = try types(
      ONNXOptions(batch: 4),
      [
        ("a", [.symbol("N"), .fixed(3)]), ("b", [.open, .symbol("N")]),
        ("c", [.symbol("unk__7")]), ("d", [.fixed(4), .fixed(2)]),
      ])
    #expect(found == ["f32[4, 3]", "f32[4, 4]", "f32[4]", "f32[4, 2]"])
  }

  @Test func bindsOtherAxesBySymbolOrPlace() throws {
    let found = try types(
      ONNXOptions(dimensions: ["height": 7, "b.1": 9, "rows": 2]),
      [
        ("a", [.open, .symbol("height")]), ("b", [.open, .open, .symbol("height")]),
        ("c", [.symbol("rows"), .fixed(1)]),
      ])
    #expect(found == ["f32[1, 7]", "f32[1, 9, 7]", "f32[2, 1]"])
  }

  @Test func givesAxesOfOneSymbolTheirOwnExtents() throws {
    let nameless = try types(
      ONNXOptions(batch: 2, dimensions: ["a.2": 48, "a.3": 192]),
      [("a", [.symbol("?"), .fixed(3), .symbol("?"), .symbol("?")])])
    #expect(nameless == ["f32[2, 3, 48, 192]"])
    let common = try types(
      ONNXOptions(dimensions: ["?": 32]), [("a", [.symbol("?"), .symbol("?"), .symbol("?")])])
    #expect(common == ["f32[1, 32, 32]"])
    let named = try types(
      ONNXOptions(dimensions: ["side": 5, "a.2": 7]),
      [("a", [.symbol("N"), .symbol("side"), .symbol("side")])])
    #expect(named == ["f32[1, 5, 7]"])
  }

  @Test func keepsAFixedBatchWhenNoneIsAskedFor() throws {
    #expect(try types(ONNXOptions(), [("a", [.fixed(6), .fixed(2)])]) == ["f32[6, 2]"])
  }

  @Test func readsElementTypes() throws {
    let graph = try imported { writer in
      writer.input("half", [.fixed(1)], element: 10)
      writer.input("double", [.fixed(1)], element: 11)
      writer.input("int", [.fixed(1)], element: 6)
      writer.input("bool", [.fixed(1)], element: 9)
      writer.output("half")
    }
    #expect(
      graph.inputs.map { graph[$0.node].type.element } == [.float32, .float32, .int32, .bool])
  }
}
