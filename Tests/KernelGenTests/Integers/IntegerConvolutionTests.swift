import GraphIR
import Interpreter
import KernelGen
import Passes
import Planning
import TestSupport
import Testing

/// Convolutions of integers against the interpreter: the same bits, on every vector unit.
@Suite struct IntegerConvolutionTests {
  /// Odd sizes, strides, paddings, dilations, groups and channel counts, for one thread and for several.
  @Test(arguments: integerSets, [1, 2, 3] as [UInt64])
  func randomConvolutions(_ set: InstructionSet, _ seed: UInt64) throws {
    var sweep = OperationSweep(seed: seed)
    for number in 0..<16 {
      let groups = sweep.pick([1, 1, 1, 2, 3])
      let shape = [
        sweep.pick([1, 1, 2, 3]), groups * sweep.integer(1...40), sweep.integer(5...23),
        sweep.integer(7...30),
      ]
      let kernel = Pair(sweep.integer(1...5), sweep.pick([1, 2, 3, 3, 5, 7]))
      let dilation = kernel.width < 3 && kernel.height < 3 ? 2 : 1
      let attributes = IntegerConvolution(
        stride: Pair(sweep.integer(1...2), sweep.integer(1...3)),
        padding: Padding(
          top: sweep.integer(0...2), left: sweep.integer(0...2), bottom: sweep.integer(0...2),
          right: sweep.integer(0...3)), dilation: Pair(dilation), groups: groups,
        inputZero: sweep.pick([0, 3, 128, 255]), result: sweep.pick([.uint8, .uint8, .float32]),
        resultZero: sweep.pick([0, 7, 128]), low: sweep.pick([0, 0, 7]),
        high: sweep.pick([255, 200]))
      // Where pairs of products are added in 16 bits, large weights have to be kept apart, and are multiplied as words instead.
      let largest = sweep.pick([20, 127])
      try expectSameBits(
        attributes, shape, outputs: groups * sweep.integer(1...50), kernel, set,
        threads: number % 2 == 0 ? 1 : 4
      ) { sweep.integer(-largest - 1...largest) }
    }
  }

  /// Windows of one pixel that leave pixels out, of which those of words copy only what they read.
  @Test(arguments: integerSets)
  func windowsOfOnePixel(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 10)
    for (height, width, threads) in [(1, 1, 1), (2, 2, 1), (2, 3, 4), (3, 1, 4), (1, 2, 1)] {
      for largest in [20, 127] {
        try expectSameBits(
          IntegerConvolution(
            stride: Pair(height, width), inputZero: 3, result: sweep.pick([.uint8, .float32])),
          [sweep.integer(1...2), 21, 23, 26], outputs: sweep.integer(20...60), Pair(1), set,
          threads: threads
        ) { sweep.integer(-largest - 1...largest) }
      }
    }
  }

  /// On AVX2 small weights are multiplied in pairs of 16 bits; words multiply those of which so many pairs would have to be kept apart
  /// that it takes longer, but where weights shall be small.
  @Test(arguments: [
    (20, OptimizationGoal.speed, IntegerProduct.pairs), (85, .speed, .words), (85, .size, .pairs),
  ])
  func productsFollowTheWeights(_ largest: Int, _ goal: OptimizationGoal, _ product: IntegerProduct)
    throws
  {
    var sweep = OperationSweep(seed: 11)
    var graph = Graph(name: "products")
    let x = graph.addInput("x", TensorType([1, 64, 14, 14], element: .uint8))
    let operands = [
      Tensor(
        [64, 64, 1, 1], elements: (0..<4096).map { _ in Int8(sweep.integer(-largest...largest)) }),
      Tensor([64], elements: [Int32](repeating: 0, count: 64)),
      Tensor([64], floats: [Float](repeating: 1, count: 64)),
    ].map { graph.addConstant("constant", $0) }
    graph.addOutput(
      "y", try graph.add(.integerConvolution(IntegerConvolution()), [x] + operands, name: "y"))
    let plan = try Planning.plan(graph, for: Machine(.avx2), options: PlanningOptions(goal: goal))
    let products = plan.steps.compactMap {
      if case .integerConvolution(let kernel) = $0.kernel { kernel.product } else { nil }
    }
    #expect(products == [product])
  }

  /// Images of one pixel: a batch of them is one row only where a window reads nothing beside its pixel.
  @Test(arguments: integerSets)
  func imagesOfOnePixel(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 8)
    for (kernel, padding, stride) in [(1, 0, 1), (1, 0, 2), (3, 1, 1), (3, 1, 2), (2, 1, 3)] {
      try expectSameBits(
        IntegerConvolution(
          stride: Pair(stride), padding: Padding(padding), inputZero: 3, result: .uint8),
        [4, 13, 1, 1], outputs: 9, Pair(kernel), set
      ) { sweep.integer(-128...127) }
    }
  }

  /// Depthwise convolutions, also with several outputs of each channel, and one of so many taps that f32 would not hold all sums.
  @Test(arguments: integerSets)
  func depthwise(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 9)
    for (channels, times, kernel) in [(5, 1, 3), (32, 1, 3), (19, 2, 5), (8, 1, 1), (6, 1, 17)] {
      for result in [ElementType.uint8, .float32] {
        let attributes = IntegerConvolution(
          stride: Pair(sweep.integer(1...2)), padding: Padding(kernel / 2), groups: channels,
          inputZero: sweep.pick([0, 128]), result: result, resultZero: 7, low: 7, high: 201)
        try expectSameBits(
          attributes, [2, channels, 19, 21], outputs: channels * times, Pair(kernel), set
        ) { sweep.integer(-128...127) }
      }
    }
  }

  /// Weights whose products with 255 are as large as they can be, of one sign and of both: sums of pairs, and of the pairs of two
  /// steps, reach the bounds of 16 bits, and pass them.
  @Test(arguments: integerSets)
  func weightsAtTheBoundsOfPairs(_ set: InstructionSet) throws {
    for weights in [
      [127], [-128], [127, -128], [127, 127, -128, -128], [64, 64], [65, 64], [-64, -64],
      [-65, -64], [1, 127], [2, 127], [32], [33], [-32], [-33], [32, 33], [-32, -33],
      [60, 4, 61, 4, 3],
      [96, 32, 0, 0, 0], [97, 32, 0, 0, 0], [90, -90, 38, -38], [90, -90, 39, -39],
    ] {
      var next = 0
      try expectSameBits(
        IntegerConvolution(padding: Padding(1), inputZero: 255), [1, 9, 6, 6], outputs: 33, Pair(3),
        set,
        x: { 255 }, scale: 1
      ) {
        next += 1
        return weights[next % weights.count]
      }
    }
  }

  /// All pairs of weights, each for every channel of an image of the largest numbers.
  @Test(arguments: integerSets)
  func allPairsOfWeights(_ set: InstructionSet) throws {
    var index = -1
    try expectSameBits(
      IntegerConvolution(), [1, 2, 1, 1], outputs: 1 << 16, Pair(1), set, x: { 255 }, scale: 1
    ) {
      index += 1
      return index % 2 == 0 ? index / 2 / 256 - 128 : index / 2 % 256 - 128
    }
  }

  /// Products that are halves: the even integer of two.
  @Test(arguments: integerSets)
  func halvesAreRoundedToEven(_ set: InstructionSet) throws {
    for zero in [0, 3] {
      var value = 0
      try expectSameBits(
        IntegerConvolution(result: .uint8, resultZero: zero), [1, 1, 16, 16], outputs: 20, Pair(1),
        set,
        x: {
          value += 1; return value % 256
        }, scale: 0.5
      ) { 1 }
    }
  }

  /// Layers of a network one after the other, with pools and sums between them, stay bytes in memory.
  @Test(arguments: integerSets)
  func aResidualBlockOfBytes(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 5)
    var graph = Graph(name: "block")
    let scale = graph.addConstant("scale", Tensor([], floats: [0.05]))
    let zero = graph.addConstant("zero", Tensor([], elements: [UInt8(9)]))
    func quantized(_ x: NodeID, _ name: String) throws -> NodeID {
      try graph.add(.quantize(Quantization(element: .uint8)), [x, scale, zero], name: name)
    }
    func floats(_ q: NodeID) throws -> NodeID {
      try graph.add(.dequantize(axis: nil), [q, scale, zero], name: "floats")
    }
    func layer(_ x: NodeID, inputs: Int, kernel: Int, _ result: ElementType) throws -> NodeID {
      let weight = Tensor(
        [19, inputs, kernel, kernel],
        elements: (0..<19 * inputs * kernel * kernel).map { _ in Int8(sweep.integer(-20...20)) })
      let operands = [
        weight, Tensor([19], elements: (0..<19).map { _ in Int32(sweep.integer(-500...500)) }),
        Tensor([19], floats: (0..<19).map { _ in 0.02 }),
      ].map { graph.addConstant("constant", $0) }
      return try graph.add(
        .integerConvolution(
          IntegerConvolution(
            padding: Padding(kernel / 2), inputZero: 9, result: result, resultZero: 9)),
        [x] + operands, name: "layer")
    }
    let x = graph.addInput("x", TensorType([2, 3, 13, 11]))
    let first = try layer(try quantized(x, "image"), inputs: 3, kernel: 3, .uint8)
    let pooled = try graph.add(
      .maxPool(Pooling(kernel: Pair(3), stride: Pair(2), padding: Padding(1))), [floats(first)],
      name: "pool")
    let start = try quantized(pooled, "start")
    let branch = try layer(
      try layer(start, inputs: 19, kernel: 1, .uint8), inputs: 19, kernel: 3, .float32)
    let sum = try graph.add(.binary(.add, then: .relu), [branch, floats(start)], name: "sum")
    let end = try quantized(sum, "end")
    let last = try layer(end, inputs: 19, kernel: 1, .uint8)
    graph.addOutput("end", end)
    graph.addOutput("sum", try floats(last))
    graph.addOutput("last", last)
    for threads in [1, 2] {
      let compiled = try CompiledGraph(graph, set, options: PlanningOptions(threads: threads))
      let pools = compiled.plan.steps.filter {
        if case .pool(let pool) = $0.kernel { pool.input.element == .uint8 } else { false }
      }
      #expect(pools.count == 1)
      let input = sweep.tensor([2, 3, 13, 11])
      let wanted = try Interpreter(graph).run(inputs: ["x": input])
      for (output, found) in zip(graph.outputs, compiled.run([input])) {
        #expect(found == wanted[output.name], "\(set.rawValue): \(output.name)")
      }
    }
  }

  /// With VNNI four products are one instruction, and no weight is kept apart.
  @Test(arguments: ["x86-64-v3+avxvnni", "x86-64-v4+avx512vnni"])
  func fourProductsAreOneInstruction(_ cpu: String) throws {
    var graph = Graph(name: "four")
    let x = graph.addInput("x", TensorType([1, 8, 5, 5], element: .uint8))
    let operands = [
      Tensor([32, 8, 1, 1], elements: [Int8](repeating: 127, count: 256)),
      Tensor([32], elements: [Int32](repeating: 0, count: 32)),
      Tensor([32], floats: [Float](repeating: 1, count: 32)),
    ].map { graph.addConstant("constant", $0) }
    graph.addOutput(
      "y", try graph.add(.integerConvolution(IntegerConvolution()), [x] + operands, name: "y"))
    let plan = try Planning.plan(graph, for: try Machine(named: cpu))
    let code = try CodeGenerator(plan).text(.assembly)
    #expect(code.contains("vpdpbusd"))
    #expect(!code.contains("vpmaddubsw"))
    // A header, then for one panel of outputs or two the offsets of two steps and their weights.
    #expect(plan.weights.map(\.bytes).max()! <= 64 + 2 * 64 + 256)
  }

  /// Sums beyond 32 bits are refused.
  @Test func sumsMustFit() throws {
    var graph = Graph(name: "large")
    let x = graph.addInput("x", TensorType([1, 1, 1, 1], element: .uint8))
    let operands = [
      Tensor([1, 1, 1, 1], elements: [Int8(127)]), Tensor([1], elements: [Int32.max]),
      Tensor([1], floats: [1]),
    ].map { graph.addConstant("constant", $0) }
    graph.addOutput(
      "y", try graph.add(.integerConvolution(IntegerConvolution()), [x] + operands, name: "y"))
    #expect(throws: (any Error).self) { try CompiledGraph(graph, .avx2) }
  }

  // MARK: Comparing

  private func expectSameBits(
    _ attributes: IntegerConvolution, _ shape: [Int], outputs: Int, _ kernel: Pair,
    _ set: InstructionSet, threads: Int = 1, x value: () -> Int = { 0 }, scale: Float? = nil,
    weight: () -> Int
  ) throws {
    var sweep = OperationSweep(seed: UInt64(shape[1] + outputs))
    let inputs = shape[1] / attributes.groups
    let weights = Tensor(
      [outputs, inputs, kernel.height, kernel.width],
      elements: (0..<outputs * inputs * kernel.height * kernel.width).map { _ in Int8(weight()) })
    let scales = (0..<outputs).map { _ in scale ?? Float(sweep.integer(1...1000)) * 1e-5 }
    let biases = (0..<outputs).map { _ in
      Int32(scale == nil ? sweep.integer(-20_000...20_000) : 0)
    }
    let image = Tensor(
      shape,
      elements: (0..<shape.reduce(1, *)).map { _ in
        UInt8(scale == nil ? sweep.integer(0...255) : value())
      })
    var graph = Graph(name: "integers")
    let x = graph.addInput("x", image.type)
    let operands = [
      weights, Tensor([outputs], elements: biases), Tensor([outputs], floats: scales),
    ].map { graph.addConstant("constant", $0) }
    let y = try graph.add(.integerConvolution(attributes), [x] + operands, name: "y")
    graph.addOutput("y", y)
    let wanted = try Interpreter(graph).run(inputs: ["x": image])["y"]
    let compiled = try CompiledGraph(graph, set, options: PlanningOptions(threads: threads))
    #expect(compiled.run([image])[0] == wanted, "\(set.rawValue): \(attributes) of \(shape)")
  }
}
