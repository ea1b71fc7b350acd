import GraphIR
import Interpreter
import ONNXImport
import Testing

/// What quantises in files, as operations on the integers that files hold.
struct QuantisationTests {
  /// Numbers of `TensorProto.DataType`.
  static let (float, uint8, int8, int32) = (1, 2, 3, 6)

  @Test func knownWeightsAndBiasesStayIntegers() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 2, 4, 4)
      writer.scale("s", 0.5)
      writer.scale("weight_scale", 0.25, 0.125)
      writer.initializer("z", [], element: Self.uint8, raw: [128])
      writer.initializer("weight", [2, 2, 1, 1], element: Self.int8, raw: [1, 255, 3, 128])
      writer.initializer("bias", [2], element: Self.int32, raw: [1, 0, 0, 0, 255, 255, 255, 255])
      writer.node("QuantizeLinear", ["x", "s", "z"], name: "q", outputs: ["q"])
      writer.node("DequantizeLinear", ["q", "s", "z"], name: "d", outputs: ["d"])
      writer.node(
        "DequantizeLinear", ["weight", "weight_scale"], name: "dw", outputs: ["w"],
        [("axis", .int(0))])
      writer.node(
        "DequantizeLinear", ["bias", "weight_scale"], name: "db", outputs: ["b"],
        [("axis", .int(0))])
      writer.node("Conv", ["d", "w", "b"], name: "conv")
      writer.output("y")
    }
    #expect(
      listing(of: graph) == [
        "q = quantize(x, s, z) : u8[1, 2, 4, 4]", "d = dequantize(q, s, z) : f32[1, 2, 4, 4]",
        "dw = dequantize(weight, weight_scale, dw.zero_point) : f32[2, 2, 1, 1]",
        "db = dequantize(bias, weight_scale, db.zero_point) : f32[2]",
        "conv = conv2d(d, dw, db) : f32[1, 2, 4, 4]",
      ])
    func constant(_ name: String) -> Tensor? {
      graph.node(named: name).flatMap(graph.constantValue)
    }
    #expect(
      constant("weight") == Tensor([2, 2, 1, 1], elements: [Int8](arrayLiteral: 1, -1, 3, -128)))
    #expect(constant("bias") == Tensor([2], elements: [Int32](arrayLiteral: 1, -1)))
    #expect(constant("db.zero_point") == Tensor([2], elements: [Int32](arrayLiteral: 0, 0)))
  }

  @Test func weightsOfProductsAreMadeUprightAsIntegers() throws {
    let graph = try imported { writer in
      writer.input("x", 2, 3)
      writer.scale("s", 0.25, 0.125)
      writer.initializer("weight", [3, 2], element: Self.int8, raw: [1, 2, 3, 4, 5, 6])
      writer.node(
        "DequantizeLinear", ["weight", "s"], name: "dw", outputs: ["w"], [("axis", .int(-1))])
      writer.node("MatMul", ["x", "w"], name: "product", outputs: ["p"])
      writer.node("Gemm", ["x", "w"], name: "gemm", outputs: ["g"])
      writer.output("p")
      writer.output("g")
    }
    #expect(
      listing(of: graph) == [
        "product.weight = dequantize(w*, s, dw.zero_point) : f32[2, 3]",
        "product = linear(x, product.weight) : f32[2, 2]",
        "gemm.weight = dequantize(w*.1, s, dw.zero_point) : f32[2, 3]",
        "gemm = linear(x, gemm.weight) : f32[2, 2]",
      ])
    let weight = try #require(graph.node(named: "product.weight"))
    #expect(graph[weight].operation == .dequantize(axis: 0))
    #expect(
      graph.constantValue(of: graph[weight].inputs[0])
        == Tensor([2, 3], elements: [Int8](arrayLiteral: 1, 3, 5, 2, 4, 6)))
  }

  @Test func oneScaleMayHaveAnAxis() throws {
    let graph = try imported { writer in
      writer.input("x", 2, 3)
      writer.input("s", 1)
      writer.scale("t", 0.5)
      writer.initializer("z", [1], element: Self.int8, raw: [3])
      writer.node("QuantizeLinear", ["x", "s", "z"], name: "q", outputs: ["q"])
      writer.node("DequantizeLinear", ["q", "t", "z"], name: "y")
      writer.output("y")
    }
    #expect(
      listing(of: graph) == [
        "q.scalar = reshape(s) : f32[]", "q = quantize(x, q.scalar, z*) : i8[2, 3]",
        "y = dequantize(q, t, z*.1) : f32[2, 3]",
      ])
  }

  @Test func knownFloatsAreQuantisedWhenTheFileIsRead() throws {
    let graph = try imported { writer in
      writer.input("x", 1, 2)
      writer.scale("w", 0.75, -1, 1e9, .nan)
      writer.scale("s", 0.5)
      writer.initializer("z", [], element: Self.int8, raw: [1])
      writer.node("QuantizeLinear", ["w", "s", "z"], name: "q", outputs: ["q"])
      writer.node("DequantizeLinear", ["q", "s", "z"], name: "d", outputs: ["d"])
      writer.output("d")
    }
    #expect(listing(of: graph) == ["d = dequantize(q, s, z) : f32[4]"])
    let q = try #require(graph.node(named: "q"))
    #expect(
      graph.constantValue(of: q) == Tensor([4], elements: [Int8](arrayLiteral: 3, -1, 127, -128)))
  }

  @Test func theZeroPointHasTheTypeOfTheIntegers() throws {
    #expect(throws: (any Error).self) {
      try imported { writer in
        writer.input("x", [.fixed(4)], element: Self.uint8)
        writer.scale("s", 0.5)
        writer.initializer("z", [], element: Self.int8, raw: [3])
        writer.node("DequantizeLinear", ["x", "s", "z"], name: "y")
        writer.output("y")
      }
    }
  }
}

extension ONNXWriter {
  /// Adds an initializer of floats: without an axis for one of them.
  fileprivate mutating func scale(_ name: String, _ values: Float...) {
    initializer(
      name, values.count == 1 ? [] : [values.count],
      raw: values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
  }
}
