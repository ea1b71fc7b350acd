import Diagnostics
import GraphIR

/// `Loop` and `Scan`, whose bodies are read once for each turn: how many there are has to be known,
/// and the graph has no loop.
extension GraphImporter {
  // MARK: Loop

  /// Reads the body of a `Loop` for every turn.
  func unrollLoop(
    _ context: OperatorContext, place: String, in scope: Scope
  ) throws -> [Scope.Entry] {
    let loop = try LoopBody(context, carriedFrom: 2, leading: 1)
    let limit = try context.hasOperand(0) ? knownNumber(of: context, 0, "number of turns") : nil
    var goesOn = true
    if context.hasOperand(1) {
      guard let condition = try context.knownOperand(1) else {
        throw try context.unknown(1, "its condition", hint: Self.hint)
      }
      goesOn = try truth(condition)
    }
    var turns = Turns(of: loop, carried: try loop.carriedOperands())
    try context.checkEverythingWasRead()
    while goesOn, limit.map({ turns.count < $0 }) ?? true {
      let own = [
        known(Tensor([], integers: [Int64(turns.count)])), known(Tensor([], booleans: [true])),
      ]
      let results = try read(loop, turn: turns.count, given: own + turns.carried, place, scope)
      turns.take(Array(results.dropFirst()))
      // After the last turn nothing asks whether there is another.
      if turns.count == limit { break }
      guard let condition = assembly.knownValue(of: results[0].value) else {
        throw Refusal(
          "its condition after turn \(turns.count) depends on the data that the model is given",
          hint: Self.hint)
      }
      goesOn = try truth(condition)
    }
    return try turns.carried
      + turns.collected.indices.map { try stacked(turns, output: $0, axis: 0, place, scope) }
  }

  private static let hint =
    "the turns are counted when the file is read; export the model without the loop"

  private func knownNumber(
    of context: OperatorContext, _ index: Int, _ what: String
  ) throws -> Int {
    guard let tensor = try context.knownOperand(index) else {
      throw try context.unknown(index, "its \(what)", hint: Self.hint)
    }
    guard tensor.element == .int64, tensor.count == 1 else {
      throw Refusal("its \(what) must be one integer, not \(tensor.type)")
    }
    return max(0, Int(tensor.integers[0]))
  }

  // MARK: Scan

  /// Reads the body of a `Scan` for every entry of what it goes through.
  func unrollScan(
    _ context: OperatorContext, place: String, in scope: Scope
  ) throws -> [Scope.Entry] {
    guard context.opset >= 9 else {
      throw Refusal("the operator Scan before set 9, which has an axis of images, is not supported")
    }
    guard let count = try context.integer("num_scan_inputs"), count >= 1,
      count <= context.operandCount
    else { throw Refusal("num_scan_inputs must be from 1 to the number of operands") }
    let loop = try LoopBody(context, carriedFrom: 0, scanned: count, leading: 0)
    let states = context.operandCount - count
    let axes = try sides(context, "scan_input_axes", count)
    let directions = try sides(context, "scan_input_directions", count)
    let scanned = loop.graph.output.count - states
    let resultAxes = try sides(context, "scan_output_axes", scanned)
    let resultDirections = try sides(context, "scan_output_directions", scanned)
    var lines: [(name: String, axis: Int, isReversed: Bool)] = []
    var length: Int?
    for index in 0..<count {
      let shape = try context.operandType(states + index).shape
      let axis = try context.axis(axes[index], rank: shape.count)
      guard length == nil || length == shape[axis] else {
        throw Refusal("what it goes through has \(length!) and \(shape[axis]) entries")
      }
      length = shape[axis]
      lines.append((context.node.input[states + index], axis, directions[index] != 0))
    }
    var turns = Turns(of: loop, carried: try loop.carriedOperands())
    try context.checkEverythingWasRead()
    let total = length ?? 0
    while turns.count < total {
      let slices = try lines.map { line in
        let index = line.isReversed ? total - 1 - turns.count : turns.count
        return try slice(line.name, line.axis, index, place, scope)
      }
      turns.take(
        try read(loop, turn: turns.count, given: turns.carried + slices, place, scope))
    }
    for output in turns.collected.indices where resultDirections[output] != 0 {
      turns.collected[output].reverse()
    }
    return try turns.carried
      + turns.collected.indices.map {
        try stacked(turns, output: $0, axis: resultAxes[$0], place, scope)
      }
  }

  /// An attribute with an integer for each input or output that is gone through; zeros where absent.
  private func sides(_ context: OperatorContext, _ name: String, _ count: Int) throws -> [Int] {
    let given = try context.integers(name) ?? Array(repeating: 0, count: count)
    guard given.count == count else {
      throw Refusal("\(name) has \(quantity(given.count, "integer")), not \(count)")
    }
    return given
  }
}
