import GraphIR
import Interpreter
import KernelGen
import Passes
import Planning
import TestSupport
import Testing

/// What quantises, compiled after the pass that writes it with operations on f32, against the interpreter: the
/// same bits, for every byte and for what is no number.
@Suite struct QuantizationTests {
  private static let values: [Float] =
    [.nan, .infinity, -.infinity, 0, -0.0, 1e30, -1e30, 0x1p-140, -0.1]
    + (-640...640).map { Float($0) / 4 }

  @Test(arguments: runnableSets, Quantization.elements)
  func quantizing(_ set: InstructionSet, _ element: ElementType) throws {
    for axis in [nil, 1] {
      for zero in [0, 3] {
        for scale in [Float(1), 0.5, 0.3] {
          try check(Quantization(element: element, axis: axis), Int64(zero), scale, set)
        }
      }
    }
  }

  private func check(
    _ attributes: Quantization, _ zero: Int64, _ scale: Float, _ set: InstructionSet
  ) throws {
    let (count, axis) = (Self.values.count, attributes.axis)
    var graph = Graph(name: "quantizing")
    let x = graph.addInput("x", TensorType([1, 2, count]))
    let scales = graph.addConstant(
      "s", Tensor(axis == nil ? [] : [2], floats: axis == nil ? [scale] : [scale, 2 * scale]))
    let zeros = graph.addConstant(
      "z",
      evaluate(
        .cast(attributes.element),
        [Tensor(axis == nil ? [] : [2], integers: axis == nil ? [zero] : [zero, 0])]))
    let q = try graph.add(.quantize(attributes), [x, scales, zeros], name: "q")
    let y = try graph.add(.dequantize(axis: axis), [q, scales, zeros], name: "y")
    graph.addOutput("q", q)
    graph.addOutput("y", y)
    let input = Tensor([1, 2, count], floats: Self.values + Self.values.reversed())
    let wanted = try Interpreter(graph).run(inputs: ["x": input])
    optimize(&graph, context: PassContext(verifies: true))
    let results = try CompiledGraph(graph, set).run([input])
    #expect(results[0] == wanted["q"])
    #expect(results[1].floats.map(\.bitPattern) == wanted["y"]!.floats.map(\.bitPattern))
  }

  @Test(arguments: runnableSets, [ElementType.uint8, .int8, .int32])
  func dequantizing(_ set: InstructionSet, _ element: ElementType) throws {
    let numbers = evaluate(
      .cast(element), [Tensor([2, 128], integers: (0..<256).map { Int64($0) * 65_537 - 128 })])
    var graph = Graph(name: "dequantizing")
    let x = graph.addInput("x", numbers.type)
    let scales = graph.addConstant("s", Tensor([2], floats: [0.1, -3]))
    let zeros = graph.addConstant("z", evaluate(.cast(element), [Tensor([2], integers: [7, 0])]))
    // Known integers too, which are a result.
    for (name, operand) in [("y", x), ("c", graph.addConstant("k", numbers))] {
      graph.addOutput(
        name, try graph.add(.dequantize(axis: 0), [operand, scales, zeros], name: name))
    }
    let wanted = try Interpreter(graph).run(inputs: ["x": numbers])
    optimize(&graph, context: PassContext(verifies: true))
    for (output, result) in zip(["y", "c"], try CompiledGraph(graph, set).run([numbers])) {
      #expect(result.floats.map(\.bitPattern) == wanted[output]!.floats.map(\.bitPattern))
    }
  }

  @Test func aComputedScaleHasNoKernelWithoutThePass() throws {
    var graph = Graph(name: "quantizing")
    let x = graph.addInput("x", TensorType([4]))
    let operands = [
      x, graph.addInput("s", TensorType([])),
      graph.addConstant("z", Tensor([], elements: [UInt8(0)])),
    ]
    graph.addOutput(
      "q", try graph.add(.quantize(Quantization(element: .uint8)), operands, name: "q"))
    #expect(throws: (any Error).self) { try CompiledGraph(graph, runnableSets[0]) }
  }
}
