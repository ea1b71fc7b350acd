import Diagnostics
import GraphIR

/// The body of a `Loop` or a `Scan`, of which every turn takes some values on to the next and gives
/// others that are collected.
struct LoopBody {
  let context: OperatorContext
  let graph: Onnx_GraphProto
  /// The operands that the first turn begins with.
  private let carried: Range<Int>
  /// Results of the body that the node does not give: whether there is another turn.
  private let leading: Int

  /// - Parameters:
  ///   - first: the first operand that is carried from turn to turn.
  ///   - scanned: how many operands behind these are gone through.
  /// - Throws: `Refusal` where the body does not fit the node.
  init(
    _ context: OperatorContext, carriedFrom first: Int, scanned: Int = 0, leading: Int
  ) throws {
    guard let attribute = try context.attribute("body", .graph), attribute.hasG else {
      throw Refusal("its body is missing")
    }
    graph = attribute.g
    self.context = context
    self.leading = leading
    guard context.operandCount >= first + scanned else { throw Refusal("operands are missing") }
    carried = first..<(context.operandCount - scanned)
    let results = carried.count + leading
    guard graph.input.count == context.operandCount, graph.output.count >= results,
      context.resultCount <= graph.output.count - leading
    else {
      throw Refusal(
        "its body takes \(quantity(graph.input.count, "value")) and gives \(graph.output.count), but it has "
          + "\(quantity(context.operandCount, "operand")) and \(quantity(context.resultCount, "output"))"
      )
    }
  }

  /// Values that are carried from turn to turn.
  var carriedCount: Int { carried.count }
  /// Values that are collected.
  var collectedCount: Int { graph.output.count - leading - carried.count }

  func carriedOperands() throws -> [Scope.Entry] {
    try carried.map { index in
      let value = try context.passedOn(index)
      return Scope.Entry(value: value, type: try context.fileType(index))
    }
  }

  func collectedOutput(_ index: Int) -> Onnx_ValueInfoProto {
    graph.output[leading + carried.count + index]
  }

  /// What the node calls a collected value, where it gives it.
  func resultName(ofCollected index: Int) -> String? {
    let outputs = context.node.output
    let place = carried.count + index
    return outputs.indices.contains(place) && !outputs[place].isEmpty ? outputs[place] : nil
  }
}

/// How far the turns of a loop have come.
struct Turns {
  let loop: LoopBody
  private(set) var count = 0
  private(set) var carried: [Scope.Entry]
  /// By output, what each turn gave.
  var collected: [[Scope.Entry]]

  init(of loop: LoopBody, carried: [Scope.Entry]) {
    (self.loop, self.carried) = (loop, carried)
    collected = Array(repeating: [], count: loop.collectedCount)
  }

  /// Takes what a turn gave: what is carried on, then what is collected.
  mutating func take(_ results: [Scope.Entry]) {
    carried = Array(results.prefix(loop.carriedCount))
    for (index, entry) in results.dropFirst(loop.carriedCount).enumerated() {
      collected[index].append(entry)
    }
    count += 1
  }
}
