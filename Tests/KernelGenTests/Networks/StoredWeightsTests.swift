import GraphIR
import Interpreter
import KernelGen
import Passes
import Planning
import TestSupport
import Testing

/// Weights in 16 bits: code equals the interpreter, which computes with the rounded weights, as near as
/// with f32.
@Suite struct StoredWeightsTests {
  static let formats = [FloatFormat.float16, .bfloat16]

  /// Odd sizes, strides, paddings, dilations, groups and channel counts.
  @Test(arguments: runnableSets, formats)
  func convolutionsEqualTheInterpreter(_ set: InstructionSet, _ format: FloatFormat) throws {
    var sweep = OperationSweep(seed: 23)
    while sweep.cases.count < 16 {
      let groups = sweep.pick([1, 1, 1, 2, 3])
      let shape = [
        sweep.pick([1, 1, 2]), groups * sweep.integer(1...36), sweep.integer(1...13),
        sweep.integer(1...20),
      ]
      sweep.addConvolution(
        shape, outputs: groups * sweep.integer(1...40), groups: groups,
        kernel: Pair(sweep.integer(1...4), sweep.pick([1, 2, 3, 3, 5])))
    }
    for (channels, groups) in [(32, 32), (20, 20), (48, 12), (64, 4), (24, 3), (13, 13)] {
      sweep.addConvolution(
        [1, channels, 7, 9], outputs: channels, groups: groups, kernel: Pair(3))
    }
    let plan = try sweep.check(
      set, options: PlanningOptions(algorithms: [.direct], weightsFormat: format))
    for case .convolution(let kernel) in plan.steps.map(\.kernel) {
      #expect(kernel.weightsFormat == format)
    }
  }

  /// Weights in chunks, whose sums wait.
  @Test(arguments: runnableSets, formats)
  func chunkedWeightsEqualTheInterpreter(_ set: InstructionSet, _ format: FloatFormat) throws {
    var sweep = OperationSweep(seed: 29)
    sweep.addConvolution(
      [2, 512, 4, 4], outputs: 96, groups: 1, kernel: Pair(3),
      attributes: Convolution(padding: Padding(1), hasBias: true, hasResidual: true, then: .relu))
    let plan = try sweep.check(
      set, tolerance: 5e-5, options: PlanningOptions(algorithms: [.direct], weightsFormat: format))
    // The panels of the baseline's narrow vectors are small enough without.
    #expect(
      set == .baseline
        || plan.steps.contains {
          if case .convolution(let kernel) = $0.kernel { kernel.chunkBlocks != nil } else { false }
        })
  }

  /// Where weights are transformed, by any algorithm, they are the rounded ones too.
  @Test(arguments: runnableSets, formats)
  func everyAlgorithmComputesWithRoundedWeights(
    _ set: InstructionSet, _ format: FloatFormat
  ) throws {
    for algorithm in [ConvolutionAlgorithm.winograd2, .winograd4, .strassen] {
      var sweep = OperationSweep(seed: 31)
      sweep.addConvolution(
        [1, 64, 8, 8], outputs: 64, groups: 1, kernel: Pair(algorithm == .strassen ? 1 : 3),
        attributes: Convolution(padding: Padding(algorithm == .strassen ? 0 : 1), hasBias: true),
        startsBlocked: true)
      let plan = try sweep.check(
        set, options: PlanningOptions(algorithms: [algorithm], weightsFormat: format))
      #expect(
        plan.steps.allSatisfy {
          if case .convolution = $0.kernel { false } else { true }
        }, "\(algorithm)")
    }
  }

  /// Linear, transposed and recurrent layers.
  @Test(arguments: runnableSets, formats)
  func otherLayersEqualTheInterpreter(_ set: InstructionSet, _ format: FloatFormat) throws {
    var sweep = OperationSweep(seed: 37)
    for (rows, inputs, outputs) in [(1, 64, 10), (3, 70, 33), (9, 16, 1), (1, 1, 1), (1, 300, 40)] {
      let constants = [sweep.tensor([outputs, inputs]), sweep.tensor([outputs])]
      sweep.cases.append(
        .init(
          label: "linear \(rows)×\(inputs)→\(outputs)",
          operation: .linear(hasBias: true, then: nil),
          operands: [.outside([rows, inputs])] + constants.map { .constant($0) }))
    }
    sweep.cases.append(
      .init(
        label: "transposed",
        operation: .transposedConvolution(
          TransposedConvolution(stride: Pair(2), padding: Padding(1), hasBias: false)),
        operands: [.outside([1, 5, 6, 7]), .constant(sweep.tensor([5, 9, 3, 3]))]))
    sweep.cases.append(
      .init(
        label: "lstm", operation: .recurrent(Recurrence(.lstm)),
        operands: [
          .outside([3, 2, 6]), .constant(sweep.tensor([40, 6])), .constant(sweep.tensor([40, 10])),
        ]))
    try sweep.check(set, options: PlanningOptions(weightsFormat: format))
  }

  /// Every kind of number that 16 bits hold, among them subnormal ones, which count as zero in f32
  /// but become normal ones there.
  @Test(arguments: runnableSets)
  func everyPatternIsWidened(_ set: InstructionSet) throws {
    let patterns = (0..<UInt16.max).filter { $0 & 0x7c00 != 0x7c00 }
    let width = 62
    let count = (patterns.count + width - 1) / width
    var values = patterns.map { Binary16(bits: $0).float }
    values += [Float](repeating: 0, count: count * width - values.count)
    var graph = Graph(name: "patterns")
    let x = graph.addInput("x", TensorType([1, 1]))
    let weight = graph.addConstant("w", Tensor([count * width, 1], floats: values))
    graph.addOutput("y", try graph.add(.linear(hasBias: false, then: nil), [x, weight], name: "y"))
    try roundWeights(of: &graph, to: .float16)
    let compiled = try CompiledGraph(graph, set, options: .init(weightsFormat: .float16))
    let result = compiled.run([Tensor([1, 1], floats: [1])])[0].floats
    #expect(zip(result, values).allSatisfy { $0 == $1 })
  }

  @Test(arguments: runnableSets)
  func infinitiesAndNoNumbersStay(_ set: InstructionSet) throws {
    for format in Self.formats {
      var graph = Graph(name: "special")
      let x = graph.addInput("x", TensorType([1, 1]))
      let values: [Float] = [.infinity, -.infinity, .nan, 1]
      let weight = graph.addConstant("w", Tensor([4, 1], floats: values))
      graph.addOutput(
        "y", try graph.add(.linear(hasBias: false, then: nil), [x, weight], name: "y"))
      try roundWeights(of: &graph, to: format)
      let compiled = try CompiledGraph(graph, set, options: .init(weightsFormat: format))
      let result = compiled.run([Tensor([1, 1], floats: [2])])[0].floats
      #expect(result[0] == .infinity && result[1] == -.infinity && result[2].isNaN)
      #expect(result[3] == 2)
    }
  }

  /// Libraries have no other library to call: widening is instructions.
  @Test(arguments: InstructionSet.vectorUnits, formats)
  func nothingIsCalled(_ set: InstructionSet, _ format: FloatFormat) throws {
    var graph = Graph(name: "one")
    let x = graph.addInput("x", TensorType([1, 64]))
    var sweep = OperationSweep(seed: 41)
    let weight = graph.addConstant("w", sweep.tensor([64, 64]))
    graph.addOutput("y", try graph.add(.linear(hasBias: false, then: nil), [x, weight], name: "y"))
    let plan = try plan(graph, for: Machine(set), options: .init(weightsFormat: format))
    let text = try CodeGenerator(plan).text(.assembly)
    #expect(!text.contains("hfsf2") && !text.contains("callq\t__"), "\(set.rawValue)")
    if format == .float16, set != .baseline { #expect(text.contains("vcvtph2ps")) }
  }
}
