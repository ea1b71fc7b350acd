import Diagnostics
import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

/// NaN and infinities through compiled code: for every operation, what the interpreter gives.
@Suite struct CompiledSpecialValueTests {
  /// Numbers in [-2, 2), every eleventh or so NaN or infinite.
  private static func values(_ shape: [Int], seed: UInt64, special: Bool = true) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let plain = Tensor.seeded(shape, seed: seed, in: -2...2).floats
    return Tensor(
      shape,
      floats: plain.map { value in
        guard special else { return value }
        return switch generator.next() % 33 {
        case 0: .nan
        case 1: .infinity
        case 2: -.infinity
        default: value
        }
      })
  }

  /// An example as a graph, floats of the first operand (and the others where the operation has no
  /// weights) with special values, and what the interpreter gives; nil where an operand cannot be an
  /// input.
  private func problem(
    _ example: OperationExample, seed: UInt64
  ) throws -> (graph: Graph, inputs: [Tensor], expected: Tensor) {
    var graph = Graph(name: "example")
    var (inputs, values, ids): ([Tensor], [Tensor], [NodeID]) = ([], [], [])
    let isLayer: Bool =
      switch example.operation {
      case .convolution, .transposedConvolution, .dynamicConvolution, .linear, .batchNormalization:
        true
      default: false
      }
    for (index, type) in example.operands.enumerated() {
      switch type.element {
      case .float32 where index == 0 || !isLayer:
        let value = Self.values(type.shape, seed: seed + UInt64(index))
        ids.append(graph.addInput("x\(index)", type))
        inputs.append(value)
        values.append(value)
      case .float32:
        let value = Self.values(type.shape, seed: seed + UInt64(index), special: false)
        values.append(Tensor(type.shape, floats: value.floats.map { $0.magnitude + 0.1 }))
      case .int64, .int32, .int8, .uint8:
        let integers = Tensor(type.shape, integers: (0..<type.elementCount).map { Int64($0 % 2) })
        values.append(evaluate(.cast(type.element), [integers]))
      case .bool:
        values.append(Tensor(type.shape, booleans: (0..<type.elementCount).map { $0 % 3 == 0 }))
      }
      if ids.count == index { ids.append(graph.addConstant("w\(index)", values[index])) }
    }
    graph.addOutput("y", try graph.add(example.operation, ids, name: "y"))
    return (graph, inputs, evaluate(example.operation, values))
  }

  /// Whether compiled code multiplies by weights of zero where the definition has no term: between
  /// small groups that share a vector, and at the ends of a resizing window.
  private func hasWeightsOfZero(_ operation: Operation) -> Bool {
    switch operation {
    case .convolution(let convolution), .dynamicConvolution(let convolution):
      convolution.groups > 1
    case .transposedConvolution(let convolution): convolution.groups > 1
    case .resize(let resize): resize.mode != .nearest
    default: false
    }
  }

  /// What is wrong with an element, if anything: finite ones within rounding of the magnitude.
  private func problem(_ actual: Float, _ expected: Float) -> Bool {
    if expected.isNaN || actual.isNaN { return expected.isNaN != actual.isNaN }
    if expected.isInfinite || actual.isInfinite { return expected != actual }
    return abs(actual - expected) > 1e-4 * max(1, abs(expected))
  }

  @Test(arguments: runnableSets) func everyOperation(set: InstructionSet) throws {
    var compared = 0
    for (number, example) in operationExamples.enumerated() {
      let (graph, inputs, expected) = try problem(example, seed: UInt64(100 * number))
      guard expected.element == .float32, !inputs.isEmpty, expected.type.elementCount > 0 else {
        continue
      }
      let compiled: CompiledGraph
      do {
        compiled = try CompiledGraph(graph, set, options: PlanningOptions(algorithms: [.direct]))
      } catch is DiagnosticError {
        continue
      }
      let result = compiled.run(inputs)[0]
      let wrong = result.floats.indices.filter { index in
        // Nothing that is not finite gets lost; with weights of zero between what belongs together
        // it may reach more.
        guard !hasWeightsOfZero(example.operation) || !result.floats[index].isNaN else {
          return false
        }
        return problem(result.floats[index], expected.floats[index])
      }
      let first = wrong.first.map { "\($0): \(result.floats[$0]), not \(expected.floats[$0])" }
      #expect(
        wrong.isEmpty, "\(example.operation) (\(wrong.count) wrong, first \(first ?? ""))")
      compared += 1
    }
    #expect(compared >= 80, "\(compared)")
  }

  /// Sums and differences of Winograd's transforms carry what is not finite to the whole tile: it
  /// never gets lost, and never leaves the tiles that it is in.
  @Test(arguments: runnableSets, [ConvolutionAlgorithm.winograd2, .winograd3, .winograd4])
  func winogradKeepsThemInTheirTiles(set: InstructionSet, algorithm: ConvolutionAlgorithm) throws {
    let (channels, extent) = (32, 24)
    var graph = Graph(name: "winograd")
    let shape = [1, channels, extent, extent]
    let weight = Tensor.seeded([channels, channels, 3, 3], seed: 1, in: -0.1...0.1)
    let convolution = Operation.convolution(Convolution(padding: Padding(1)))
    let x = graph.addInput("x", TensorType(shape))
    graph.addOutput(
      "y", try graph.add(convolution, [x, graph.addConstant("w", weight)], name: "y"))
    var input = Tensor.seeded(shape, seed: 2).floats
    // One element of each kind, far from the others.
    let places = [(0, 0, Float.nan), (12, 12, Float.infinity), (23, 1, -Float.infinity)]
    for (row, column, value) in places { input[row * extent + column] = value }
    let values = Tensor(shape, floats: input)
    let expected = evaluate(convolution, [values, weight]).floats
    let compiled = try CompiledGraph(
      graph, set,
      options: PlanningOptions(overrides: ["y": AlgorithmOverride(algorithm)]))
    let result = compiled.run([values])[0].floats
    for index in result.indices {
      let (row, column) = (index / extent % extent, index % extent)
      if !expected[index].isFinite { #expect(!result[index].isFinite) }
      // A tile of outputs is at most 4 wide, and reads one element more on each side.
      let isNear = places.contains { abs($0.0 - row) <= 4 && abs($0.1 - column) <= 4 }
      if !isNear { #expect(abs(result[index] - expected[index]) < 1e-4) }
    }
  }

  @Test(arguments: runnableSets) func depthwiseChannelsStayApart(set: InstructionSet) throws {
    let shape = [1, 20, 9, 9]
    var input = Tensor.seeded(shape, seed: 3).floats
    input[5 * 81 + 40] = .nan
    input[6 * 81 + 8] = .infinity
    let values = Tensor(shape, floats: input)
    let weight = Tensor.seeded([20, 1, 3, 3], seed: 4, in: 0.1...1)
    let operation = Operation.convolution(Convolution(padding: Padding(1), groups: 20))
    var graph = Graph(name: "depthwise")
    let x = graph.addInput("x", TensorType(shape))
    graph.addOutput("y", try graph.add(operation, [x, graph.addConstant("w", weight)], name: "y"))
    let result = try CompiledGraph(graph, set).run([values])[0].floats
    let expected = evaluate(operation, [values, weight]).floats
    for index in result.indices where problem(result[index], expected[index]) {
      Issue.record("\(index): \(result[index]), not \(expected[index])")
    }
  }
}
