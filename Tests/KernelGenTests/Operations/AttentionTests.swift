import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

@Suite struct AttentionTests {
  /// Queries, keys and features below, at and above vectors, tiles and blocks.
  @Test(arguments: runnableSets)
  func anySizesEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 71)
    for (queries, keys) in [
      (1, 1), (1, 40), (3, 5), (4, 12), (7, 13), (8, 128), (16, 129), (17, 24), (33, 31), (50, 270),
      (64, 6),
    ] {
      let (features, results) = (sweep.pick([1, 2, 5, 8, 16, 23]), sweep.pick([1, 3, 8, 12, 19]))
      let heads = sweep.pick([[], [1], [3], [2, 2]])
      let attributes = Attention(
        scale: sweep.pick([0.5, 1, 2]), isCausal: queries > 1 && sweep.pick([true, false]))
      sweep.cases.append(
        .init(
          label: "\(heads) × \(queries) × \(keys), \(features) to \(results), \(attributes)",
          operation: .attention(attributes),
          operands: [
            .outside(heads + [queries, features]), .outside(heads + [keys, features]),
            .outside(heads + [keys, results]),
          ]))
    }
    try sweep.check(set)
  }

  /// Masks that broadcast in every way, given when run or when compiled; heads that share keys.
  @Test(arguments: runnableSets)
  func masksEqualTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 72)
    for mask in [
      [2, 3, 11, 19], [3, 11, 19], [2, 1, 1, 19], [19], [11, 1], [1, 1, 11, 19], [],
    ] {
      let known = Tensor(
        mask, floats: sweep.tensor(mask).floats.map { $0 < -0.3 ? -.infinity : $0 })
      for operand in [OperationSweep.Operand.outside(mask), .constant(known)] {
        if case .constant = operand, mask == [] || mask == [11, 1] { continue }
        sweep.cases.append(
          .init(
            label: "mask \(mask) \(operand)",
            operation: .attention(
              Attention(scale: 1, isCausal: sweep.pick([true, false]), hasMask: true)),
            operands: [
              .outside([2, 3, 11, 7]), .outside([2, sweep.pick([1, 3]), 19, 7]),
              .outside([sweep.pick([1, 2]), 1, 19, 5]), operand,
            ]))
      }
    }
    try sweep.check(set)
  }

  /// Truth values say what a query sees; one that sees nothing has no result.
  @Test(arguments: runnableSets)
  func truthValuesHideKeys(_ set: InstructionSet) throws {
    let graph = try model(
      """
      input q: f32[2, 5, 3]
      input k: f32[2, 140, 3]
      input v: f32[2, 140, 4]
      input m: f32[2, 1, 140]
      input w: f32[5, 140]
      hidden = attention(q, k, v, mask: less(constant(0.0), m))
      nothing = attention(q, k, v, mask: less(constant(2.0), w))
      zero = attention(q, k, v, mask: less(constant(2.0), w), zero_unseen: true)
      output hidden
      output nothing
      output zero
      """)
    var inputs = graph.seededInputs(seed: 5)
    // Nothing of the first block of keys is seen.
    let mask = inputs["m"]!.floats.enumerated().map { $0 % 140 < 128 ? -1 : $1 }
    inputs["m"] = Tensor([2, 1, 140], floats: mask)
    let wanted = try Interpreter(graph).run(inputs: inputs)
    let results = try CompiledGraph(graph, set)
      .run(graph.inputs.map { inputs[graph[$0.node].name]! })
    #expect(mismatch(results[0], wanted["hidden"]!, tolerance: 1e-5) == nil)
    #expect(!results[1].floats.contains { !$0.isNaN })
    #expect(!wanted["nothing"]!.floats.contains { !$0.isNaN })
    #expect(results[2] == Tensor([2, 5, 4], floats: [Float](repeating: 0, count: 40)))
    #expect(results[2] == wanted["zero"])
  }

  /// Scores far apart, in blocks of keys of their own: powers neither overflow nor vanish together.
  @Test(arguments: runnableSets)
  func largeScoresStayFinite(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 73)
    for scale: Float in [300, 3e4] {
      sweep.cases.append(
        .init(
          label: "scale \(scale)", operation: .attention(Attention(scale: scale)),
          operands: [.outside([2, 9, 4]), .outside([2, 300, 4]), .outside([2, 300, 4])]))
    }
    try sweep.check(set, tolerance: 2e-3)
  }

  /// Slices, transposes and reshapes around attention are strides: the projection of queries, keys and
  /// values is read where it is, and heads are written side by side.
  @Test func nothingIsMoved() throws {
    let graph = try model(
      """
      input x: f32[2, 21, 24]
      qkv = linear(x, 72)
      apart = reshape(qkv, shape: [2, 21, 3, 4, 6])
      moved = transpose(apart, permutation: [2, 0, 3, 1, 4])
      q = reshape(slice(moved, start: [0, 0, 0, 0, 0], end: [1, 2, 4, 21, 6]), shape: [2, 4, 21, 6])
      k = squeeze(slice(moved, start: [1, 0, 0, 0, 0], end: [2, 2, 4, 21, 6]), axes: [0])
      v = squeeze(slice(moved, start: [2, 0, 0, 0, 0], end: [3, 2, 4, 21, 6]), axes: [0])
      heard = attention(q, k, v)
      together = reshape(transpose(heard, permutation: [0, 2, 1, 3]), shape: [2, 21, 24])
      output together
      """
    ).withSeededParameters(seed: 1)
    let names = try plan(graph, for: Machine(.avx2)).steps.map(\.kernel.printedName)
    #expect(names == ["direct 1×1 24→72 @1×42", "attention 8×21×21×6"])
    try expectEqual(graph)
  }

  /// Features first, as in a generator's attention over pixels; views that something else reads too, and
  /// queries whose elements lie nowhere side by side, are carried out.
  @Test func anyStridesAreRead() throws {
    let graph = try model(
      """
      input x: f32[2, 10, 6, 7]
      rows = reshape(x, shape: [2, 10, 42])
      f = slice(rows, start: [0, 0, 0], end: [2, 4, 42])
      g = slice(rows, start: [0, 4, 0], end: [2, 8, 42])
      a = attention(transpose(f, permutation: [0, 2, 1]), transpose(g, permutation: [0, 2, 1]),
        transpose(rows, permutation: [0, 2, 1]))
      y = transpose(a, permutation: [0, 2, 1])
      pixels = transpose(x, permutation: [2, 3, 0, 1])
      every = slice(pixels, step: [1, 1, 1, 3])
      b = attention(every, every, pixels, causal: true)
      turned = transpose(b, permutation: [2, 0, 3, 1])
      c = exp(pixels)
      output y
      output turned
      output c
      """)
    try expectEqual(graph)
  }

  private func expectEqual(_ graph: Graph) throws {
    let inputs = graph.seededInputs(seed: 3)
    let wanted = try Interpreter(graph).run(inputs: inputs)
    for set in runnableSets {
      let compiled = try CompiledGraph(graph, set)
      #expect(compiled.plan.memoryMistake() == nil)
      #expect(compiled.fault() == nil)
      let results = compiled.run(graph.inputs.map { inputs[graph[$0.node].name]! })
      for (output, result) in zip(graph.outputs, results) {
        #expect(mismatch(result, wanted[output.name]!, tolerance: 1e-5) == nil)
      }
    }
  }
}
