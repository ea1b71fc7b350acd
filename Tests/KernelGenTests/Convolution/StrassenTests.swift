import GraphIR
import Planning
import TestSupport
import Testing

/// 1×1 convolutions by Strassen's algorithm.
@Suite struct StrassenTests {
  private func kernels(_ plan: Plan) -> [StrassenKernel] {
    plan.allSteps.compactMap { if case .strassen(let kernel) = $0.kernel { kernel } else { nil } }
  }

  /// Images of even size whose blocks end in tiles of every width, channels that fill one pair of
  /// vectors to seven, batches, and every epilogue.
  @Test(arguments: runnableSets, [1, 2, 3])
  func equalsTheInterpreter(_ set: InstructionSet, _ threads: Int) throws {
    var sweep = OperationSweep(seed: UInt64(23 + threads))
    let pair = 2 * set.lanes
    for (height, width) in [
      (1, 2), (2, 3), (4, 4), (5, 6), (14, 14), (3, 26), (28, 9), (13, 22), (2, 97), (56, 40),
    ] {
      addConvolution(
        to: &sweep, [sweep.pick([1, 1, 2, 3]), pair * sweep.integer(1...7), height, width],
        outputs: pair * sweep.integer(1...7))
    }
    let plan = try sweep.check(
      set, options: PlanningOptions(algorithms: [.strassen], threads: threads))
    #expect(kernels(plan).count == sweep.cases.count)
  }

  /// What it does not fit is computed directly.
  @Test(arguments: runnableSets)
  func oddPixelsAndPartialVectorsAreDirect(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 29)
    let pair = 2 * set.lanes
    addConvolution(to: &sweep, [2, pair, 7, 7], outputs: pair)
    addConvolution(to: &sweep, [1, pair + 1, 8, 8], outputs: pair)
    addConvolution(to: &sweep, [1, pair, 8, 8], outputs: pair + set.lanes)
    addConvolution(to: &sweep, [1, pair, 8, 8], outputs: pair, stride: 2)
    addConvolution(to: &sweep, [1, 2 * pair, 8, 8], outputs: 2 * pair, groups: 2)
    let plan = try sweep.check(set, options: PlanningOptions(algorithms: [.strassen]))
    #expect(kernels(plan).isEmpty)
  }

  /// A task computes several blocks in the same scratch, and the arena holds the scratch of all
  /// tasks.
  @Test(arguments: runnableSets)
  func tasksKeepTheirScratchFromBlockToBlock(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 31)
    // So many images that a task has several blocks, however many of them an image has.
    addConvolution(to: &sweep, [8, 256, 14, 20], outputs: 64)
    let plan = try sweep.check(
      set, tolerance: 5e-5, options: PlanningOptions(algorithms: [.strassen]))
    let kernel = try #require(kernels(plan).first)
    #expect(kernel.blocks * kernel.blockPixels == 8 * 14 * 20)
    #expect(kernel.blocksPerTask > 1 && kernel.tasks * kernel.blocksPerTask >= kernel.blocks)
    #expect(plan.memoryMistake() == nil)
  }

  /// Half a block has at most about a hundred pixels, whose sums stay in the first level.
  @Test func blocksAreSmall() throws {
    let graph = try model(
      "input x: f32[1, 64, 56, 56]\noutput y = conv2d(x, 256, kernel: 1)"
    ).withSeededParameters(seed: 1)
    let plan = try plan(
      graph, for: Machine(.avx512), options: PlanningOptions(algorithms: [.strassen]))
    let kernel = try #require(kernels(plan).first)
    #expect(kernel.product.columns > 50 && kernel.quarterBytes <= 13 << 10)
  }

  /// The sums of a block with pre-activation, stored as they are and normalised.
  @Test(arguments: runnableSets)
  func bothResultsEqualTheInterpreter(_ set: InstructionSet) throws {
    let graph = try model(
      """
      input x: f32[2, 20, 12, 10]
      stem = conv2d(x, 64, kernel: 3, padding: 1)
      bn1 = batch_norm(stem)
      a1 = conv2d(relu(bn1), 32, kernel: 1, then: relu)
      b1 = conv2d(a1, 64, kernel: 1, add: stem)
      bn2 = batch_norm(b1)
      a2 = conv2d(relu(bn2), 32, kernel: 1, then: relu)
      b2 = conv2d(a2, 64, kernel: 1, add: b1)
      output y = b2
      """
    ).withSeededParameters(seed: 1)
    let inputs = graph.seededInputs(seed: 3)
    func run(_ algorithm: ConvolutionAlgorithm) throws -> (Plan, Tensor) {
      let compiled = try CompiledGraph(graph, set, options: .init(algorithms: [algorithm]))
      return (compiled.plan, compiled.run([inputs["x"]!])[0])
    }
    let (plan, result) = try run(.strassen)
    #expect(kernels(plan).count == 4)
    #expect(kernels(plan).contains { $0.product.scaled != nil && $0.product.residual != nil })
    let expected = try run(.direct).1
    let largest = expected.floats.map(\.magnitude).max() ?? 0
    #expect(largestDifference(result, expected).absolute < 1e-5 * max(1, largest))
  }

  /// Seven products for eight, with their sums.
  @Test func countsWhatItComputes() throws {
    let graph = try model(
      "input x: f32[1, 256, 28, 28]\ny = conv2d(x, 512, kernel: 1)\noutput y"
    ).withSeededParameters(seed: 1)
    let plan = try plan(
      graph, for: Machine(.avx512), options: PlanningOptions(algorithms: [.strassen]))
    let step = try #require(plan.steps.first { $0.choice != nil })
    let products = step.flops / 8 * 7
    #expect(step.operations > products && Double(step.operations) < 1.02 * Double(products))
    #expect(plan.weightBytes(of: step) == 4 * (256 * 512 / 4 * 7 + 512))
  }

  /// Weights may grow by three fifths for speed; Strassen's go first, those that save the least.
  @Test func givesWayWhereWeightsHaveGrownTooMuch() throws {
    // A deep layer whose Winograd weights are four times as large, and pointwise ones beside it.
    let graph = try model(
      """
      input x: f32[1, 512, 28, 28]
      a = conv2d(x, 256, kernel: 1, bias: false)
      b = conv2d(a, 256, kernel: 3, padding: 1, bias: false)
      c = conv2d(b, 512, kernel: 1, bias: false)
      output c
      """
    ).withSeededParameters(seed: 1)
    func picks(_ overrides: [String: AlgorithmOverride]) throws -> [String: ConvolutionAlgorithm] {
      let plan = try plan(
        graph, for: Machine(.avx512), options: PlanningOptions(overrides: overrides))
      return plan.steps.reduce(into: [:]) { if let c = $1.choice { $0[$1.name] = c.pick } }
    }
    #expect(try picks(["b": .init(.direct)]) == ["a": .strassen, "b": .direct, "c": .strassen])
    #expect(try picks(["b": .init(.winograd2)]) == ["a": .direct, "b": .winograd2, "c": .direct])
    #expect(try picks(["b": .init(.winograd4)]) == ["a": .direct, "b": .winograd4, "c": .direct])
    // What somebody demands stays.
    #expect(try picks(["b": .init(.winograd4), "c": .init(.strassen)])["c"] == .strassen)
  }

  private func addConvolution(
    to sweep: inout OperationSweep, _ shape: [Int], outputs: Int, stride: Int = 1, groups: Int = 1
  ) {
    let attributes = Convolution(
      stride: Pair(stride), groups: groups, hasBias: sweep.pick([true, false]),
      hasResidual: sweep.pick([true, false]),
      then: sweep.pick([nil, .relu, .clip(low: -0.5, high: 0.5)]))
    sweep.addConvolution(
      shape, outputs: outputs, groups: groups, kernel: Pair(1), attributes: attributes,
      startsBlocked: false)
  }
}
