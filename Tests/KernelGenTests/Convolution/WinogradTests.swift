import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

@Suite struct WinogradTests {
  // MARK: Transforms

  /// Aᵀ[(G g) ⊙ (Bᵀ d)] is the convolution, for every transform there is.
  @Test(arguments: 2...4, 2...5)
  func matricesConvolve(outputs: Int, taps: Int) throws {
    guard let transform = WinogradTransform(outputs: outputs, taps: taps) else {
      #expect(outputs + taps > 8)
      return
    }
    func times(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
      matrix.map { zip($0, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let filter = (0..<taps).map { Double($0 * $0) - 1.5 }
    let data = (0..<transform.inputs).map { 3 - Double($0 * 7 % 5) }
    let products = zip(times(transform.filterMatrix, filter), times(transform.inputMatrix, data))
      .map { $0 * $1 }
    let result = (0..<outputs).map { power -> Double in
      let finite = zip(transform.points, products).reduce(0.0) { sum, pair in
        sum + (0..<power).reduce(pair.1) { value, _ in value * pair.0 }
      }
      return finite + (power == outputs - 1 ? products.last! : 0)
    }
    let expected = (0..<outputs).map { place in
      (0..<taps).reduce(0.0) { $0 + data[place + $1] * filter[$1] }
    }
    for (value, wanted) in zip(result, expected) { #expect(abs(value - wanted) < 1e-9) }
  }

  @Test func nothingIsGainedByOneTap() {
    #expect(WinogradTransform(outputs: 4, taps: 1) == nil)
    #expect(WinogradTransform(outputs: 1, taps: 3) == nil)
  }

  /// At infinity only the longest phases have a tap.
  @Test func phasesMeetTheProductsThatTheyHaveTapsFor() {
    func counts(_ phases: WindowPhases) -> [Int] {
      [(false, false), (true, false), (false, true), (true, true)].map {
        phases.count(rowIsInfinite: $0, columnIsInfinite: $1)
      }
    }
    #expect(counts(WindowPhases(stride: 1, taps: 3)) == [1, 1, 1, 1])
    #expect(counts(WindowPhases(stride: 2, taps: 7)) == [4, 2, 3, 1])
    #expect(counts(WindowPhases(stride: 2, taps: 4)) == [4, 4, 4, 4])
    #expect(counts(WindowPhases(stride: 4, taps: 11)) == [16, 12, 15, 11])
  }

  // MARK: Strided windows

  private func convolution(
    _ sweep: inout OperationSweep, _ shape: [Int], _ outputs: Int, _ kernel: Int, stride: Int,
    _ padding: Padding, residual: Bool = false, startsBlocked: Bool = true
  ) {
    let attributes = Convolution(
      stride: Pair(stride), padding: padding, hasBias: true, hasResidual: residual, then: .relu)
    sweep.addConvolution(
      shape, outputs: outputs, groups: 1, kernel: Pair(kernel), attributes: attributes,
      startsBlocked: startsBlocked)
  }

  /// Images in blocked layout, whose phases are read from them: every small size, odd and even
  /// paddings, windows that divide into equal phases and that do not, tasks with tiles of their own
  /// and with shared ones.
  @Test(arguments: runnableSets, [ConvolutionAlgorithm.winograd2, .winograd4])
  func phasesOfBlockedImagesEqualTheInterpreter(
    _ set: InstructionSet, _ algorithm: ConvolutionAlgorithm
  ) throws {
    for threads in [1, 2] {
      var sweep = OperationSweep(seed: 23)
      for size in 3...16 {
        let padding = Padding(
          top: sweep.integer(0...2), left: sweep.integer(0...2), bottom: sweep.integer(0...2),
          right: sweep.integer(0...2))
        convolution(
          &sweep,
          [sweep.pick([1, 2]), 16 * sweep.integer(1...4), size + 1, sweep.integer(4...21)],
          sweep.integer(1...50), sweep.pick([3, 3, 4]), stride: 2, padding,
          residual: sweep.pick([true, false]))
      }
      convolution(&sweep, [1, 128, 29, 30], 64, 3, stride: 2, Padding(1))
      let plan = try sweep.check(
        set, options: PlanningOptions(algorithms: [algorithm], threads: threads))
      #expect(plan.steps.contains { $0.kernel.printedName.contains("3×3/2") })
    }
  }

  /// Row-major images of few channels, whose phases a task brings together row of tiles by row of
  /// tiles: narrower than a vector of pixels and wider, with windows of 3 to 11 pixels and strides
  /// of 2 to 4.
  @Test(arguments: runnableSets, [ConvolutionAlgorithm.winograd2, .winograd4])
  func phasesOfRowMajorImagesEqualTheInterpreter(
    _ set: InstructionSet, _ algorithm: ConvolutionAlgorithm
  ) throws {
    for threads in [1, 3] {
      for (index, (channels, kernel, stride)) in [
        (3, 7, 2), (1, 7, 2), (3, 3, 2), (2, 5, 2), (3, 4, 2), (3, 7, 3), (3, 11, 4), (4, 8, 4),
      ].enumerated() {
        var sweep = OperationSweep(seed: 29 + UInt64(index))
        for width in [kernel, 19, 40, 71] {
          convolution(
            &sweep, [sweep.pick([1, 2]), channels, sweep.integer(kernel...30), width],
            sweep.integer(1...40), kernel, stride: stride,
            Padding(
              top: sweep.integer(0...3), left: sweep.integer(0...3), bottom: sweep.integer(0...3),
              right: sweep.integer(0...3)),
            residual: sweep.pick([true, false]), startsBlocked: false)
        }
        let plan = try sweep.check(
          set, options: PlanningOptions(algorithms: [algorithm], threads: threads))
        // Narrow vectors hold no image of 4 channels row-major.
        let isRowMajor = channels < Machine(set).lanes
        let longest = (kernel + stride - 1) / stride
        let outputs = try #require(algorithm.tileOutputs)
        if isRowMajor, WinogradTransform(outputs: outputs, taps: longest) != nil {
          #expect(
            plan.steps.contains {
              $0.kernel.printedName.hasPrefix("winograd")
                && $0.kernel.printedLayout.hasPrefix("NCHW→")
            }, "\(channels) channels, \(kernel)×\(kernel)/\(stride)")
        }
      }
    }
  }

  /// Every border pixel is code of its own: an image with more border than that is computed directly.
  @Test func wideBordersAreDirect() throws {
    for (padding, isWinograd) in [(6, true), (7, false), (4000, false)] {
      let graph = try model(
        """
        input x: f32[1, 3, 32, 32]
        output y = conv2d(x, 16, kernel: 7, stride: 2, padding: [3, \(padding)])
        """
      ).withSeededParameters(seed: 5)
      let plan = try Planning.plan(
        graph, for: Machine(.avx512), options: PlanningOptions(algorithms: [.winograd4]))
      let names = plan.steps.map(\.kernel.printedName)
      #expect(names.contains { $0.hasPrefix("winograd") } == isWinograd, "\(padding): \(names)")
    }
  }

  // MARK: Pools

  /// A convolution and the pool of its result as one step, for windows that overlap and that do
  /// not, in any number of tasks.
  @Test(arguments: runnableSets, [1, 2, 3])
  func pooledResultsEqualTheInterpreter(_ set: InstructionSet, _ threads: Int) throws {
    for (stem, pool, size) in [
      ("20, kernel: 7, stride: 2, padding: 3", "kernel: 3, stride: 2, padding: 1", 112),
      ("20, kernel: 3, stride: 2, padding: 1", "kernel: 2, stride: 2", 64),
      ("33, kernel: 7, stride: 2, padding: 3", "kernel: 2, stride: 2, padding: 0", 48),
    ] {
      let text = """
        input x: f32[2, 3, \(size), \(2 * size)]
        a = conv2d(x, \(stem), then: relu)
        b = max_pool(a, \(pool))
        output b
        """
      let graph = try model(text).withSeededParameters(seed: 3)
      try check(graph, set, threads: threads, pooled: true)
    }
  }

  /// What somebody else reads, or what windows do not divide, is stored as it is.
  @Test(arguments: [
    // The result is an output too.
    "a = conv2d(x, 16, kernel: 7, stride: 2, padding: 3)\nb = max_pool(a, kernel: 2, stride: 2)\noutput a",
    // Windows reach below a row of tiles.
    "a = conv2d(x, 16, kernel: 7, stride: 2, padding: 3)\nb = max_pool(a, kernel: 3, stride: 2)",
    // An average.
    "a = conv2d(x, 16, kernel: 7, stride: 2, padding: 3)\nb = average_pool(a, kernel: 2, stride: 2)",
    // Rows that tiles do not divide: 47 of them.
    "a = conv2d(x, 16, kernel: 7, stride: 2, padding: 2)\nb = max_pool(a, kernel: 3, stride: 2, padding: 1)",
    // Two pools.
    "a = conv2d(x, 16, kernel: 7, stride: 2, padding: 3)\nc = max_pool(a, kernel: 2, stride: 2)\nd = max_pool(a, kernel: 4, stride: 2, padding: 1)\nb = c + d",
  ])
  func otherPoolsStayStepsOfTheirOwn(_ body: String) throws {
    let graph = try model("input x: f32[1, 3, 96, 96]\n\(body)\noutput b")
      .withSeededParameters(seed: 4)
    for set in runnableSets { try check(graph, set, threads: 2, pooled: false) }
  }

  private func check(
    _ graph: Graph, _ set: InstructionSet, threads: Int, pooled: Bool
  ) throws {
    let compiled = try CompiledGraph(
      graph, set, options: PlanningOptions(algorithms: [.winograd4], threads: threads))
    #expect(compiled.plan.memoryMistake() == nil)
    let names = compiled.plan.steps.map(\.kernel.printedName)
    #expect(names.contains { $0.contains("+max-pool") } == pooled, "\(names)")
    #expect(names.contains { $0.hasPrefix("winograd") }, "\(names)")
    let inputs = graph.seededInputs(seed: 3)
    let wanted = try Interpreter(graph).run(inputs: inputs)
    let results = compiled.run(graph.inputs.map { inputs[graph[$0.node].name]! })
    for (output, result) in zip(graph.outputs, results) {
      #expect(mismatch(result, wanted[output.name]!, tolerance: 3e-5) == nil)
    }
  }
}
