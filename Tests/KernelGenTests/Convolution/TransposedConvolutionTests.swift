import GraphIR
import Planning
import TestSupport
import Testing

@Suite struct TransposedConvolutionTests {
  /// Strides, paddings, dilations, output paddings, groups and channel counts of every kind, with
  /// phases that no tap meets and images of which the padding leaves little.
  @Test(arguments: runnableSets, [1, 2] as [UInt64])
  func randomTransposedConvolutionsEqualTheInterpreter(
    _ set: InstructionSet, _ seed: UInt64
  ) throws {
    var sweep = OperationSweep(seed: seed)
    while sweep.cases.count < 12 {
      let groups = sweep.pick([1, 1, 1, 2, 3])
      let shape = [
        sweep.pick([1, 1, 2, 3]), groups * sweep.integer(1...36), sweep.integer(1...9),
        sweep.integer(1...14),
      ]
      let kernel = Pair(sweep.integer(1...5), sweep.integer(1...5))
      let stride = Pair(sweep.integer(1...3), sweep.integer(1...4))
      let attributes = TransposedConvolution(
        stride: stride,
        padding: Padding(
          top: sweep.integer(0...4), left: sweep.integer(0...3), bottom: sweep.integer(0...2),
          right: sweep.integer(0...4)),
        outputPadding: Pair(sweep.integer(0...2), sweep.integer(0...3)),
        dilation: Pair(sweep.integer(1...3), sweep.integer(1...3)), groups: groups,
        hasBias: sweep.pick([true, false]), then: sweep.pick([nil, .relu, .sigmoid]))
      add(attributes, to: &sweep, shape, outputs: sweep.integer(1...34), kernel: kernel)
    }
    try sweep.check(set)
  }

  /// The up-convolution of U-Net, and the kernels of 3 and 4 that others double images with, of
  /// which Winograd serves the phases of a 6×6 kernel.
  @Test(arguments: runnableSets)
  func doublingEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 5)
    for (kernel, padding, added) in [(2, 0, 0), (3, 1, 1), (4, 1, 0), (6, 2, 0)] {
      let attributes = TransposedConvolution(
        stride: Pair(2), padding: Padding(padding), outputPadding: Pair(added), hasBias: true,
        then: .relu)
      add(attributes, to: &sweep, [1, 64, 9, 10], outputs: 48, kernel: Pair(kernel))
      add(attributes, to: &sweep, [3, 32, 28, 28], outputs: 16, kernel: Pair(kernel))
    }
    try sweep.check(set)
  }

  /// One convolution per phase and nothing else: no reordering, no interleaving.
  @Test func upConvolutionIsFourConvolutions() throws {
    var graph = Graph(name: "up")
    let x = graph.addInput("x", TensorType([1, 64, 14, 14]))
    let pooled = try graph.add(.maxPool(Pooling(kernel: Pair(1))), [x], name: "pool")
    let weight = graph.addConstant(
      "w", Tensor([64, 32, 2, 2], floats: [Float](repeating: 1, count: 64 * 32 * 4)))
    let up = try graph.add(
      .transposedConvolution(TransposedConvolution(stride: Pair(2))), [pooled, weight], name: "up")
    graph.addOutput(
      "y", try graph.add(.maxPool(Pooling(kernel: Pair(1))), [up], name: "after"))
    let steps = try plan(graph, for: Machine(.avx512)).steps.filter { $0.name == "up" }
    #expect(
      steps.map(\.kernel.printedName) == .init(repeating: "direct 1×1 64→32 @14×14", count: 4))
    #expect(Set(steps.map(\.kernel)).count == 1)
    #expect(steps.map(\.nodes) == [["up"], [], [], []])
  }

  private func add(
    _ attributes: TransposedConvolution, to sweep: inout OperationSweep, _ shape: [Int],
    outputs: Int, kernel: Pair
  ) {
    let weight = sweep.tensor([shape[1], outputs, kernel.height, kernel.width])
    let bias = attributes.hasBias ? [sweep.tensor([outputs * attributes.groups])] : []
    let operation = Operation.transposedConvolution(attributes)
    let types = [TensorType(shape), weight.type] + bias.map(\.type)
    guard let result = try? operation.resultType(types) else { return }
    sweep.cases.append(
      .init(
        label: "\(shape) → \(result), kernel \(kernel), \(attributes)", operation: operation,
        operands: [.outside(shape), .constant(weight)] + bias.map { .constant($0) },
        startsBlocked: sweep.pick([true, false])))
  }
}
