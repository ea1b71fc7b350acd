import Diagnostics
import Foundation
import GraphIR
import Interpreter
import ONNXImport
import TestSupport
import Testing

/// Values of which only the first entries exist, as many as the data says.
@Suite struct OpenRowsTests {
  /// The outputs of a file for boxes b f32[1, 4, 4] and scores s f32[1, 2, 4].
  private func outputs(
    _ write: (inout ONNXWriter) -> Void
  ) throws -> [String: Tensor] {
    try withTemporaryFolder { folder in
      var writer = ONNXWriter()
      writer.opset = 13
      writer.input("b", 1, 4, 4)
      writer.input("s", 1, 2, 4)
      writer.integers("four", 4)
      writer.integers("zero", 0)
      writer.integers("two", 2)
      write(&writer)
      let file = folder.appendingPathComponent("model.onnx")
      try Data(writer.bytes).write(to: file)
      let graph = try importONNX(path: file.path)
      #expect(graph.firstBrokenInvariant() == nil)
      let boxes: [[Float]] = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [5, 5, 6, 6]]
      return try Interpreter(graph).run(inputs: [
        "b": Tensor([1, 4, 4], floats: boxes.flatMap { $0 }),
        "s": Tensor([1, 2, 4], floats: [0.5, 0.75, 0.25, 0, 0, 0, 0, 0.5]),
      ])
    }
  }

  @Test func outputsHaveACount() throws {
    let found = try outputs { writer in
      for (name, value) in [("half", Float(0.5)), ("least", 0.125)] {
        writer.initializer(name, [1], raw: withUnsafeBytes(of: value) { Array($0) })
      }
      writer.node("NonMaxSuppression", ["b", "s", "four", "half", "least"], outputs: ["rows"])
      writer.node("GatherND", ["s", "rows"], outputs: ["best"])
      writer.node("Slice", ["rows", "zero", "two"], outputs: ["some"])
      for name in ["rows", "best", "some"] { writer.output(name) }
    }
    #expect(
      found["rows"]
        == Tensor(
          [8, 3],
          integers: [0, 0, 1, 0, 0, 2, 0, 1, 3] + [Int64](repeating: -1, count: 15)))
    #expect(found["rows.count"] == Tensor([], integers: [3]))
    #expect(found["best"] == Tensor([8], floats: [0.75, 0.25, 0.5, 0, 0, 0, 0, 0]))
    #expect(found["best.count"] == Tensor([], integers: [3]))
    #expect(found["some"] == Tensor([2, 3], integers: [0, 0, 1, 0, 0, 2]))
    #expect(found["some.count"] == Tensor([], integers: [2]))
  }

  /// Nothing is kept where no box may be, and then there is nothing to count.
  @Test func noBoxesAreKnown() throws {
    let found = try outputs { writer in
      writer.node("NonMaxSuppression", ["b", "s"], outputs: ["rows"])
      writer.output("rows")
    }
    #expect(found == ["rows": Tensor([0, 3], integers: [])])
  }

  @Test func whatNeedsTheNumberIsRefused() throws {
    for kind in ["ReduceLogSum", "Hardmax", "LpNormalization"] {
      let error = #expect(throws: DiagnosticError.self) {
        _ = try outputs { writer in
          writer.node("NonZero", ["s"], outputs: ["places"])
          writer.node("Cast", ["places"], outputs: ["numbers"], [("to", .int(1))])
          writer.node(kind, ["numbers"], outputs: ["y"])
          writer.output("y")
        }
      }
      let text =
        "(\(kind), opset 13): error: how many entries axis 1 of 'numbers' has depends on the data, "
        + "and \(kind) cannot be computed without that number\n  export the model without what "
        + "follows, and do that outside"
      #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }
  }
}
