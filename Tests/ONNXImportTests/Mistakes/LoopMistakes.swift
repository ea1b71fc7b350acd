/// One loop or branch on x f32[2, 3], y f32[4, 3], the number n i64[] and the truth value b, which only the caller knows, and the
/// known numbers three, many and none.
///
/// - Parameter inner: where in the body the mistake is; nil for the loop itself.
private func loop(
  _ kind: String, _ inputs: [String], outputs: [String] = ["r"],
  _ attributes: [(String, ONNXWriter.Attribute)] = [], opset: Int = 17, inner: String? = nil,
  error: String, hint: String? = nil, body: (@Sendable (inout ONNXWriter) -> Void)? = counting
) -> Mistake {
  let place = "model.onnx: node 'n' (\(kind), opset \(opset))" + (inner.map { ", \($0)" } ?? "")
  return Mistake(
    "\(kind) \(inputs): \(error)",
    expected: "\(place): error: \(error)" + (hint.map { "\n  \($0)" } ?? "")
  ) { writer in
    writer.opset = opset
    writer.input("x", 2, 3)
    writer.input("y", 4, 3)
    writer.input("n", [], element: 7)
    writer.input("b", [], element: 9)
    writer.ones("w", 2)
    writer.integers("three", 3)
    writer.integers("many", 1 << 40)
    writer.integers("none", 0)
    var attributes = attributes
    if let body {
      var graph = ONNXWriter()
      body(&graph)
      attributes.append(("body", .graph(graph)))
    }
    writer.node(kind, inputs, outputs: outputs, attributes)
    for output in outputs { writer.output(output) }
  }
}

/// A body that carries v, and gives its ReLU each turn.
@Sendable private func counting(_ body: inout ONNXWriter) { body.turn("Relu", ["v"]) }

extension ONNXWriter {
  /// The body of a `Loop`, which one node makes the next value of.
  fileprivate mutating func turn(_ kind: String, _ operands: [String], again: String = "on") {
    input("i", [], element: 7)
    input("on", [], element: 9)
    input("v", 2, 3)
    node("Identity", [again], name: "again", outputs: ["again"])
    node(kind, operands, name: "next", outputs: ["next"])
    node("Identity", ["next"], name: "seen", outputs: ["seen"])
    output("again")
    output("next")
    output("seen")
  }

  /// The body of a `Scan`, which goes through one or two operands.
  fileprivate mutating func step(_ names: String...) {
    for name in names { input(name, 3) }
    node("Neg", [names[0]], name: "next", outputs: ["next"])
    output("next")
  }
}

/// A branch that gives a value from around it.
private func branch(_ name: String, as result: String) -> ONNXWriter.Attribute {
  var writer = ONNXWriter()
  writer.node("Identity", [name], name: result, outputs: [result])
  writer.output(result)
  return .graph(writer)
}

private let countedHint =
  "the turns are counted when the file is read; export the model without the loop"

/// Loops and branches that cannot be imported, and why.
let loopMistakes: [Mistake] = [
  loop("Loop", ["three", "", "x"], error: "its body is missing", body: nil),
  loop(
    "Loop", ["n", "", "x"],
    error: "its number of turns depends on the data that the model is given", hint: countedHint),
  loop(
    "Loop", ["three", "b", "x"], error: "its condition depends on the data that the model is given",
    hint: countedHint),
  loop(
    "Loop", ["three", "", "x"],
    error: "its condition after turn 1 depends on the data that the model is given",
    hint: countedHint
  ) { $0.turn("Relu", ["v"], again: "b") },
  loop(
    "Loop", ["w", "", "x"], error: "its number of turns must be one integer, not f32[2]"),
  loop("Loop", ["three"], error: "operands are missing"),
  loop(
    "Loop", ["three", "", "x", "y"],
    error: "its body takes 3 values and gives 3, but it has 4 operands and 1 output"),
  loop(
    "Loop", ["three", "", "x"], outputs: ["r", "s", "t"],
    error: "its body takes 3 values and gives 3, but it has 3 operands and 3 outputs"),
  loop(
    "Loop", ["many", "", "x"],
    error: "the functions and loops of the file have more than 65536 nodes, inlined"),
  loop(
    "Loop", ["none", "", "x"], outputs: ["r", "s"],
    error: "there are no turns, and the shape of 'seen' is not declared in its body"),
  // Said once, though every turn has it.
  loop(
    "Loop", ["three", "", "x"], inner: "turn 0: node 'next' (Frobnicate, opset 17)",
    error: "the operator Frobnicate is not supported"
  ) { $0.turn("Frobnicate", ["v"]) },
  loop(
    "Scan", ["x"], [("num_scan_inputs", .int(2))],
    error: "num_scan_inputs must be from 1 to the number of operands"
  ) { $0.step("a") },
  loop(
    "Scan", ["x", "y"], [("num_scan_inputs", .int(2))],
    error: "what it goes through has 2 and 4 entries"
  ) { $0.step("a", "b") },
  loop(
    "Scan", ["x"], [("num_scan_inputs", .int(1)), ("scan_input_axes", .ints([0, 1]))],
    error: "scan_input_axes has 2 integers, not 1"
  ) { $0.step("a") },
  loop(
    "Scan", ["x"], [("num_scan_inputs", .int(1)), ("scan_input_axes", .ints([2]))],
    error: "axis 2 does not exist in a tensor of 2 axes"
  ) { $0.step("a") },
  loop(
    "If", ["b"], [("then_branch", branch("x", as: "s")), ("else_branch", branch("b", as: "t"))],
    error: "its condition depends on the data that the model is given, and its branches give "
      + "f32[2, 3] and bool[]",
    hint: "branches may differ in the length of one axis; export the model without the choice",
    body: nil),
  loop(
    "If", ["b"], [("then_branch", branch("x", as: "s"))], error: "its else_branch is missing",
    body: nil),
  loop(
    "Scan", ["", "x"], [("num_scan_inputs", .int(1))], opset: 8,
    error: "the operator Scan before set 9, which has an axis of images, is not supported"
  ) { $0.step("a") },
]
