import Diagnostics
import GraphIR
import Interpreter
import KernelGen
import Planning
import TestSupport
import Testing

private let algorithms: [ConvolutionAlgorithm] = [.winograd2, .winograd4]

/// Winograd's algorithm on integers against the interpreter: the same bits as the definition's.
@Suite struct IntegerWinogradTests {
  /// Odd sizes, paddings of each side and channel counts, batches, for one thread and for several.
  @Test(arguments: integerSets, algorithms)
  func randomConvolutions(_ set: InstructionSet, _ algorithm: ConvolutionAlgorithm) throws {
    var sweep = OperationSweep(seed: 11)
    for threads in [1, 1, 4, 4, 2, 1, 4, 1] {
      let shape = [
        sweep.pick([1, 1, 2, 3]), sweep.integer(1...40), sweep.integer(3...23),
        sweep.integer(3...30),
      ]
      let attributes = IntegerConvolution(
        padding: Padding(
          top: sweep.integer(0...2), left: sweep.integer(0...2), bottom: sweep.integer(0...2),
          right: sweep.integer(0...3)),
        inputZero: sweep.pick([0, 3, 128, 255]), result: sweep.pick([.uint8, .uint8, .float32]),
        resultZero: sweep.pick([0, 7, 128]), low: sweep.pick([0, 0, 7]),
        high: sweep.pick([255, 200]))
      let layer = try Layer(attributes, shape, outputs: sweep.integer(1...50)) {
        sweep.integer(-128...127)
      }
      try layer.expectSameBits(algorithm, set, threads: threads)
    }
  }

  /// Images of one pixel, of which a window reads no other.
  @Test(arguments: integerSets, algorithms)
  func imagesOfOnePixel(_ set: InstructionSet, _ algorithm: ConvolutionAlgorithm) throws {
    var sweep = OperationSweep(seed: 13)
    let layer = try Layer(
      IntegerConvolution(padding: Padding(1), inputZero: 3), [3, 12, 1, 1], outputs: 9
    ) { sweep.integer(-128...127) }
    try layer.expectSameBits(algorithm, set)
    try layer.expectSameBits(.direct, set)
  }

  /// More tiles than a block has: several blocks, the last of them short, and images so tall that tasks are rows of tiles.
  @Test(arguments: integerSets, algorithms)
  func manyBlocks(_ set: InstructionSet, _ algorithm: ConvolutionAlgorithm) throws {
    var sweep = OperationSweep(seed: 12)
    for (channels, height, width, threads) in [(200, 13, 70, 1), (9, 90, 11, 4), (130, 40, 9, 2)] {
      let layer = try Layer(
        IntegerConvolution(padding: Padding(1), inputZero: 4, result: .uint8),
        [1, channels, height, width], outputs: 9
      ) { sweep.integer(-40...40) }
      try layer.expectSameBits(algorithm, set, threads: threads)
    }
  }

  /// Weights and images as large as they can be, of one sign and of both: transformed, they reach the bounds of 16 bits, and sums those of
  /// what comes back from 32.
  @Test(arguments: integerSets, algorithms)
  func numbersAtTheBounds(_ set: InstructionSet, _ algorithm: ConvolutionAlgorithm) throws {
    for (channels, weights) in [
      (115, [127]), (114, [-128]), (40, [127, -128]), (40, [-128, 127, 127]),
      (33, [0, -128, 0, -128, 127, -128, 0, -128, 0]),
    ] {
      for images in [[255], [0, 255], [255, 255, 0]] {
        var (weight, pixel) = (0, 0)
        let layer = try Layer(
          IntegerConvolution(padding: Padding(1), inputZero: 255), [1, channels, 6, 6], outputs: 9,
          x: {
            pixel += 1; return images[pixel % images.count]
          }
        ) {
          weight += 1
          return weights[weight % weights.count]
        }
        try layer.expectSameBits(algorithm, set)
      }
    }
  }

  /// Where sums may leave the range that comes back, F(4, 3) does not fit, and F(2, 3) does.
  @Test func sumsBeyondTheRangeAreRefused() throws {
    let layer = try Layer(IntegerConvolution(padding: Padding(1)), [1, 116, 5, 5], outputs: 3) {
      127
    }
    try layer.expectSameBits(.winograd2, .avx2)
    let error = #expect(throws: DiagnosticError.self) { try layer.plan(.winograd4, .avx2) }
    #expect(error?.diagnostics.first?.message == "winograd-4 does not fit the convolution 'y'")
  }

  /// Under the transforms, u8 and i8 stay within 16 bits, and the inverse undoes the odd part of the scale.
  @Test(arguments: [IntegerTransform.two, .four])
  func transformsFitInto16Bits(_ transform: IntegerTransform) {
    let inputs = transform.transform.inputMatrix
    let filters = transform.filterMatrix
    func sum(_ row: [Double], _ sign: Double) -> Double { row.reduce(0) { $0 + max(0, sign * $1) } }
    for a in inputs {
      for b in inputs {
        let most = 255 * (sum(a, 1) * sum(b, 1) + sum(a, -1) * sum(b, -1))
        let least = 255 * (sum(a, 1) * sum(b, -1) + sum(a, -1) * sum(b, 1))
        #expect(max(most, least) <= 32_767)
      }
    }
    let sums = stride(from: 0, to: filters.count, by: 3).map { row in
      filters[row..<row + 3].reduce(0) { $0 + abs($1) }
    }
    #expect(128 * sums.max()! * sums.max()! <= 32_767)
    let scale = transform.scale * transform.scale
    #expect(Int32(scale >> transform.shift) &* transform.inverse == 1)
  }

  /// With VNNI a product and its sum are one instruction.
  @Test(arguments: ["x86-64-v3+avxvnni", "x86-64-v4+avx512vnni"])
  func productsAndSumsAreOneInstruction(_ cpu: String) throws {
    let layer = try Layer(IntegerConvolution(padding: Padding(1)), [1, 64, 28, 28], outputs: 64) {
      3
    }
    let code = try CodeGenerator(layer.plan(.winograd4, on: Machine(named: cpu))).text(.assembly)
    #expect(code.contains("vpdpwssd"))
    #expect(!code.contains("vpmaddwd"))
  }

  /// Layers of large images take F(4, 3), those of small ones, whose weights buy little, are direct; for the least size all are.
  @Test func theChoiceWeighsTimeAndSize() throws {
    let machine = try Machine(named: "znver3")
    for (channels, size, goal, wanted) in [
      (64, 56, OptimizationGoal.speed, ConvolutionAlgorithm.winograd4),
      (512, 7, .speed, .direct), (64, 56, .size, .direct),
    ] {
      var sweep = OperationSweep(seed: 3)
      let layer = try Layer(
        IntegerConvolution(padding: Padding(1)), [1, channels, size, size], outputs: channels
      ) { sweep.integer(-20...20) }
      let plan = try Planning.plan(layer.graph, for: machine, options: PlanningOptions(goal: goal))
      #expect(plan.picks["y"] == wanted, "\(channels) @\(size)")
    }
  }
}

/// A convolution with windows of 3×3, and what it is computed from.
private struct Layer {
  let image: Tensor
  let graph: Graph

  init(
    _ attributes: IntegerConvolution, _ shape: [Int], outputs: Int, x: (() -> Int)? = nil,
    weight: () -> Int
  ) throws {
    var sweep = OperationSweep(seed: UInt64(shape[1] + outputs))
    let operands = [
      Tensor(
        [outputs, shape[1], 3, 3],
        elements: (0..<outputs * shape[1] * 9).map { _ in Int8(weight()) }),
      Tensor(
        [outputs], elements: (0..<outputs).map { _ in Int32(sweep.integer(-20_000...20_000)) }),
      Tensor([outputs], floats: (0..<outputs).map { _ in Float(sweep.integer(1...1000)) * 1e-5 }),
    ]
    image = Tensor(
      shape,
      elements: (0..<shape.reduce(1, *)).map { _ in UInt8(x?() ?? sweep.integer(0...255)) })
    var graph = Graph(name: "integers")
    let input = graph.addInput("x", image.type)
    let constants = operands.map { graph.addConstant("constant", $0) }
    let y = try graph.add(.integerConvolution(attributes), [input] + constants, name: "y")
    graph.addOutput("y", y)
    self.graph = graph
  }

  private func options(_ algorithm: ConvolutionAlgorithm, threads: Int) -> PlanningOptions {
    PlanningOptions(overrides: ["y": AlgorithmOverride(algorithm)], threads: threads)
  }

  func plan(_ algorithm: ConvolutionAlgorithm, on machine: Machine) throws -> Plan {
    try Planning.plan(graph, for: machine, options: options(algorithm, threads: 1))
  }

  func plan(_ algorithm: ConvolutionAlgorithm, _ set: InstructionSet) throws -> Plan {
    try plan(algorithm, on: Machine(set))
  }

  func expectSameBits(
    _ algorithm: ConvolutionAlgorithm, _ set: InstructionSet, threads: Int = 1
  ) throws {
    let wanted = try Interpreter(graph).run(inputs: ["x": image])["y"]
    let compiled = try CompiledGraph(graph, set, options: options(algorithm, threads: threads))
    #expect(compiled.plan.picks["y"] == algorithm)
    #expect(
      compiled.run([image])[0] == wanted,
      "\(set.rawValue): \(algorithm.rawValue) of \(image.shape), \(threads) threads")
  }
}
