import GraphIR
import Interpreter
import Planning
import TestSupport
import Testing

/// Compiled recurrent layers against the interpreter.
@Suite struct RecurrenceTests {
  /// A layer with every operand that it may have, known or given at run time.
  private func add(
    _ layer: Recurrence, steps: Int, batch: Int, inputs: Int, units: Int,
    areWeightsKnown: Bool = true, to sweep: inout OperationSweep
  ) {
    let rows = layer.cell.gates * units
    let x = layer.batchFirst ? [batch, steps, inputs] : [steps, batch, inputs]
    var shapes = [[rows, inputs], [rows, units]]
    for operand in layer.optionalOperands {
      switch operand {
      case "bias_ih", "bias_hh": shapes.append([rows])
      case "peepholes": shapes.append([3 * units])
      default: shapes.append([batch, units])
      }
    }
    let operands = shapes.map { shape in
      areWeightsKnown
        ? OperationSweep.Operand.constant(
          sweep.tensor(shape).scaled(by: 1 / Float(max(1, shape.last!)).squareRoot()))
        : .outside(shape)
    }
    sweep.cases.append(
      .init(
        label: "\(layer), \(steps) steps of \(batch)×\(inputs) to \(units)",
        operation: .recurrent(layer), operands: [.outside(x)] + operands))
  }

  @Test(arguments: runnableSets)
  func everyCellEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 71)
    for cell in Recurrence.Cell.allCases {
      for (batch, units) in [(1, 16), (3, 7), (2, 24), (5, 1)] {
        for batchFirst in [false, true] {
          for hasAll in [false, true] {
            let isLSTM = cell == .lstm
            let layer = Recurrence(
              cell, direction: sweep.pick([.forward, .reverse]),
              result: sweep.pick(isLSTM ? [.sequence, .hidden, .cell] : [.sequence, .hidden]),
              batchFirst: batchFirst, clip: hasAll ? 0.5 : .infinity,
              resetsFirst: cell == .gru && sweep.pick([true, false]),
              couplesGates: isLSTM && sweep.pick([true, false]),
              lengths: hasAll ? (0..<batch).map { _ in sweep.integer(1...4) } : [],
              hasBias: hasAll, hasInitialHidden: hasAll, hasInitialCell: isLSTM && hasAll,
              hasPeepholes: isLSTM && sweep.pick([true, false]))
            add(
              layer, steps: 4, batch: batch, inputs: sweep.integer(1...20), units: units,
              areWeightsKnown: sweep.pick([true, true, false]), to: &sweep)
          }
        }
      }
    }
    try sweep.check(set)
  }

  @Test(arguments: runnableSets)
  func everyFunctionEqualsTheInterpreter(_ set: InstructionSet) throws {
    var sweep = OperationSweep(seed: 72)
    let functions: [GateFunction] = [
      .sigmoid, .tanh, .relu, .softsign, .softplus, .affine(alpha: 0.5, beta: -0.25),
      .leakyRelu(alpha: 0.1), .thresholdedRelu(alpha: 0.3), .scaledTanh(alpha: 1.5, beta: 0.7),
      .hardSigmoid(alpha: 0.3, beta: 0.4), .elu(alpha: 0.7),
    ]
    for function in functions {
      let layer = Recurrence(.rnn, activations: [function], hasBias: true)
      add(layer, steps: 1, batch: 2, inputs: 5, units: 9, to: &sweep)
    }
    try sweep.check(set)
  }

  /// One layer's results are computed together, whatever is wanted of it.
  @Test func resultsOfOneLayerShareItsSteps() throws {
    func graph(_ results: [Recurrence.Result]) throws -> Graph {
      var graph = Graph(name: "shared")
      let operands =
        [graph.addInput("x", TensorType([6, 2, 8]))]
        + [[64, 8], [64, 16]].enumerated().map { index, shape in
          graph.addConstant("w\(index)", .seeded(shape, seed: UInt64(index), in: -0.3...0.3))
        }
      for result in results {
        let layer = Operation.recurrent(Recurrence(.lstm, result: result))
        graph.addOutput(
          result.rawValue, try graph.add(layer, operands, name: "y.\(result.rawValue)"))
      }
      return graph
    }
    let all = try graph([.hidden, .sequence, .cell])
    let compiled = try CompiledGraph(all, .baseline)
    let alone = try Planning.plan(try graph([.sequence]), for: Machine(.baseline))
    // The last state is part of the sequence, and is copied to where the caller wants it.
    #expect(compiled.plan.steps.count <= alone.steps.count + 2)
    #expect(compiled.plan.memoryMistake() == nil)
    let x = Tensor.seeded([6, 2, 8], seed: 9)
    let expected = try Interpreter(all).run(inputs: ["x": x])
    for (output, result) in zip(all.outputs, compiled.run([x])) {
      #expect(mismatch(result, try #require(expected[output.name]), tolerance: 2e-5) == nil)
    }
  }

  /// Code does not grow with steps and layers, and the states of a layer that only gives its last one
  /// need no memory for all steps.
  @Test func stepsShareKernelsAndMemory() throws {
    func plan(steps: Int, layers: Int) throws -> Plan {
      var graph = Graph(name: "deep")
      var x = graph.addInput("x", TensorType([steps, 1, 16]))
      for index in 0..<layers {
        let weights = (0..<2).map { part in
          graph.addConstant("w", .seeded([64, 16], seed: UInt64(2 * index + part), in: -0.3...0.3))
        }
        let result: Recurrence.Result = index == layers - 1 ? .hidden : .sequence
        x = try graph.add(
          .recurrent(Recurrence(.lstm, result: result)), [x] + weights, name: "layer\(index)")
      }
      graph.addOutput("y", x)
      return try Planning.plan(graph, for: Machine(.baseline))
    }
    let (short, long) = (try plan(steps: 8, layers: 3), try plan(steps: 8, layers: 6))
    #expect(short.distinctKernels.count == long.distinctKernels.count)
    #expect(short.arenaBytes == long.arenaBytes)
    #expect(long.memoryMistake() == nil)
  }
}

extension Tensor {
  fileprivate func scaled(by factor: Float) -> Tensor {
    Tensor(shape, floats: floats.map { $0 * factor })
  }
}
