import GraphIR
import Testing

@Test("operands after their reader are found")
func order() throws {
  var graph = Graph(name: "order")
  let x = graph.addInput("x", TensorType([2]))
  let a = try graph.add(.unary(.relu), [x], name: "a")
  let b = try graph.add(.unary(.exp), [x], name: "b")
  graph.addOutput("y", b)
  #expect(graph.firstBrokenInvariant() == nil)
  try graph.update(a, .unary(.relu), [b])
  #expect(graph.firstBrokenInvariant() == "a stands before its operand b")
}

@Test("a constant that no longer fits its reader is found")
func types() throws {
  var graph = Graph(name: "types")
  let x = graph.addInput("x", TensorType([2]))
  let a = try graph.add(.unary(.relu), [x], name: "a")
  let b = try graph.add(.reshape([2, 1]), [a], name: "b")
  graph.addOutput("y", b)
  try graph.update(a, .reshape([1, 2]), [x])
  #expect(graph.firstBrokenInvariant() == nil)
  try graph.update(a, .pad(PadAmounts(before: [1], after: [0])), [x])
  #expect(graph.firstBrokenInvariant()?.hasPrefix("b: reshape cannot give f32[3]") == true)
}

/// `y = relu(x + p)` with details to be varied.
private func small(
  name: String = "small", extent: Int = 2, parameter: String = "p",
  function: UnaryFunction = .relu, labels: String? = nil
) throws -> Graph {
  var graph = Graph(name: name)
  let x = graph.addInput("x", TensorType([extent]))
  let p = graph.addParameter(parameter, TensorType([extent]))
  let sum = try graph.add(.binary(.add, then: nil), [x, p], name: "sum")
  graph.addOutput("y", try graph.add(.unary(function), [sum], name: "y"), labels: labels)
  return graph
}

@Test("equal graphs are equal, and a difference is named")
func equality() throws {
  let graph = try small()
  #expect(try graph == small())
  var bound = graph
  bound.bind(bound.node(named: "p")!, to: Tensor([2], floats: [1, 2]))
  #expect(graph == bound)
  #expect(try graph.firstDifference(from: small(name: "other")) == "named small and other")
  #expect(try graph.firstDifference(from: small(extent: 3))?.contains("f32[3]") == true)
  #expect(try graph.firstDifference(from: small(parameter: "q"))?.contains("sum reads p") == true)
  #expect(try graph.firstDifference(from: small(function: .exp))?.hasPrefix("y: ") == true)
  #expect(try graph.firstDifference(from: small(labels: "l.txt"))?.contains("l.txt") == true)
}
