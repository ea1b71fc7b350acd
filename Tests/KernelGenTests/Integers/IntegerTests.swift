import Artifacts
import Diagnostics
import GraphIR
import Interpreter
import KernelGen
import Planning
import TestSupport
import Testing

/// Inputs and outputs of integers: every type into and out of compiled code, moved and cast, against
/// the interpreter.
@Suite struct IntegerTests {
  static let types: [ElementType] = [.uint8, .int8, .int32, .int64]

  private func check(_ graph: Graph, _ set: InstructionSet, inputs: [Tensor]) throws {
    let compiled = try CompiledGraph(graph, set)
    #expect(compiled.plan.memoryMistake() == nil)
    #expect(compiled.fault() == nil)
    let names = graph.inputs.map { graph[$0.node].name }
    let wanted = try Interpreter(graph).run(
      inputs: Dictionary(uniqueKeysWithValues: zip(names, inputs)))
    for (output, tensor) in zip(graph.outputs, compiled.run(inputs)) {
      let expected = try #require(wanted[output.name])
      #expect(mismatch(tensor, expected, tolerance: 0) == nil, "\(set.rawValue): \(output.name)")
    }
  }

  /// The ends of every type, and what f32 and the narrower types do not hold.
  private static func numbers(_ element: ElementType, count: Int) throws -> Tensor {
    let marks: [Int64] = [
      0, 1, -1, 127, 128, -128, -129, 255, 256, -16, 16_777_216, 16_777_217, -16_777_219,
      2_147_483_647, -2_147_483_648, 2_147_483_648, 4_294_967_301, .max, .min, 1 << 40 + 3,
    ]
    let values = (0..<count).map { marks[($0 * 7) % marks.count] }
    return evaluate(.cast(element), [Tensor([count], integers: values)])
  }

  @Test(arguments: runnableSets, types)
  func everyTypeIsCastToEveryType(_ set: InstructionSet, _ element: ElementType) throws {
    var graph = Graph(name: "casts")
    let x = graph.addInput("x", TensorType([21], element: element))
    graph.addOutput("itself", x)
    for other in ElementType.allCases where other != element {
      graph.addOutput(other.rawValue, try graph.add(.cast(other), [x], name: other.rawValue))
    }
    try check(graph, set, inputs: [try Self.numbers(element, count: 21)])
  }

  @Test(arguments: runnableSets)
  func floatsLoseWhatIsBehindThePointAndHighBits(_ set: InstructionSet) throws {
    var graph = Graph(name: "floats")
    let values: [Float] = [
      0, 0.9, -0.9, 1.5, -1.5, 127.9, 128, 255.5, 256, 300.7, -200, -129, 65_535, 16_777_216, -3e9,
      3e9, 5e9, 1e18, 0x1p62, -.infinity, .infinity, .nan, 0x1p-140,
    ]
    let x = graph.addInput("x", TensorType([values.count]))
    let moved = try graph.add(.unary(.negate), [x], name: "moved")
    for element in ElementType.allCases where element != .float32 {
      graph.addOutput(
        element.rawValue, try graph.add(.cast(element), [moved], name: element.rawValue))
    }
    try check(graph, set, inputs: [Tensor([values.count], floats: values)])
  }

  @Test(arguments: runnableSets, types + [.bool])
  func movedIntegersAreExact(_ set: InstructionSet, _ element: ElementType) throws {
    var graph = Graph(name: "moves")
    let x = graph.addInput("x", TensorType([2, 3, 5], element: element))
    let other = graph.addConstant(
      "c", try Self.numbers(element, count: 10).reshaped(to: [2, 1, 5]))
    let places = graph.addConstant("places", Tensor([4], integers: [2, -3, 0, 2]))
    func output(_ name: String, _ operation: Operation, _ operands: [NodeID]) throws {
      let id = try graph.add(operation, operands, name: name)
      graph.addOutput(name, id)
    }
    try output("transposed", .transpose([2, 0, 1]), [x])
    try output("joined", .concatenate(axis: 1), [x, x])
    try output("with", .concatenate(axis: 1), [x, other])
    try output(
      "some",
      .slice([
        SliceRange(start: 1, end: -1, step: -1), SliceRange(start: 0, end: 3, step: 2),
        SliceRange(start: 1, end: 4),
      ]), [x])
    try output("padded", .pad(PadAmounts(before: [0, 1, 0], after: [1, 0, 2], value: 7)), [x])
    try output("gathered", .gather(axis: 1), [x, places])
    let flat = try graph.add(.reshape([1, 30]), [x], name: "flat")
    try output("repeated", .broadcast([3, 30]), [flat])
    // Nothing goes through f32.
    #expect(
      try plan(graph, for: Machine(set)).steps.allSatisfy {
        if case .convert = $0.kernel { false } else { true }
      })
    try check(graph, set, inputs: [try Self.numbers(element, count: 30).reshaped(to: [2, 3, 5])])
  }

  /// What a caller gives has all of its bits, also those that f32 does not hold; what is computed has those of its range.
  @Test(arguments: runnableSets, types)
  func bitsOfEveryTypeAreCombinedExactly(_ set: InstructionSet, _ element: ElementType) throws {
    var graph = Graph(name: "bits")
    let x = graph.addInput("x", TensorType([3, 21], element: element))
    let column = graph.addInput("column", TensorType([3, 1], element: element))
    let row = graph.addConstant("row", try Self.numbers(element, count: 21))
    let ones = graph.addConstant(
      "ones", evaluate(.cast(element), [Tensor([], integers: [-1])]))
    let numbers = graph.addInput("numbers", TensorType([3, 21]))
    let bounded = try graph.add(.unary(.clip(low: -100, high: 100)), [numbers], name: "bounded")
    let small = try graph.add(.cast(.int64), [bounded], name: "small")
    let mask = graph.addConstant("mask", Tensor([21], integers: (0..<21).map { $0 * 37 - 300 }))
    for function in BitFunction.allCases {
      func output(_ name: String, _ a: NodeID, _ b: NodeID) throws {
        let name = "\(function) \(name)"
        graph.addOutput(name, try graph.add(.bits(function), [a, b], name: name))
      }
      try output("column", x, column)
      try output("row", row, x)
      try output("ones", x, ones)
      try output("chain", try graph.add(.bits(.exclusiveOr), [x, column], name: "inner"), row)
      try output("computed", small, mask)
    }
    let values = (0..<63).map { Float(($0 * 7919 + 13) % 257 - 128) }
    try check(
      graph, set,
      inputs: [
        try Self.numbers(element, count: 63).reshaped(to: [3, 21]),
        try Self.numbers(element, count: 5).elements(at: [1, 2, 4], shape: [3, 1]),
        Tensor([3, 21], floats: values),
      ])
  }

  /// Whatever an index is, it is one of the axis.
  @Test(arguments: runnableSets, [ElementType.int32, .int64])
  func indicesOfACallerStayInTheirAxis(_ set: InstructionSet, _ element: ElementType) throws {
    var graph = Graph(name: "lookup")
    let ids = graph.addInput("ids", TensorType([21], element: element))
    let table = graph.addConstant("table", .seeded([7, 3], seed: 1))
    let wide = try graph.add(.cast(.int64), [ids], name: "wide")
    graph.addOutput("rows", try graph.add(.gather(axis: 0), [table, wide], name: "rows"))
    let limit = graph.addConstant("limit", Tensor([], integers: [5]))
    let low = try graph.add(.binary(.minimum, then: nil), [wide, limit], name: "low")
    let zero = graph.addConstant("zero", Tensor([], integers: [0]))
    graph.addOutput(
      "clamped", try graph.add(.binary(.maximum, then: nil), [low, zero], name: "clamped"))
    graph.addOutput("few", try graph.add(.compare(.less), [wide, limit], name: "few"))
    try check(graph, set, inputs: [try Self.numbers(element, count: 21)])
  }

  /// More elements than a task takes, and an odd number of them.
  @Test func largeInputsAreConvertedInParts() throws {
    var graph = Graph(name: "large")
    let x = graph.addInput("x", TensorType([3, 31_013], element: .uint8))
    graph.addOutput("floats", try graph.add(.cast(.float32), [x], name: "floats"))
    graph.addOutput("bytes", try graph.add(.cast(.int8), [x], name: "bytes"))
    try check(graph, .host, inputs: [.seeded(TensorType([3, 31_013], element: .uint8), seed: 4)])
  }

  @Test func whatF32CannotTellApartIsRefused() throws {
    func refusal(_ build: (inout Graph, NodeID, NodeID) throws -> NodeID) throws -> String {
      var graph = Graph(name: "m")
      let a = graph.addInput("a", TensorType([3], element: .int64))
      let b = graph.addInput("b", TensorType([3], element: .int64))
      graph.addOutput("y", try build(&graph, a, b))
      do {
        _ = try plan(graph, for: Machine(.baseline))
        return "nothing"
      } catch let error as DiagnosticError {
        return error.diagnostics[0].message
      }
    }
    let why =
      " may take integers beyond ±16777215, which kernels, computing with f32, do not tell apart"
    #expect(
      try refusal { graph, a, b in try graph.add(.compare(.less), [a, b], name: "y") }
        == "less of integers" + why)
    #expect(
      try refusal { graph, a, b in
        try graph.add(.binary(.minimum, then: nil), [a, b], name: "y")
      } == "an output" + why)
    #expect(
      try refusal { graph, a, b in
        let low = try graph.add(.binary(.minimum, then: nil), [a, b], name: "low")
        return try graph.add(.cast(.int32), [low], name: "y")
      } == "a cast to i32" + why)
    #expect(
      try refusal { graph, a, _ in
        let table = graph.addConstant("table", Tensor([1 << 24, 0], floats: []))
        return try graph.add(.gather(axis: 0), [table, a], name: "y")
      } == "an index into an axis of 16777216" + why)
  }
}
