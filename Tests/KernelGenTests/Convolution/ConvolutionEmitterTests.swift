import Diagnostics
import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

@Suite struct ConvolutionEmitterTests {
  /// Odd sizes, strides, paddings, dilations, groups and channel counts, with and without
  /// epilogues.
  @Test(arguments: runnableSets, [1, 2, 3, 4] as [UInt64])
  func randomConvolutionsEqualTheInterpreter(_ set: InstructionSet, _ seed: UInt64) throws {
    var sweep = OperationSweep(seed: seed)
    while sweep.cases.count < 24 {
      let groups = sweep.pick([1, 1, 1, 2, 3])
      let shape = [
        sweep.pick([1, 1, 2, 3]), groups * sweep.integer(1...40), sweep.integer(1...19),
        sweep.integer(1...30),
      ]
      sweep.addConvolution(
        shape, outputs: groups * sweep.integer(1...50), groups: groups,
        kernel: Pair(sweep.integer(1...5), sweep.pick([1, 2, 3, 3, 4, 5, 9])))
    }
    try sweep.check(set)
  }

  /// Depthwise and narrow groups, which share vectors, and groups that cut across them.
  @Test(arguments: runnableSets)
  func groupedConvolutionsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 7)
    for (channels, groups) in [
      (32, 32), (20, 20), (64, 16), (48, 12), (64, 8), (64, 4), (64, 2), (96, 3), (24, 3), (30, 5),
      (13, 13), (128, 32),
    ] {
      sweep.addConvolution(
        [2, channels, 9, 11], outputs: channels, groups: groups, kernel: Pair(3))
      sweep.addConvolution(
        [1, channels, 7, 8], outputs: 2 * channels, groups: groups, kernel: Pair(1))
    }
    try sweep.check(set)
  }

  /// Weights of many megabytes in chunks, with residual and activation after the last.
  @Test(arguments: runnableSets)
  func chunkedWeightsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 11)
    for (channels, outputs, size, kernel) in [(256, 96, 7, 3), (512, 80, 7, 1), (320, 64, 5, 3)] {
      sweep.addConvolution(
        [2, channels, size, size], outputs: outputs, groups: 1, kernel: Pair(kernel),
        attributes: Convolution(
          padding: Padding(kernel / 2), hasBias: true, hasResidual: true, then: .relu))
    }
    try sweep.check(set, tolerance: 5e-5)
  }

  /// Windows of one pixel that leave pixels out, for so many outputs that what they read is copied first.
  @Test(arguments: runnableSets, [1, 4])
  func leftOutPixelsEqualTheInterpreter(_ set: InstructionSet, _ threads: Int) throws {
    var sweep = OperationSweep(seed: 13)
    for (channels, stride, size) in [
      (64, Pair(2), Pair(14)), (21, Pair(2, 3), Pair(9, 13)), (40, Pair(3, 1), Pair(8, 5)),
      (3, Pair(1, 2), Pair(6, 7)), (256, Pair(2), Pair(1)),
    ] {
      for startsBlocked in [true, false] {
        sweep.addConvolution(
          [sweep.integer(1...3), channels, size.height, size.width],
          outputs: sweep.pick([256, 300]), groups: 1, kernel: Pair(1),
          attributes: Convolution(
            stride: stride, hasBias: true, hasResidual: sweep.pick([true, false]),
            then: sweep.pick([nil, .relu])), startsBlocked: startsBlocked)
      }
    }
    try sweep.check(set, tolerance: 5e-5, options: PlanningOptions(threads: threads))
  }

  /// Images of every small size, so that tiles end everywhere, with all paddings and channel counts
  /// that do not fill vectors.
  @Test(
    arguments: runnableSets,
    [ConvolutionAlgorithm.winograd2, .winograd3, .winograd4, .winograd2Rows])
  func winogradEqualsTheInterpreter(
    _ set: InstructionSet, _ algorithm: ConvolutionAlgorithm
  ) throws {
    var sweep = OperationSweep(seed: 17)
    for size in 1...13 {
      let attributes = Convolution(
        padding: Padding(
          top: sweep.integer(0...2), left: sweep.integer(0...3), bottom: sweep.integer(1...2),
          right: sweep.integer(1...3)), hasBias: sweep.pick([true, false]),
        hasResidual: sweep.pick([true, false]), then: sweep.pick([nil, .relu]))
      sweep.addConvolution(
        [sweep.pick([1, 3]), sweep.integer(16...40), size + 2, sweep.integer(3...20)],
        outputs: sweep.integer(1...50), groups: 1, kernel: Pair(3), attributes: attributes)
    }
    sweep.addConvolution(
      [1, 64, 28, 28], outputs: 64, groups: 1, kernel: Pair(3),
      attributes: Convolution(padding: Padding(1), hasBias: true, hasResidual: true, then: .relu))
    try sweep.check(set, options: PlanningOptions(algorithms: [algorithm]))
  }

  /// Images whose transform would not stay in the caches, so that tasks transform blocks of tiles
  /// of their own: whole and cut tiles and blocks, and several images.
  @Test(arguments: runnableSets, [ConvolutionAlgorithm.winograd2, .winograd3, .winograd4])
  func winogradByBlocksEqualsTheInterpreter(
    _ set: InstructionSet, _ algorithm: ConvolutionAlgorithm
  ) throws {
    for (shape, outputs) in [
      ([1, 41, 58, 63], 33), ([3, 33, 40, 41], 16), ([1, 64, 48, 56], 64),
    ] {
      var sweep = OperationSweep(seed: 19)
      sweep.addConvolution(
        shape, outputs: outputs, groups: 1, kernel: Pair(3),
        attributes: Convolution(
          padding: Padding(top: 1, left: 1, bottom: 0, right: 1), hasBias: true,
          hasResidual: outputs != 33, then: .relu))
      let plan = try sweep.check(set, options: PlanningOptions(algorithms: [algorithm]))
      #expect(
        plan.steps.contains { if case .winogradBlocks = $0.kernel { true } else { false } },
        "\(shape)")
    }
  }

  @Test func winogradIsUsedOnlyWhereAllowed() throws {
    var graph = Graph(name: "one")
    let x = graph.addInput("x", TensorType([1, 64, 28, 28]))
    let weight = graph.addConstant(
      "w", Tensor([64, 64, 3, 3], floats: [Float](repeating: 0, count: 64 * 64 * 9)))
    let y = try graph.add(
      .convolution(Convolution(padding: Padding(1))), [x, weight], name: "conv")
    graph.addOutput("y", y)
    func kernels(_ options: PlanningOptions) throws -> [String] {
      try plan(graph, for: Machine(.avx512), options: options).steps.map(\.kernel.printedName)
    }
    #expect(try kernels(.init()).contains { $0.hasPrefix("winograd F(4,3)") })
    #expect(try !kernels(.init(algorithms: [.direct])).contains { $0.hasPrefix("winograd") })
    #expect(
      try kernels(.init(overrides: ["conv": .init(.winograd2)])).contains {
        $0.hasPrefix("winograd F(2,3)")
      })
    #expect(throws: DiagnosticError.self) {
      try kernels(.init(overrides: ["cnov": .init(.direct)]))
    }
  }

  @Test(arguments: runnableSets)
  func linearLayersEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 3)
    for (rows, inputs, outputs) in [
      (1, 64, 10), (3, 70, 33), (9, 16, 1), (1, 1, 1), (17, 512, 100),
    ] {
      let constants = [sweep.tensor([outputs, inputs]), sweep.tensor([outputs])]
      sweep.cases.append(
        .init(
          label: "linear \(rows)×\(inputs)→\(outputs)",
          operation: .linear(hasBias: true, then: rows == 3 ? .relu : nil),
          operands: [.outside([rows, inputs])] + constants.map { .constant($0) }))
    }
    try sweep.check(set)
  }

  /// A flattened image goes into a linear layer without leaving blocked layout.
  @Test(arguments: runnableSets)
  func flattenedImagesEqualTheInterpreter(_ set: InstructionSet) throws {
    for (batch, channels, size) in [(1, 32, 4), (3, 20, 3), (2, 64, 1), (5, 5, 1)] {
      var graph = Graph(name: "flat")
      var sweep = OperationSweep(seed: 5)
      let inputs = channels * size * size
      let type = TensorType([batch, channels, size, size])
      let x = graph.addInput("x", type)
      let pooled = try graph.add(.maxPool(Pooling(kernel: Pair(1))), [x], name: "p")
      let flat = try graph.add(.reshape([batch, inputs]), [pooled], name: "flat")
      let weight = sweep.tensor([11, inputs])
      let fc = try graph.add(
        .linear(hasBias: false, then: nil), [flat, graph.addConstant("w", weight)], name: "fc")
      graph.addOutput("y", fc)
      let value = sweep.tensor(type.shape)
      let compiled = try CompiledGraph(graph, set)
      #expect(!compiled.plan.steps.contains { $0.kernel.printedName.hasPrefix("to-plain") })
      let operands = [value.reshaped(to: [batch, inputs]), weight]
      let expected = evaluate(.linear(hasBias: false, then: nil), operands)
      #expect(largestDifference(compiled.run([value])[0], expected).absolute < 1e-4)
    }
  }
}
