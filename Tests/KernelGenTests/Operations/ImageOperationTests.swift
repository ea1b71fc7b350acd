import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

@Suite struct ImageOperationTests {
  /// Sums that end at the first and the last channel, and reach over vectors, for exponents with
  /// and without square roots.
  @Test(arguments: runnableSets)
  func localResponseEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 61)
    for size in [1, 2, 3, 4, 5, 9, 20, 37] {
      for beta in [0.75, 0.5, 1, 0.6] as [Float] {
        let response = LocalResponse(size: size, alpha: 0.7, beta: beta, bias: 1.5)
        let shape = [sweep.integer(1...2), sweep.integer(1...40), 3, sweep.integer(1...5)]
        sweep.cases.append(
          .init(
            label: "\(response) of \(shape)", operation: .localResponse(response),
            operands: [.outside(shape)], startsBlocked: sweep.pick([true, false])))
      }
    }
    try sweep.check(set)
  }

  @Test(arguments: runnableSets)
  func depthAndSpaceEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 62)
    for order in DepthBlocks.Order.allCases {
      for (channels, block) in [(16, 2), (32, 2), (3, 2), (16, 3), (5, 1), (20, 2)] {
        for startsBlocked in [true, false] {
          let blocks = DepthBlocks(block: block, order: order)
          let (few, many) = (
            [2, channels * block * block, 3, 4], [2, channels, 3 * block, 4 * block]
          )
          for (operation, shape) in [
            (Operation.depthToSpace(blocks), few), (.spaceToDepth(blocks), many),
          ] {
            sweep.cases.append(
              .init(
                label: "\(operation) of \(shape), blocked \(startsBlocked)", operation: operation,
                operands: [.outside(shape)], startsBlocked: startsBlocked))
          }
        }
      }
    }
    try sweep.check(set, tolerance: 0)
  }

  /// A crop of rows and columns in the middle of a network moves vectors and leaves the layout.
  @Test func croppingStaysBlocked() throws {
    let graph = try model(
      """
      input x: f32[1, 20, 12, 12]
      a = conv2d(x, 32, kernel: 1)
      crop = slice(a, start: [0, 0, 2, 3], end: [1, 32, 10, 11])
      up = space_to_depth(crop, size: 2)
      y = conv2d(up, 32, kernel: 1)
      output y
      """
    ).withSeededParameters(seed: 1)
    let names = try plan(graph, for: Machine(.avx512)).steps.map(\.kernel.printedName)
    #expect(
      names == [
        "to-blocked 20 @12×12", "direct 1×1 20→32 @12×12", "copy 2×8×128", "copy 8×2×4×2×16",
        "direct 1×1 128→32 @4×4", "to-plain 32 @4×4",
      ])
  }
}

/// Element-wise nodes that nothing else reads are computed with those that read them.
@Suite struct ElementwiseTreeTests {
  /// The gate of a highway network: y = t · h + (1 - t) · x.
  @Test func gateIsOneStep() throws {
    let graph = try model(
      """
      input x: f32[2, 32, 6, 5]
      h = conv2d(x, 32, kernel: 3, padding: 1, bias: true, then: relu)
      t = conv2d(x, 32, kernel: 3, padding: 1, bias: true, then: sigmoid)
      y = relu(t * h + (1 - t) * x)
      output y
      """
    ).withSeededParameters(seed: 1)
    try expectSteps(graph, ["mul +sub +mul +add +relu 1×1920"])
  }

  /// Squeeze and excitation, batch normalisation and an activation, with operands of their own
  /// shapes.
  @Test func scalesPerChannelJoin() throws {
    let graph = try model(
      """
      input x: f32[2, 20, 6, 5]
      a = conv2d(x, 20, kernel: 3, padding: 1)
      gate = sigmoid(global_average_pool(a))
      b = relu(a * gate + batch_norm(a))
      c = silu(b - 0.5) * 2.0
      output c
      """
    ).withSeededParameters(seed: 1)
    try expectSteps(
      graph,
      [
        "sigmoid 1×40", "mul +scale-shift +add +relu +sub +silu +mul 2×2×30×16",
      ])
  }

  /// The joins of an hourglass: pixels of a smaller image are read where they are, in blocked and in
  /// row-major layout; by other factors than the rest, more than once or as outputs they are not.
  @Test func repeatedPixelsAreReadInPlace() throws {
    let graph = try model(
      """
      input x: f32[2, 20, 6, 4]
      input wide: f32[2, 3, 6, 12]
      skip = conv2d(x, 20, kernel: 3, padding: 1)
      low = max_pool(skip, kernel: 2, stride: 2)
      a = relu(skip + resize(low, scale: 2))
      b = a * resize(average_pool(a, kernel: 2, stride: 2), scale: 2) - resize(low, size: [6, 4])
      c = wide - resize(slice(wide, start: [0, 0, 1, 3], end: [2, 3, 3, 7]), scale: 3)
      tall = max_pool(b, kernel: [3, 2], stride: [3, 2])
      d = resize(tall, scale: [3, 2]) + resize(low, scale: 2)
      up = resize(low, scale: 2)
      e = up + b
      f = b - resize(low, scale: 2, coordinates: asymmetric, rounding: ceil)
      output c
      output d
      output e
      output f
      output up
      """
    ).withSeededParameters(seed: 1)
    try expectSteps(
      graph,
      [
        "copy 6×2×4", "add +relu 12×2×2×2×16", "mul +sub 12×2×2×2×16", "sub 12×3×4×3",
        "add 8×3×2×2×16", "add 1×1536", "sub 1×1536",
      ])
  }

  /// What two nodes read, and outputs, are kept; so is a smaller value that is broadcast.
  @Test func sharedAndSmallerValuesAreComputedOnce() throws {
    let graph = try model(
      """
      input x: f32[2, 20, 6, 5]
      input row: f32[1, 5]
      a = exp(x)
      b = a * a
      c = tanh(b) + tanh(row)
      d = c + 1.0
      e = d * 0.5
      output d
      output e
      """
    )
    try expectSteps(
      graph, ["exp 1×1200", "tanh 1×5", "mul +tanh +add +add 240×5", "mul 1×1200"])
  }

  /// Checks the names of element-wise steps for 16 lanes, and the numbers on every instruction set.
  private func expectSteps(_ graph: Graph, _ expected: [String]) throws {
    let steps = try plan(graph, for: Machine(.avx512)).steps
    let names = steps.compactMap { step -> String? in
      if case .elementwise = step.kernel { step.kernel.printedName } else { nil }
    }
    #expect(names.sorted() == expected.sorted())
    let inputs = graph.seededInputs(seed: 3)
    let wanted = try Interpreter(graph).run(inputs: inputs)
    for set in runnableSets {
      let compiled = try CompiledGraph(graph, set)
      let results = compiled.run(graph.inputs.map { inputs[graph[$0.node].name]! })
      for (output, result) in zip(graph.outputs, results) {
        #expect(mismatch(result, wanted[output.name]!, tolerance: 1e-5) == nil)
      }
    }
  }
}
