import GraphIR

/// Valid networks of random operations, shapes and branches: the same for the same seed.
///
/// Images have a few channels and pixels, extents are odd more often than not, and values stay near
/// 1: weights are scaled by their terms. Functions that jump (floor, ceil) are left out, because a
/// last bit may decide them.
public struct RandomNetwork: RandomChoices {
  package var generator: SeededGenerator
  var graph: Graph
  /// Values `[N, C, H, W]`, the input first.
  var images: [NodeID] = []
  /// Values `[N, C]`.
  var rows: [NodeID] = []
  /// Integers that are outputs.
  var integers: [NodeID] = []

  /// A network of 3 to 40 operations.
  public static func graph(seed: UInt64) -> Graph {
    var network = RandomNetwork(seed: seed)
    let wanted = network.integer(3...40)
    var attempts = 0
    while network.graph.order.count < wanted, attempts < 400 {
      attempts += 1
      network.addSomething()
    }
    network.addOutputs()
    return network.graph
  }

  private init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    graph = Graph(name: "random\(seed)")
    let batch = pick([1, 1, 2, 3])
    if chance(20) { addStem(batch: batch) }
    for index in 0..<pick([1, 1, 2]) {
      let shape = [batch, pick([1, 3, 5, 8, 16, 17, 32]), integer(3...20), integer(3...20)]
      images.append(graph.addInput("input\(index)", TensorType(shape)))
    }
    if chance(25) { addPicture(batch: batch) }
    if chance(25) { addIntegers(batch: batch) }
  }

  // MARK: Choices

  /// An image, one of the last ones more often than not, so that networks are deep.
  mutating func image() -> NodeID { pickLate(images) }

  /// A constant with values of about `bound` at most.
  mutating func constant(_ shape: [Int], bound: Float = 0.5, around middle: Float = 0) -> NodeID {
    let range = (middle - bound)...(middle + bound)
    return graph.addConstant("w", .seeded(shape, seed: generator.next(), in: range))
  }

  /// Weights that leave values as large as they were.
  mutating func weights(_ shape: [Int], terms: Int) -> NodeID {
    constant(shape, bound: (3 / Float(max(1, terms))).squareRoot())
  }

  func shape(_ id: NodeID) -> [Int] { graph[id].type.shape }

  // MARK: Building

  /// Adds a node if its operands fit and its result is not too large; the operations of a failed
  /// attempt go with the dead nodes.
  @discardableResult
  mutating func add(_ operation: Operation, _ operands: [NodeID]) -> NodeID? {
    let types = operands.map { graph[$0].type }
    guard let type = try? operation.resultType(types), type.elementCount > 0,
      type.elementCount <= 40_000,
      let id = try? graph.add(operation, operands, name: operation.mnemonic)
    else { return nil }
    guard type.element == .float32 else { return id }
    if type.rank == 4 { images.append(id) }
    if type.rank == 2 { rows.append(id) }
    return id
  }

  private mutating func addSomething() {
    switch integer(0...24) {
    case 0...5: addConvolution()
    case 6: addOtherConvolution()
    case 7: addBatchNormalization()
    case 8, 9: addUnary()
    case 10...12: addBinary()
    case 13: addPooling()
    case 14, 15: addConcatenation()
    case 16: addSlice()
    case 17: addResizing()
    case 18: addMovement()
    case 19: addReduction()
    case 20, 21: addSelection()
    case 22: addRecurrence()
    case 23: addAttention()
    default: addRows()
    }
  }

  /// Every float that nothing reads is an output, and sometimes a value from the middle.
  private mutating func addOutputs() {
    let floats = graph.order.filter { graph[$0].type.element == .float32 }
    var results = floats.filter { graph.users(of: $0).isEmpty }
    if chance(30), let other = floats.first(where: { !results.contains($0) }) {
      results.append(other)
    }
    results += integers
    for (index, id) in results.enumerated() { graph.addOutput("output\(index)", id) }
    graph.removeDeadNodes()
  }
}
