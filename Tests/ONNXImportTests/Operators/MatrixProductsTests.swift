import GraphIR
import ONNXImport
import Testing

/// The form of products; their numbers are tested by the fixtures.
struct MatrixProductsTests {
  @Test func weightsOfTheRightLayoutKeepTheirName() throws {
    let graph = try imported { writer in
      writer.input("x", 2, 3)
      writer.ones("fc.weight", 5, 3)
      writer.ones("fc.bias", 5)
      writer.node("Gemm", ["x", "fc.weight", "fc.bias"], name: "/fc/Gemm", [("transB", .int(1))])
      writer.output("y")
    }
    #expect(listing(of: graph) == ["fc = linear(x, fc.weight, fc.bias) : f32[2, 5]"])
  }

  @Test func othersAreTransposedAndScaledOnce() throws {
    let graph = try imported { writer in
      writer.input("x", 2, 3)
      writer.ones("w", 3, 5)
      writer.ones("b", 1)
      writer.node(
        "Gemm", ["x", "w", "b"], name: "fc", [("alpha", .float(2)), ("beta", .float(3))])
      writer.output("y")
    }
    #expect(listing(of: graph) == ["fc = linear(x, w*, b*) : f32[2, 5]"])
    let constants = graph.constants.compactMap { graph.constantValue(of: $0) }
    #expect(
      constants == [
        Tensor([5, 3], floats: [Float](repeating: 2, count: 15)),
        Tensor([5], floats: [Float](repeating: 3, count: 5)),
      ])
  }

  @Test func computedOperandsStayProducts() throws {
    let graph = try imported { writer in
      writer.input("a", 2, 3)
      writer.input("b", 3, 5)
      writer.input("c", 2, 1)
      writer.node("MatMul", ["a", "b"], name: "product", outputs: ["p"])
      writer.node("Gemm", ["a", "b", "c"], name: "fc", outputs: ["q"])
      writer.output("p")
      writer.output("q")
    }
    #expect(
      listing(of: graph) == [
        "product = matmul(a, b) : f32[2, 5]", "fc.product = matmul(a, b) : f32[2, 5]",
        "fc = add(fc.product, c) : f32[2, 5]",
      ])
  }
}
