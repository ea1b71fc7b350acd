import GraphIR
import Testing

private let type = TensorType([2])

/// `a = relu(x)`, `b = exp(a)`, `c = add(a, b)`, output `c`.
private func chain() throws -> (graph: Graph, x: NodeID, a: NodeID, b: NodeID, c: NodeID) {
  var graph = Graph(name: "chain")
  let x = graph.addInput("x", type)
  let a = try graph.add(.unary(.relu), [x], name: "a")
  let b = try graph.add(.unary(.exp), [a], name: "b")
  let c = try graph.add(.binary(.add, then: nil), [a, b], name: "c")
  graph.addOutput("out", c)
  return (graph, x, a, b, c)
}

@Test("users are tracked, once per operand")
func users() throws {
  let (start, x, a, b, c) = try chain()
  var graph = start
  #expect(graph.users(of: a) == [b, c])
  #expect(graph.hasSingleUse(x))
  #expect(graph.hasSingleUse(b))
  #expect(!graph.hasSingleUse(c))
  try graph.update(c, .binary(.multiply, then: nil), [b, b])
  #expect(graph.users(of: b) == [c, c])
  #expect(!graph.hasSingleUse(b))
  #expect(graph.users(of: a) == [b])
  #expect(graph.firstBrokenInvariant() == nil)
}

@Test("an update that does not fit leaves the graph as it was")
func updateThrows() throws {
  let (start, x, _, _, c) = try chain()
  var graph = start
  let before = graph
  #expect(throws: ShapeError.self) { try graph.update(c, .matrixMultiply, [x, x]) }
  #expect(graph == before)
  #expect(graph.firstBrokenInvariant() == nil)
}

@Test("every use moves to another value, those of outputs too")
func replaceUses() throws {
  let (start, _, a, b, c) = try chain()
  var graph = start
  graph.replaceUses(of: b, by: a)
  #expect(graph[c].inputs == [a, a])
  graph.replaceUses(of: c, by: a)
  #expect(graph.outputs.map(\.node) == [a])
  let removed = graph.removeDeadNodes()
  #expect(removed)
  #expect(graph.order == [a])
  #expect(!graph.contains(b))
  let removedMore = graph.removeDeadNodes()
  #expect(!removedMore)
  #expect(graph.firstBrokenInvariant() == nil)
}

@Test("a fused node takes the first name of its chain and remembers the others in order")
func names() throws {
  let (start, _, a, b, c) = try chain()
  var graph = start
  graph.takeName(of: b, for: c)
  #expect(graph[c].name == "b")
  #expect(graph[b].name == "c")
  #expect(graph.node(named: "b") == c)
  graph.recordFusion(of: a, into: c)
  #expect(graph[c].fused == ["a", "c"])
  #expect(graph.firstBrokenInvariant() == nil)
}

@Test("a name that is taken gets a number, and a parameter of the same name and type is the same")
func uniqueNames() throws {
  let (start, x, _, _, _) = try chain()
  var graph = start
  let again = try graph.add(.unary(.relu), [x], name: "a")
  #expect(graph[again].name == "a.1")
  let constant = graph.addConstant("a", Tensor([], floats: [1]))
  #expect(graph[constant].name == "a.2")
  let weight = graph.addParameter("w", type)
  let same = graph.addParameter("w", type)
  #expect(same == weight)
}

@Test("a node may become a constant")
func constants() throws {
  let (start, _, a, b, _) = try chain()
  var graph = start
  let tensor = Tensor([2], floats: [1, 2])
  graph.replaceByConstant(b, tensor)
  #expect(graph.constantValue(of: b) == tensor)
  #expect(!graph.order.contains(b))
  #expect(graph.constantValue(of: a) == nil)
  #expect(graph.constants == [b])
  #expect(graph.firstBrokenInvariant() == nil)
}

@Test("a node may be added before another")
func insertion() throws {
  let (start, x, a, b, c) = try chain()
  var graph = start
  let inserted = try graph.add(.unary(.tanh), [x], name: "t", before: b)
  #expect(graph.order == [a, inserted, b, c])
  #expect(graph.firstBrokenInvariant() == nil)
}

@Test("outputs can be left out and turned round")
func keepOutputs() throws {
  let (start, _, a, b, _) = try chain()
  var graph = start
  graph.addOutput("first", a)
  graph.addOutput("second", b)
  graph.keepOutputs(["second", "out"])
  #expect(graph.outputs.map(\.name) == ["second", "out"])
}
