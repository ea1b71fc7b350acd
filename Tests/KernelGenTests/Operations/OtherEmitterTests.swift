import GraphIR
import Interpreter
import Planning
import Testing

@Suite struct PoolEmitterTests {
  @Test(arguments: runnableSets)
  func poolsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 21)
    while sweep.cases.count < 40 {
      let kernel = Pair(sweep.integer(1...4), sweep.integer(1...4))
      let pooling = Pooling(
        kernel: kernel, stride: Pair(sweep.integer(1...3), sweep.integer(1...3)),
        padding: Padding(
          top: sweep.integer(0...kernel.height - 1), left: sweep.integer(0...kernel.width - 1),
          bottom: sweep.integer(0...kernel.height - 1), right: sweep.integer(0...kernel.width - 1)),
        dilation: Pair(sweep.integer(1...2), sweep.integer(1...2)),
        ceilMode: sweep.pick([true, false]),
        countIncludesPadding: sweep.pick([true, false]))
      let shape = [
        sweep.integer(1...2), sweep.integer(1...37), sweep.integer(1...15), sweep.integer(1...30),
      ]
      let operation = sweep.pick([Operation.maxPool(pooling), .averagePool(pooling)])
      guard (try? operation.resultType([TensorType(shape)])) != nil else { continue }
      sweep.cases.append(
        .init(label: "\(operation) of \(shape)", operation: operation, operands: [.outside(shape)]))
    }
    try sweep.check(set)
  }

  /// Dilated taps that all miss the image: an average over nothing is 0.
  @Test(arguments: runnableSets)
  func windowsWithoutElementsAverageToZero(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 24)
    for shape in [[1, 25, 1, 1], [2, 16, 1, 6], [1, 3, 6, 1]] {
      for countsPadding in [true, false] {
        let pooling = Pooling(
          kernel: Pair(2), stride: Pair(1), padding: Padding(1), dilation: Pair(2),
          countIncludesPadding: countsPadding)
        sweep.cases.append(
          .init(
            label: "\(shape)", operation: .averagePool(pooling), operands: [.outside(shape)]))
      }
    }
    try sweep.check(set)
  }

  @Test(arguments: runnableSets)
  func globalAverageEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 22)
    for shape in [[1, 64, 7, 7], [2, 10, 5, 3], [3, 33, 1, 1], [1, 1, 4, 4], [1, 48, 2, 1]] {
      sweep.cases.append(
        .init(label: "\(shape)", operation: .globalAveragePool, operands: [.outside(shape)]))
    }
    try sweep.check(set)
  }
}

@Suite struct ElementwiseEmitterTests {
  static let functions: [UnaryFunction] = [
    .relu, .clip(low: -0.5, high: 2), .saturate(low: -0.5, high: 2), .sigmoid, .tanh,
    .leakyRelu(slope: 0.1),
    .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .silu, .exp, .negate, .absolute, .floor,
    .ceil, .erf, .elu(alpha: 1.5), .softplus, .mish, .gelu, .geluTanh, .sin, .cos, .asin, .acos,
    .atan,
    .asinh, .acosh, .atanh, .round,
  ]

  @Test(arguments: runnableSets, [0.01, 1, 20] as [Float])
  func functionsEqualTheInterpreter(_ set: InstructionSet, _ scale: Float) throws {
    var sweep = OperationSweep(seed: 31)
    for function in Self.functions {
      for (shape, blocked) in [([257], false), ([2, 19, 3, 5], true)] {
        sweep.cases.append(
          .init(
            label: "\(function) of \(shape)", operation: .unary(function),
            operands: [.outside(shape)], startsBlocked: blocked))
      }
    }
    try sweep.check(set, tolerance: 2e-6, scale: scale)
  }

  /// Values at which functions are hard: zeros, infinities, NaN, the ends of the range.
  @Test(arguments: runnableSets)
  func specialValuesEqualTheInterpreter(_ set: InstructionSet) throws {
    let special: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .nan, 88.7, 88.73, -87.3, -104, 1e-30, -1e-30, 3e38,
      -3e38, 0.625, -0.625, 6,
    ]
    let functions =
      Self.functions + [.log, .sqrt, .reciprocal, .tan, .sinh, .cosh]
    var graph = Graph(name: "special")
    let x = graph.addInput("x", TensorType([special.count]))
    for function in functions {
      graph.addOutput(
        function.mnemonic, try graph.add(.unary(function), [x], name: function.mnemonic))
    }
    let value = Tensor([special.count], floats: special)
    let results = try CompiledGraph(graph, set).run([value])
    for (function, result) in zip(functions, results) {
      let expected = evaluate(.unary(function), [value]).floats
      for (index, (a, b)) in zip(result.floats, expected).enumerated() {
        // Denormals count as zero in compiled code.
        let close =
          a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 3e-6 * max(1, abs(b))
          || (b.isFinite && abs(b) > 1e37 && a.isInfinite)
        #expect(close, "\(set.rawValue): \(function) of \(special[index]) is \(a), not \(b)")
      }
    }
  }

  @Test(arguments: runnableSets)
  func broadcastsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 32)
    let shapes: [([Int], [Int])] = [
      ([2, 20, 3, 5], [2, 20, 3, 5]), ([2, 20, 3, 5], [20, 1, 1]), ([2, 20, 3, 5], [2, 20, 1, 1]),
      ([2, 20, 3, 5], [1]), ([2, 20, 3, 5], [5]), ([1, 20, 3, 5], [2, 1, 3, 1]), ([7], [3, 1]),
      ([1, 16, 4, 4], [1, 16, 1, 1]), ([40_000], [40_000]),
    ]
    for (a, b) in shapes {
      for function in [
        BinaryFunction.add, .subtract, .multiply, .minimum, .maximum, .prelu, .remainder,
      ] {
        let blocked = sweep.pick([true, false])
        sweep.cases.append(
          .init(
            label: "\(function) of \(a) and \(b), blocked \(blocked)",
            operation: .binary(function, then: sweep.pick([nil, .relu])),
            operands: [.outside(a), .outside(b)], startsBlocked: blocked))
        sweep.cases.append(
          .init(
            label: "\(function) of constant \(b) and \(a), blocked \(blocked)",
            operation: .binary(function, then: nil),
            operands: [.constant(sweep.tensor(b)), .outside(a)], startsBlocked: blocked))
      }
    }
    try sweep.check(set)
  }

  @Test(arguments: runnableSets)
  func batchNormalizationEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 33)
    for (shape, blocked) in [
      ([2, 19, 3, 4], true), ([2, 19, 3, 4], false), ([3, 7], false), ([1, 32, 5, 5], true),
    ] {
      let channels = [shape[1]]
      let variance = Tensor(channels, floats: sweep.tensor(channels).floats.map { abs($0) + 0.1 })
      sweep.cases.append(
        .init(
          label: "\(shape)", operation: .batchNormalization(epsilon: 1e-5),
          operands: [
            .outside(shape), .constant(sweep.tensor(channels)), .constant(sweep.tensor(channels)),
            .constant(sweep.tensor(channels)), .constant(variance),
          ], startsBlocked: blocked))
    }
    try sweep.check(set)
  }
}

@Suite struct MovementEmitterTests {
  @Test(arguments: runnableSets)
  func movementEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 41)
    func add(_ operation: Operation, _ shapes: [Int]..., blocked: Bool = false) {
      sweep.cases.append(
        .init(
          label: "\(operation) of \(shapes), blocked \(blocked)", operation: operation,
          operands: shapes.map { .outside($0) }, startsBlocked: blocked))
    }
    for blocked in [true, false] {
      add(.transpose([0, 2, 3, 1]), [2, 19, 3, 5], blocked: blocked)
      add(
        .slice([
          .init(start: 0, end: 2), .init(start: 16, end: 40), .init(start: 1, end: 5, step: 2),
          .init(start: 6, end: -1, step: -3),
        ]),
        [2, 40, 5, 7], blocked: blocked)
      add(
        .slice([
          .init(start: 0, end: 2), .init(start: 0, end: 20), .init(start: 0, end: 6, step: 2),
          .init(start: 0, end: 8, step: 2),
        ]),
        [2, 20, 6, 8], blocked: blocked)
      add(
        .slice([
          .init(start: 0, end: 1), .init(start: 3, end: 9), .init(start: 0, end: 6),
          .init(start: 0, end: 8),
        ]),
        [1, 20, 6, 8], blocked: blocked)
      for mode in PadAmounts.Mode.allCases {
        add(
          .pad(.init(before: [0, 0, 1, 2], after: [0, 0, 0, 3], mode: mode, value: 0.5)),
          [2, 20, 4, 5], blocked: blocked)
        add(
          .pad(.init(before: [0, 3, 0, 0], after: [0, 4, 0, 0], mode: mode, value: -1)),
          [1, 20, 4, 5], blocked: blocked)
      }
      add(.concatenate(axis: 1), [1, 32, 3, 4], [1, 16, 3, 4], [1, 5, 3, 4], blocked: blocked)
      add(.concatenate(axis: 1), [1, 5, 3, 4], [1, 16, 3, 4], blocked: blocked)
      add(.concatenate(axis: 2), [1, 5, 3, 4], [1, 5, 1, 4], blocked: blocked)
      add(.broadcast([2, 5, 3, 4]), [1, 5, 3, 1], blocked: blocked)
      add(.softmax(axis: 1), [2, 19, 3, 4], blocked: blocked)
      add(.softmax(axis: 3), [2, 19, 3, 40], blocked: blocked)
      add(.reshape([4, 6, 5]), [1, 20, 2, 3], blocked: blocked)
      for function in ReduceFunction.allCases {
        add(
          .reduce(function, axes: [2, 3], keepDimensions: true), [2, 20, 4, 5], blocked: blocked)
        add(.reduce(function, axes: [1], keepDimensions: false), [2, 20, 4, 5], blocked: blocked)
        add(
          .reduce(function, axes: [0, 2], keepDimensions: false), [2, 20, 4, 5], blocked: blocked)
      }
    }
    add(.identity, [3, 4])
    add(.matrixMultiply, [3, 4], [4, 37])
    add(.matrixMultiply, [2, 1, 3, 4], [5, 4, 6])
    try sweep.check(set)
  }

  @Test(arguments: runnableSets)
  func shortcutsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 42)
    for (channels, before, after) in [
      (16, 8, 8), (32, 16, 16), (3, 1, 2), (20, 0, 20), (16, 5, 27), (40, 37, 3),
    ] {
      for stride in [1, 2] {
        sweep.cases.append(
          .init(
            label: "\(channels) channels, \(before) before, \(after) after, stride \(stride)",
            operation: .stridedShortcut(
              .init(stride: Pair(stride), channelsBefore: before, channelsAfter: after)),
            operands: [.outside([2, channels, 7, 8])], startsBlocked: true))
      }
    }
    try sweep.check(set, tolerance: 0)
  }
}
