import GraphIR

/// The nodes of a section without their names and numbers: what sections have in common that are
/// the same block.
struct BlockTemplate {
  /// What an operand of a node is.
  enum Operand: Hashable {
    /// The tensor that the section reads.
    case input
    /// The result of a node of the section.
    case local(Int)
    /// A trained tensor that is known by the node's name.
    case weight(String)
    /// A number or a list, as text with its type.
    case literal(String)
  }

  let section: ModelSection
  /// The operands of each node.
  let operands: [[Operand]]
  /// What each node computes, without the numbers that are parameters of a block.
  let keys: [String]

  /// Nil where a node reads something that is neither in the section nor its own.
  init?(_ section: ModelSection, _ writer: StructureWriter) {
    var indices: [NodeID: Int] = [:]
    var (operands, keys): ([[Operand]], [String]) = ([], [])
    for (index, id) in section.nodes.enumerated() {
      let roles = writer.weightRoles(of: id)
      var list: [Operand] = []
      for (position, input) in writer.graph[id].inputs.enumerated() {
        if input == section.input {
          list.append(.input)
        } else if let local = indices[input] {
          list.append(.local(local))
        } else if let role = roles[position] {
          list.append(.weight(role))
        } else if let literal = writer.literal(input) {
          list.append(.literal(literal))
        } else {
          return nil
        }
      }
      operands.append(list)
      keys.append(writer.key(of: id))
      indices[id] = index
    }
    (self.section, self.operands, self.keys) = (section, operands, keys)
  }

  /// Whether two sections are the same but for names and numbers.
  func matches(_ other: BlockTemplate) -> Bool {
    keys == other.keys && operands == other.operands
  }

  /// The chains of nodes from the section's input to the operand of a node that nothing else reads:
  /// what could be the projection of a shortcut. Each with the operand that it gives.
  func shortcuts() -> [[Int]] {
    var users = [Int](repeating: 0, count: keys.count)
    for case .local(let index) in operands.joined() { users[index] += 1 }
    var found: [[Int]] = []
    for list in operands {
      let data = list.filter { if case .weight = $0 { false } else { true } }
      guard data.count > 1 else { continue }
      for case .local(let end) in data {
        var (chain, next) = ([Int](), Operand.local(end))
        while case .local(let index) = next, users[index] == 1 {
          chain.insert(index, at: 0)
          let reads = operands[index].filter { if case .weight = $0 { false } else { true } }
          guard reads.count == 1 else { break }
          next = reads[0]
        }
        if next == .input, !chain.isEmpty { found.append(chain) }
      }
    }
    return found
  }

  /// Whether the section is another one where `chain` is left out and the section's input is read
  /// in its place.
  func matches(_ other: BlockTemplate, without chain: [Int]) -> Bool {
    guard let end = chain.last, keys.count == other.keys.count + chain.count else { return false }
    let removed = Set(chain)
    var (indices, count) = ([Int: Int](), 0)
    for index in keys.indices where !removed.contains(index) {
      indices[index] = count
      count += 1
    }
    for (index, position) in indices {
      let list = operands[index].map { operand -> Operand in
        guard case .local(let local) = operand else { return operand }
        return local == end ? .input : indices[local].map { .local($0) } ?? operand
      }
      guard keys[index] == other.keys[position], list == other.operands[position] else {
        return false
      }
    }
    return true
  }
}
