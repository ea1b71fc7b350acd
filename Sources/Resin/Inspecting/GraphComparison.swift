import GraphIR
import TensorFiles

extension Graph {
  /// Whether two graphs have the same inputs, and outputs that are the same operations on the same
  /// tensors, whatever their nodes are called and in which order they stand.
  package func computesTheSame(as other: Graph) -> Bool {
    guard inputs.map({ self[$0.node].name }) == other.inputs.map({ other[$0.node].name }),
      outputs.map(\.name) == other.outputs.map(\.name)
    else { return false }
    var numbers: [NodeKey: Int] = [:]
    return outputNumbers(&numbers) == other.outputNumbers(&numbers)
  }

  /// What a node computes: equal keys have equal results.
  private struct NodeKey: Hashable {
    let operation: String
    let type: TensorType
    let operands: [Int]
  }

  /// A number for each output; equal keys have equal numbers.
  private func outputNumbers(_ numbers: inout [NodeKey: Int]) -> [Int] {
    var known: [NodeID: Int] = [:]
    func number(_ key: NodeKey) -> Int {
      if let number = numbers[key] { return number }
      numbers[key] = numbers.count
      return numbers.count - 1
    }
    for input in inputs {
      let node = self[input.node]
      known[input.node] = number(
        NodeKey(operation: "input \(node.name)", type: node.type, operands: []))
    }
    for id in constants {
      let contents = constantValue(of: id).map { $0.withBytes(Self.digest) } ?? 0
      known[id] = number(
        NodeKey(operation: "constant \(contents)", type: self[id].type, operands: []))
    }
    for id in order {
      let node = self[id]
      // A list of slopes that is stretched along an image is the stretched tensor.
      if case .reshape = node.operation, let tensor = constantValue(of: node.inputs[0]) {
        let contents = tensor.withBytes(Self.digest)
        known[id] = number(
          NodeKey(operation: "constant \(contents)", type: node.type, operands: []))
        continue
      }
      known[id] = number(
        NodeKey(
          operation: "\(node.operation)", type: node.type,
          operands: node.inputs.map { known[$0] ?? -1 }))
    }
    return outputs.map { known[$0.node] ?? -1 }
  }

  /// The 64-bit FNV-1a hash, eight bytes at a time.
  private static func digest(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let words = bytes.count / 8
    for word in 0..<words {
      hash =
        (hash ^ bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)) &* 0x100_0000_01b3
    }
    for byte in bytes[(words * 8)...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
