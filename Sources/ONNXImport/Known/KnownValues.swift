import GraphIR
import Interpreter

/// The values of nodes that follow from constants and static shapes. A value is computed when
/// something asks for it, so that weights are left to the passes, which fold them for less.
struct KnownValues {
  private var computable: Set<NodeID> = []
  private var computed: [NodeID: Tensor] = [:]
  /// What would follow from constants, but takes too much to compute.
  private var tooLarge: Set<NodeID> = []
  private var allowance = Self.usualAllowance

  /// Bytes that may be read and written without regard to the file's size: enough for the masks and
  /// tables of any network, little enough for a file of a few bytes that asks for much.
  private static let usualAllowance = 1 << 27

  /// Lets as much more be computed as work on a tensor of the file may need.
  mutating func allow(for tensor: Tensor) { allowance += 16 * tensor.type.byteCount }

  /// Takes `bytes`, read or written, from what may be computed; false where that is too much.
  mutating func pay(_ bytes: Int) -> Bool {
    guard bytes <= allowance else { return false }
    allowance -= bytes
    return true
  }

  /// Notes whether a new node follows from what is known.
  mutating func note(_ id: NodeID, in graph: Graph) {
    let node = graph[id]
    if node.operation == .shapeOf {
      computable.insert(id)
    } else if node.inputs.allSatisfy({ isKnown($0, in: graph) }) {
      computable.insert(id)
    } else if node.inputs.allSatisfy({ isKnown($0, in: graph) || tooLarge.contains($0) }) {
      tooLarge.insert(id)
    }
  }

  /// Whether a node is a constant, or follows from constants and static shapes.
  func isKnown(_ id: NodeID, in graph: Graph) -> Bool {
    computable.contains(id) || graph.constantValue(of: id) != nil
  }

  /// Whether a node would be known, were it not too much to compute.
  func isTooLarge(_ id: NodeID) -> Bool { tooLarge.contains(id) }

  /// The value of a node that is known; nil for others, and where it takes too much to compute.
  mutating func value(of id: NodeID, in graph: Graph) -> Tensor? {
    if let tensor = graph.constantValue(of: id) ?? computed[id] { return tensor }
    guard computable.contains(id) else { return nil }
    let steps = steps(to: id, in: graph)
    let costs = steps.map { graph.bytesToCompute($0) }
    guard !costs.contains(nil), pay(costs.reduce(0) { min($0 + ($1 ?? 0), 1 << 60) }) else {
      computable.subtract(steps)
      tooLarge.formUnion(steps)
      return nil
    }
    for step in steps {
      let node = graph[step]
      if node.operation == .shapeOf {
        let shape = graph[node.inputs[0]].type.shape
        computed[step] = Tensor([shape.count], integers: shape.map { Int64($0) })
        continue
      }
      let operands = node.inputs.compactMap { graph.constantValue(of: $0) ?? computed[$0] }
      computed[step] = evaluate(node.operation, operands)
    }
    return computed[id]
  }

  /// What has to be computed for a node, itself last, in an order of execution.
  private func steps(to id: NodeID, in graph: Graph) -> [NodeID] {
    var (steps, pending) = (Set<NodeID>(), [id])
    while let next = pending.popLast() {
      guard computable.contains(next), computed[next] == nil, steps.insert(next).inserted else {
        continue
      }
      if graph[next].operation != .shapeOf { pending += graph[next].inputs }
    }
    // Nodes are added after their operands, and never exchanged while a file is read.
    return steps.sorted()
  }
}

extension Graph {
  /// About how many bytes the interpreter reads and writes for a node; nil for an unusual number.
  fileprivate func bytesToCompute(_ id: NodeID) -> Int? {
    let (node, operands) = (self[id], operandTypes(of: id))
    // An axis without elements counts as one, since tables of the others are made.
    let result = node.type.shape.reduce(1) { $0 * max($1, 1) }
    if node.operation == .shapeOf { return 8 * result }
    let perElement: Int
    switch node.operation {
    case .matrixMultiply, .linear:
      perElement = operands[0].shape.last ?? 1
    case .convolution, .dynamicConvolution:
      perElement = operands[1].elementCount / max(operands[1].shape.first ?? 1, 1)
    case .transposedConvolution:
      perElement = operands[1].elementCount
    case .maxPool(let pooling), .averagePool(let pooling):
      perElement = pooling.kernel.height * pooling.kernel.width
    case .resize, .localResponse, .topIndices:
      perElement = 64
    case .alignRegions(let attributes):
      let image = operands[0].shape
      perElement =
        attributes.samples > 0
        ? attributes.samples * attributes.samples : 4 * (image[2] + 4) * (image[3] + 4)
    case .suppressBoxes:
      perElement = operands[0].shape[1]
    default:
      perElement = 1
    }
    let (work, overflow) = result.multipliedReportingOverflow(by: 8 * perElement)
    let read = operands.reduce(0) { min($0 + $1.byteCount, 1 << 60) }
    return overflow || work > 1 << 60 ? nil : work + 2 * read
  }
}
