import GraphIR
import Interpreter
import ONNXImport
import Testing

/// Inputs and outputs of integers, which keep the types that a file declares.
struct IntegerTypeTests {
  /// Numbers of `TensorProto.DataType`.
  private static let (float, uint8, int8, int32, int64) = (1, 2, 3, 6, 7)

  @Test func aPictureOfBytesIsCastOnce() throws {
    let graph = try imported { writer in
      writer.input("image", [.fixed(1), .fixed(4), .fixed(5), .fixed(3)], element: Self.uint8)
      writer.node("Cast", ["image"], name: "", outputs: ["f"], [("to", .int(Self.float))])
      writer.node("Transpose", ["f"], name: "t", [("perm", .ints([0, 3, 1, 2]))])
      writer.output("y")
    }
    #expect(
      listing(of: graph) == [
        "f = cast(image) : f32[1, 4, 5, 3]", "t = transpose(f) : f32[1, 3, 4, 5]",
      ])
    #expect(graph[graph.inputs[0].node].type == TensorType([1, 4, 5, 3], element: .uint8))
  }

  @Test func bytesAreMovedAsTheyAre() throws {
    let graph = try imported { writer in
      writer.input("image", [.fixed(1), .fixed(4), .fixed(5), .fixed(3)], element: Self.uint8)
      writer.node(
        "Transpose", ["image"], name: "t", outputs: ["m"], [("perm", .ints([0, 3, 1, 2]))])
      writer.node("Cast", ["m"], name: "f", [("to", .int(Self.float))])
      writer.output("y")
    }
    #expect(
      listing(of: graph) == [
        "t = transpose(image) : u8[1, 3, 4, 5]", "f = cast(t) : f32[1, 3, 4, 5]",
      ])
  }

  @Test func arithmeticSeesInt64AndOutputsTheDeclaredType() throws {
    let graph = try imported { writer in
      writer.input("ids", [.fixed(2)], element: Self.int32)
      writer.node("Max", ["ids", "ids"], name: "max", outputs: ["m"])
      writer.node("Identity", ["ids"], name: "same", outputs: ["s"])
      writer.output("m", element: Self.int32)
      writer.output("s", element: Self.int32)
    }
    #expect(graph.outputs.map { graph[$0.node].type.element } == [.int32, .int32])
    #expect(
      listing(of: graph) == [
        "ids.i64 = cast(ids) : i64[2]", "max = max(ids.i64, ids.i64) : i64[2]",
        "same = identity(ids) : i32[2]", "m = cast(max) : i32[2]",
      ])
  }

  @Test func indicesOfElementsGetTheTypeOfTheFile() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 5)
      writer.node("ArgMax", ["x"], name: "best", outputs: ["b"], [("axis", .int(1))])
      writer.node("Cast", ["b"], name: "narrow", [("to", .int(Self.int32))])
      writer.output("y", element: Self.int32)
    }
    #expect(
      listing(of: graph) == [
        "best = top_indices(x) : i64[1, 1]", "narrow = cast(best) : i32[1, 1]",
      ])
  }

  @Test func castsKeepTheLowBits() throws {
    let graph = try imported { writer in
      writer.input("x", 6)
      writer.input("i", [.fixed(3)], element: Self.int64)
      writer.node("Cast", ["x"], name: "a", outputs: ["a"], [("to", .int(Self.uint8))])
      writer.node("Cast", ["i"], name: "b", outputs: ["b"], [("to", .int(Self.int32))])
      writer.node("Cast", ["b"], name: "c", outputs: ["c"], [("to", .int(Self.int8))])
      writer.output("a", element: Self.uint8)
      writer.output("b", element: Self.int32)
      writer.output("c", element: Self.int8)
    }
    let results = try Interpreter(graph).run(inputs: [
      "x": Tensor([6], floats: [1.9, -1.9, 255.5, 256, 300.7, -200]),
      "i": Tensor([3], integers: [200, 1 << 40 + 7, -129]),
    ])
    // As ONNX Runtime gives them.
    #expect(results["a"] == Tensor([6], elements: [UInt8(1), 255, 255, 0, 44, 56]))
    #expect(results["b"] == Tensor([3], elements: [Int32(200), 7, -129]))
    #expect(results["c"] == Tensor([3], elements: [Int8(-56), 7, 127]))
  }
}
