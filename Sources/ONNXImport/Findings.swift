import Diagnostics

/// What is wrong with a file, in its order: a fault that many nodes share is told once, and so is one of
/// a file with the data of many tensors.
struct Findings {
  /// A node as messages name it.
  struct Node {
    /// The file, and the function in it that the node is of.
    private let body: String
    /// The node's name, or its number where it has none.
    fileprivate let name: String
    /// Its operator and the operator set.
    private let kind: String

    init(_ node: Onnx_NodeProto, at index: Int, in body: NodeList) {
      self.body = body.place
      name = node.name.isEmpty ? "\(index)" : "'\(node.name)'"
      kind = "(\(node.opType), opset \(body.opset))"
    }

    /// `model.onnx: node 'Conv_3' (Conv, opset 13)`
    var place: String { "\(body): node \(name) \(kind)" }

    /// What nodes of the same kind have in common.
    fileprivate var common: String { "\(body) \(kind)" }

    /// `model.onnx: 541 nodes (Foo, opset 13)`
    fileprivate func place(ofAll count: Int) -> String { "\(body): \(count) nodes \(kind)" }
  }

  private struct Finding {
    let diagnostic: Diagnostic
    let node: Node?
  }

  /// The most nodes with the same fault that are named one by one.
  private static let nodeLimit = 3

  private var findings: [Finding] = []
  /// Per file of data that cannot be read, the finding, and how many more tensors are in it.
  private var unreadable: [String: (index: Int, others: Int)] = [:]

  mutating func add(_ diagnostic: Diagnostic, of node: Node?) {
    findings.append(Finding(diagnostic: diagnostic, node: node))
  }

  /// Counts a tensor whose data cannot be read.
  ///
  /// - Returns: whether that was so with another of the same file. If not, the next finding is of it.
  mutating func countAgain(_ location: String) -> Bool {
    guard let known = unreadable[location] else {
      unreadable[location] = (findings.count, 0)
      return false
    }
    unreadable[location] = (known.index, known.others + 1)
    return true
  }

  /// How many there are, each node counted.
  var count: Int { findings.count }

  /// What to show of them.
  var diagnostics: [Diagnostic] {
    func key(_ finding: Finding) -> [String]? {
      finding.node.map { [$0.common, finding.diagnostic.message, finding.diagnostic.hint ?? ""] }
    }
    var nodes: [[String]: [Node]] = [:]
    var shown: Set<[String]> = []
    for finding in findings {
      if let key = key(finding), let node = finding.node { nodes[key, default: []].append(node) }
    }
    let others = Dictionary(unreadable.values.map { ($0.index, $0.others) }) { first, _ in first }
    return findings.enumerated().compactMap { index, finding in
      var diagnostic = finding.diagnostic
      if let count = others[index], count > 0 {
        let more = "nor can \(quantity(count, "more tensor")) of that file"
        diagnostic.hint = diagnostic.hint.map { "\($0); \(more)" } ?? more
      }
      guard let key = key(finding), let all = nodes[key], all.count > Self.nodeLimit else {
        return diagnostic
      }
      // The first of them stands for all.
      guard shown.insert(key).inserted else { return nil }
      let first = all.prefix(Self.nodeLimit).map(\.name)
      diagnostic.place = .subject(all[0].place(ofAll: all.count))
      diagnostic.message +=
        "; the first are \(first.dropLast().joined(separator: ", ")) and \(first[first.count - 1])"
      return diagnostic
    }
  }
}
