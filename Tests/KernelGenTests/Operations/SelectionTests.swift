import Diagnostics
import GraphIR
import Planning
import TestSupport
import Testing

/// Comparisons, choices, places and indices, whose results the caller gets in their own types.
@Suite struct SelectionTests {
  /// Halves from -2 to 2, so that many are equal, some NaN and some infinite.
  private func numbers(_ shape: [Int], seed: Int) -> Tensor {
    Tensor(
      shape,
      floats: (0..<shape.reduce(1, *)).map { index in
        let value = (index * 7919 + seed * 31) % 23
        return value == 21 ? .nan : value == 22 ? .infinity : Float(value % 9) / 2 - 2
      })
  }

  /// Constants that are no floats, of the shapes that steps on blocked images read: whole images, one
  /// number per channel, a row.
  @Test(arguments: runnableSets)
  func constantMasksChoose(_ set: InstructionSet) throws {
    let shape = [1, 20, 3, 5]
    var graph = Graph(name: "masks")
    let x = graph.addInput("x", TensorType(shape))
    let blocked = try graph.add(.maxPool(Pooling(kernel: Pair(1))), [x], name: "blocked")
    for (index, kept) in [shape, [1, 20, 1, 1], [20, 1, 1], [5], [20, 3, 5]].enumerated() {
      let places = 0..<kept.reduce(1, *)
      let mask = graph.addConstant(
        "mask\(index)", Tensor(kept, booleans: places.map { $0 % 3 == 1 }))
      let numbers = graph.addConstant(
        "numbers\(index)", Tensor(kept, integers: places.map { Int64($0 % 4) }))
      let ones = graph.addConstant(
        "ones\(index)", Tensor(kept, integers: places.map { Int64($0 % 2) }))
      let other = try graph.add(.unary(.negate), [blocked], name: "other")
      let chosen = try graph.add(.select, [mask, blocked, other], name: "chosen")
      graph.addOutput("chosen\(index)", chosen)
      let equal = try graph.add(.compare(.equal), [numbers, ones], name: "equal")
      let again = try graph.add(.select, [equal, blocked, other], name: "again")
      graph.addOutput("again\(index)", again)
    }
    try expectEqualsInterpreter(graph, set, inputs: [numbers(shape, seed: 1)])
  }

  @Test(arguments: runnableSets)
  func comparisonsAndChoicesEqualTheInterpreter(_ set: InstructionSet) throws {
    for shape in [[1], [7], [3, 17], [2, 20, 3, 5]] {
      var graph = Graph(name: "choices")
      let x = graph.addInput("x", TensorType(shape))
      let y = graph.addInput("y", TensorType(shape))
      let m = graph.addInput("m", TensorType(shape, element: .bool))
      func output(_ name: String, _ operation: Operation, _ operands: [NodeID]) throws -> NodeID {
        let id = try graph.add(operation, operands, name: name)
        graph.addOutput(name, id)
        return id
      }
      for comparison in Comparison.allCases {
        _ = try output(comparison.rawValue, .compare(comparison), [x, y])
      }
      let less = try output("x_less", .compare(.less), [x, y])
      let both = try output("both", .binary(.minimum, then: nil), [less, m])
      _ = try output("either", .binary(.maximum, then: nil), [less, m])
      _ = try output("same", .compare(.equal), [less, m])
      _ = try output("chosen", .select, [both, x, y])
      let zero = graph.addConstant("zero", Tensor([], floats: [0]))
      let masked = try output("masked", .select, [m, x, zero])
      let whole = try output("whole", .cast(.int64), [masked])
      let three = graph.addConstant("three", Tensor([], integers: [1]))
      _ = try output("is_one", .compare(.equal), [whole, three])
      _ = try output("number", .cast(.float32), [whole])
      _ = try output("truth", .cast(.bool), [masked])
      _ = try output("count", .cast(.int64), [m])
      let mask = Tensor(
        shape, booleans: (0..<shape.reduce(1, *)).map { $0 % 3 == 1 })
      try expectEqualsInterpreter(
        graph, set, inputs: [numbers(shape, seed: 1), numbers(shape, seed: 2), mask])
    }
  }

  @Test(arguments: runnableSets)
  func placesAndIndicesEqualTheInterpreter(_ set: InstructionSet) throws {
    for (shape, axis) in [([9], 0), ([2, 13], 1), ([13, 21], 0), ([2, 5, 19], 1)] {
      var graph = Graph(name: "places")
      let x = graph.addInput("x", TensorType(shape))
      for count in [1, 3, shape[axis]] {
        for (smallest, last) in [(false, false), (true, false), (false, true), (true, true)] {
          let top = TopIndices(axis: axis, count: count, smallest: smallest, prefersLast: last)
          let name = "top_\(count)_\(smallest)_\(last)"
          let places = try graph.add(.topIndices(top), [x], name: name)
          graph.addOutput(name, places)
          let values = try graph.add(
            .gatherElements(axis: axis), [x, places], name: "values_\(name)")
          let sum = try graph.add(.unary(.relu), [values], name: "relu_\(name)")
          graph.addOutput("relu_\(name)", sum)
        }
      }
      let finite = Tensor(
        shape, floats: numbers(shape, seed: 3).floats.map { $0.isNaN ? -3 : $0 })
      try expectEqualsInterpreter(graph, set, inputs: [finite])
    }
  }

  @Test(arguments: runnableSets)
  func notANumberCountsAsTheLargest(_ set: InstructionSet) throws {
    var graph = Graph(name: "places")
    let x = graph.addInput("x", TensorType([3, 8]))
    for smallest in [false, true] {
      let top = TopIndices(axis: 1, count: 8, smallest: smallest)
      graph.addOutput(
        "y\(smallest)", try graph.add(.topIndices(top), [x], name: "y\(smallest)"))
    }
    try expectEqualsInterpreter(graph, set, inputs: [numbers([3, 8], seed: 4)])
  }

  @Test(arguments: runnableSets)
  func computedIndicesChooseEntries(_ set: InstructionSet) throws {
    for (shape, axis) in [([6], 0), ([4, 6], 1), ([6, 20], 0), ([2, 6, 3], 1)] {
      var graph = Graph(name: "entries")
      let x = graph.addInput("x", TensorType(shape))
      let numbers = graph.addInput("i", TensorType([2, 3]))
      let indices = try graph.add(.cast(.int64), [numbers], name: "indices")
      let entries = try graph.add(.gather(axis: axis), [x, indices], name: "entries")
      graph.addOutput("y", entries)
      // From the end where negative; those out of range are clamped into it.
      let chosen = Tensor([2, 3], floats: [0, 5, -1, -6, 9, -9])
      try expectEqualsInterpreter(graph, set, inputs: [Tensor.seeded(shape, seed: 5), chosen])
    }
  }

  @Test(arguments: runnableSets)
  func computedIndicesPlaceElements(_ set: InstructionSet) throws {
    for (shape, axis, count) in [([9], 0, 4), ([3, 6], 1, 8), ([6, 5], 0, 2), ([2, 6, 3], 1, 3)] {
      var graph = Graph(name: "places")
      let x = graph.addInput("x", TensorType(shape))
      var kept = shape
      kept[axis] = count
      let numbers = graph.addInput("i", TensorType(kept))
      let indices = try graph.add(.cast(.int64), [numbers], name: "indices")
      let updates = try graph.add(.unary(.negate), [numbers], name: "updates")
      for function in ScatterFunction.allCases {
        let placed = try graph.add(
          .scatterElements(axis: axis, by: function), [x, indices, updates], name: "placed")
        graph.addOutput("y \(function)", placed)
        let sum = try graph.add(.binary(.add, then: nil), [placed, x], name: "sum")
        graph.addOutput("z \(function)", sum)
      }
      // Some twice, some from the end, some out of range.
      let chosen = Tensor(kept, floats: (0..<kept.reduce(1, *)).map { Float($0 * 7 % 13 - 5) })
      try expectEqualsInterpreter(graph, set, inputs: [Tensor.seeded(shape, seed: 6), chosen])
    }
  }

  /// Arithmetic with integers whose range is known: truncated quotients, 0 for a divisor of 0, no -0.
  @Test(arguments: runnableSets)
  func boundedIntegersAreExact(_ set: InstructionSet) throws {
    var graph = Graph(name: "integers")
    let x = graph.addInput("x", TensorType([4, 23]))
    let bounded = try graph.add(.unary(.clip(low: -4000, high: 4000)), [x], name: "bounded")
    let i = try graph.add(.cast(.int64), [bounded], name: "i")
    let place = try graph.add(.topIndices(TopIndices(axis: 0)), [x], name: "place")
    let holds = try graph.add(.compare(.less), [x, bounded], name: "holds")
    let truth = try graph.add(.cast(.int64), [holds], name: "truth")
    let numbers = [3, -7, 4096].map { number in
      graph.addConstant("n\(number)", Tensor([], integers: [number]))
    }
    let pairs = [(i, place), (place, i), (i, truth), (i, numbers[0]), (numbers[1], i)]
    for function in [BinaryFunction.add, .subtract, .multiply, .divide, .minimum, .maximum] {
      for (pair, (a, b)) in pairs.enumerated() {
        let name = "\(function) \(pair)"
        let result = try graph.add(.binary(function, then: nil), [a, b], name: name)
        graph.addOutput(name, result)
        let float = try graph.add(.cast(.float32), [result], name: "float")
        graph.addOutput("\(name) sign", try graph.add(.unary(.reciprocal), [float], name: "sign"))
      }
    }
    // The quotient times its divisor is no larger than what was divided.
    let quotient = try graph.add(.binary(.divide, then: nil), [i, numbers[2]], name: "quotient")
    let whole = try graph.add(.binary(.multiply, then: nil), [quotient, numbers[2]], name: "whole")
    let rest = try graph.add(.binary(.subtract, then: nil), [i, whole], name: "rest")
    let scaled = try graph.add(.binary(.multiply, then: nil), [rest, numbers[2]], name: "scaled")
    graph.addOutput("rest", scaled)
    var values = (0..<92).map { index -> Float in
      let whole = Float(index * 7919 % 8001 - 4000)
      return whole / Float(index % 5 + 1)
    }
    values[91] = .nan
    try expectEqualsInterpreter(graph, set, inputs: [Tensor([4, 23], floats: values)])
  }

  /// Reductions of integers whose range is known, and sums of updates.
  @Test(arguments: runnableSets)
  func boundedIntegersAreReducedExactly(_ set: InstructionSet) throws {
    var graph = Graph(name: "integers")
    let x = graph.addInput("x", TensorType([3, 5, 19]))
    let bounded = try graph.add(.unary(.clip(low: -900, high: 900)), [x], name: "bounded")
    let i = try graph.add(.cast(.int64), [bounded], name: "i")
    for function in [ReduceFunction.sum, .maximum, .minimum] {
      for axes in [[2], [1], [0, 2], [0, 1, 2]] {
        let name = "\(function) \(axes)"
        let operation = GraphIR.Operation.reduce(function, axes: axes, keepDimensions: false)
        graph.addOutput(name, try graph.add(operation, [i], name: name))
      }
    }
    let places = try graph.add(.topIndices(TopIndices(axis: 1, count: 5)), [x], name: "places")
    let added = try graph.add(
      .scatterElements(axis: 1, by: .add), [i, places, i], name: "added")
    graph.addOutput("added", added)
    let values = (0..<285).map { Float($0 * 7919 % 2001 - 1000) }
    try expectEqualsInterpreter(graph, set, inputs: [Tensor([3, 5, 19], floats: values)])
  }

  @Test func integersThatMayNotBeExactAreRefused() throws {
    var graph = Graph(name: "sums")
    let x = graph.addInput("x", TensorType([2]))
    let i = try graph.add(.cast(.int64), [x], name: "i")
    let sum = try graph.add(.binary(.add, then: nil), [i, i], name: "sum")
    let bounded = try graph.add(.unary(.clip(low: 0, high: 1e7)), [x], name: "bounded")
    let j = try graph.add(.cast(.int64), [bounded], name: "j")
    let twice = try graph.add(.binary(.add, then: nil), [j, j], name: "twice")
    let power = try graph.add(.binary(.power, then: nil), [j, j], name: "power")
    let total = try graph.add(
      .reduce(.sum, axes: [0], keepDimensions: true), [j], name: "total")
    let product = try graph.add(
      .reduce(.product, axes: [0], keepDimensions: true), [j], name: "product")
    let bits = try graph.add(.bits(.or), [i, j], name: "bits")
    for (index, id) in [sum, twice, power, total, product, bits].enumerated() {
      graph.addOutput("y\(index)", id)
    }
    #expect {
      try Planning.plan(graph, for: Machine(.baseline))
    } throws: { error in
      let text = "\(error)"
      return text.contains("up to 16777216, but 'i' may be from -∞ to ∞")
        && text.contains("up to 16777216, but its result may be from -2 to 20000002")
        && text.contains("pow of integers at run time has no kernel")
        && text.contains("reduce_sum of integers is computed as f32")
        && text.contains("reduce_prod of integers at run time has no kernel")
        && text.contains("bit_or of integers is computed as f32, which has them up to 16777216")
    }

    var large = Graph(name: "large")
    let z = large.addInput("x", TensorType([2]))
    let k = try large.add(.cast(.int64), [z], name: "k")
    let limit = large.addConstant("limit", Tensor([], integers: [1 << 24 + 1]))
    large.addOutput("y", try large.add(.compare(.less), [k, limit], name: "less"))
    #expect {
      try Planning.plan(large, for: Machine(.baseline))
    } throws: { "\($0)".contains("is not exact as f32") }
  }
}
