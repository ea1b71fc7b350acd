import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

@Suite struct DynamicConvolutionTests {
  /// Images of one and several, kernels that fill vectors and do not, groups, epilogues.
  @Test(arguments: runnableSets, [1, 2] as [UInt64])
  func mixedKernelsEqualTheInterpreter(_ set: InstructionSet, _ seed: UInt64) throws {
    var sweep = OperationSweep(seed: seed)
    for kernels in [1, 2, 4, 5, 6, 7, 13] {
      for images in [1, 3] {
        let groups = sweep.pick([1, 1, 2, 4])
        let attributes = Convolution(
          stride: Pair(sweep.integer(1...2), sweep.integer(1...2)),
          padding: Padding(sweep.integer(0...1)), groups: groups,
          hasBias: sweep.pick([true, false]), hasResidual: sweep.pick([true, false]),
          then: sweep.pick([nil, .relu, .silu]))
        add(
          attributes, to: &sweep, [images, groups * sweep.integer(1...24), 8, 9], kernels: kernels,
          outputs: groups * sweep.integer(1...20), kernel: sweep.pick([1, 3]))
      }
    }
    try sweep.check(set)
  }

  /// The layers of a network: each algorithm that may be chosen, each in its packed form.
  @Test(arguments: runnableSets, ConvolutionAlgorithm.allCases)
  func everyPackedFormCanBeMixed(
    _ set: InstructionSet, _ algorithm: ConvolutionAlgorithm
  ) throws {
    var sweep = OperationSweep(seed: 71)
    let attributes = Convolution(
      padding: Padding(1), hasBias: true, hasResidual: true, then: .relu)
    add(attributes, to: &sweep, [3, 32, 28, 28], kernels: 4, outputs: 32, kernel: 3)
    add(attributes, to: &sweep, [1, 64, 30, 30], kernels: 4, outputs: 48, kernel: 3)
    try sweep.check(set, options: PlanningOptions(algorithms: [algorithm]))
  }

  /// Kernels are packed at compile time: nothing but their mixture precedes the convolution.
  @Test func mixingIsOneStep() throws {
    let graph = try model(
      """
      input x: f32[1, 64, 14, 14]
      input a: f32[1, 4]
      c = conv2d(x, 64, kernel: 1)
      y = dynamic_conv2d(c, a, 64, kernel: 3, padding: 1, bias: true, then: relu)
      z = dynamic_conv2d(y, a, 64, kernel: 1)
      output z
      """
    ).withSeededParameters(seed: 1)
    let options = PlanningOptions(algorithms: [.direct])
    let steps = try plan(graph, for: Machine(.avx512), options: options).steps.filter {
      $0.name == "y"
    }
    #expect(steps.count == 2)
    #expect(steps[0].kernel.printedName.hasPrefix("mul +scale-shift +scale-shift +scale-shift"))
    #expect(steps[1].kernel.printedName == "direct 3×3 64→64 @14×14 +relu")
  }

  /// Weights that are any value are packed when they are there, those of groups that fill vectors and of
  /// groups that cut across them.
  @Test(arguments: runnableSets)
  func computedWeightsEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 72)
    for (channels, outputs, groups) in [
      (3, 5, 1), (16, 16, 1), (20, 70, 1), (40, 33, 1), (64, 96, 1), (32, 32, 32), (32, 32, 8),
      (64, 64, 2), (35, 129, 1), (6, 6, 2), (4, 4, 4), (18, 9, 9), (24, 36, 3), (7, 21, 7),
    ] {
      for kernel in [1, 3] {
        let attributes = Convolution(
          stride: Pair(sweep.integer(1...2)), padding: Padding(sweep.integer(0...1)),
          groups: groups, hasBias: sweep.pick([true, false]), then: sweep.pick([nil, .relu]))
        let shapes = [[2, channels, 7, 8], [outputs, channels / groups, kernel, kernel]]
        let bias = attributes.hasBias ? [[outputs]] : []
        sweep.cases.append(
          .init(
            label: "\(shapes), \(attributes)", operation: .convolution(attributes),
            operands: (shapes + bias).map { .outside($0) }))
      }
    }
    try sweep.check(set)
  }

  private func add(
    _ attributes: Convolution, to sweep: inout OperationSweep, _ shape: [Int], kernels: Int,
    outputs: Int, kernel: Int
  ) {
    let weight = sweep.tensor([kernels, outputs, shape[1] / attributes.groups, kernel, kernel])
    let bias = attributes.hasBias ? [sweep.tensor([outputs])] : []
    var plain = attributes
    plain.hasResidual = false
    let types =
      [TensorType(shape), TensorType([shape[0], kernels]), weight.type] + bias.map(\.type)
    guard let result = try? Operation.dynamicConvolution(plain).resultType(types) else { return }
    let residual = attributes.hasResidual ? [OperationSweep.Operand.outside(result.shape)] : []
    sweep.cases.append(
      .init(
        label: "\(shape) → \(result), \(kernels) kernels of \(kernel), \(attributes)",
        operation: .dynamicConvolution(attributes),
        operands: [.outside(shape), .outside([shape[0], kernels]), .constant(weight)]
          + bias.map { .constant($0) } + residual,
        startsBlocked: sweep.pick([true, false])))
  }
}
