import Diagnostics
import GraphIR
import Interpreter
import TestSupport
import Testing

/// `y = relu(x + p)`, `z = x + p`, with `p` a parameter.
private func smallGraph() throws -> Graph {
  var graph = Graph(name: "small")
  let x = graph.addInput("x", TensorType([2]))
  let p = graph.addParameter("layer.p", TensorType([2]))
  let sum = try graph.add(.binary(.add, then: nil), [x, p], name: "sum")
  let y = try graph.add(.unary(.relu), [sum], name: "y")
  graph.addOutput("y", y)
  graph.addOutput("z", sum)
  return graph
}

private let pair = Tensor([2], floats: [1, 2])

@Test("computes every output by name")
func outputs() throws {
  var graph = try smallGraph()
  graph.bind(graph.node(named: "layer.p")!, to: Tensor([2], floats: [-3, 3]))
  let result = try Interpreter(graph).run(inputs: ["x": pair])
  #expect(result == ["y": Tensor([2], floats: [0, 5]), "z": Tensor([2], floats: [-2, 5])])
}

@Test("shows every value in order")
func visits() throws {
  var graph = try smallGraph()
  graph.bind(graph.node(named: "layer.p")!, to: Tensor([2], floats: [-3, 3]))
  var seen: [String] = []
  try Interpreter(graph).runAll(inputs: ["x": pair]) { id, value in
    seen.append("\(graph[id].name) \(value.floats)")
  }
  #expect(seen == ["sum [-2.0, 5.0]", "y [0.0, 5.0]"])
}

@Test("outputs may be inputs or constants")
func sourcesAsOutputs() throws {
  var graph = Graph(name: "sources")
  graph.addOutput("same", graph.addInput("x", TensorType([2])))
  graph.addOutput("known", graph.addConstant("c", pair))
  #expect(try Interpreter(graph).run(inputs: ["x": pair]) == ["same": pair, "known": pair])
}

@Test("mistakes are diagnostics that name the tensor")
func mistakes() throws {
  let interpreter = Interpreter(try smallGraph())
  func message(_ inputs: [String: Tensor]) -> String {
    do {
      _ = try interpreter.run(inputs: inputs)
      return "no error"
    } catch {
      return "\(error)"
    }
  }
  #expect(message(["x": pair]).contains("the parameter 'layer.p' has no value"))
  #expect(message([:]).contains("no value is given for the input 'x'"))
  #expect(message(["x": pair, "xx": pair]).contains("the model has no input 'xx'"))
  #expect(
    message(["x": Tensor([1], floats: [1])])
      .contains("the input 'x' is f32[2], but f32[1] is given"))
}

@Test("a value beyond the limit is a diagnostic, not a lack of memory")
func tooLarge() throws {
  var graph = Graph(name: "large")
  let x = graph.addInput("x", TensorType([1]))
  let pad = PadAmounts(before: [1 << 31], after: [0])
  graph.addOutput("y", try graph.add(.pad(pad), [x], name: "wide"))
  #expect(throws: DiagnosticError.self) {
    try Interpreter(graph).run(inputs: ["x": Tensor([1], floats: [1])])
  }
}

@Test("a convolution gives the same bits every time, however it is spread over threads")
func sameBits() {
  let x = Tensor.seeded([2, 16, 37, 41], seed: 1)
  let weight = Tensor.seeded([9, 16, 3, 3], seed: 2)
  let operation = Operation.convolution(Convolution(padding: Padding(1)))
  let first = evaluate(operation, [x, weight])
  for _ in 0..<3 { #expect(evaluate(operation, [x, weight]) == first) }
}
