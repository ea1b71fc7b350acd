import GraphIR

/// The values that nodes see by name: those of the graph, of a branch inside it, or of a function.
final class Scope {
  /// A value with the element type that it has in the file.
  struct Entry {
    var value: GraphAssembly.Value
    var type: FileType
  }

  /// The nodes that are read in this scope.
  let body: NodeList
  /// The scope whose values a branch sees; none for the graph and for functions.
  private let outer: Scope?
  private var entries: [String: Entry] = [:]

  /// Creates the scope of a graph, a function, or a branch that sees `outer`.
  init(_ body: NodeList, within outer: Scope? = nil) {
    self.body = body
    self.outer = outer
  }

  /// What a name means, or nil where nothing defined it yet.
  func entry(named name: String) -> Entry? { entries[name] ?? outer?.entry(named: name) }

  /// The value of a name, or nil where nothing defined it yet.
  func value(named name: String) -> GraphAssembly.Value? { entry(named: name)?.value }

  /// Defines a value.
  ///
  /// - Throws: `Refusal` where the name is taken.
  func define(_ name: String, _ value: GraphAssembly.Value, _ type: FileType) throws {
    guard entries.updateValue(Entry(value: value, type: type), forKey: name) == nil else {
      throw Refusal("the value '\(name)' is defined twice")
    }
  }

  /// Gives a value that was announced its final state.
  func redefine(_ name: String, _ value: GraphAssembly.Value, _ type: FileType = .undefined) {
    entries[name] = Entry(value: value, type: type)
  }

  /// Marks the results of a node that was refused, where nothing else has their names.
  func abandon(_ names: [String]) {
    for name in names where !name.isEmpty && entries[name] == nil { redefine(name, .unavailable) }
  }
}

/// Nodes that are read one after the other: those of a graph, of a branch, or of a function.
struct NodeList {
  let nodes: [Onnx_NodeProto]
  /// The version of the standard operator set.
  let opset: Int
  /// Where the nodes stand, for messages: the file, or a node of it.
  let place: String
  /// What the names of nodes begin with, where they are read more than once; nil where they stay as they are.
  var prefix: String?
  /// Operands of the function that the call leaves out.
  var absent: Set<String> = []
  /// The attributes of the function's call, and its defaults for others.
  var attributes: [String: Onnx_AttributeProto] = [:]
  /// What the operands of the function are called where it is called.
  var outerNames: [String: String] = [:]
  /// How many functions and branches stand around the nodes.
  var depth = 0
  /// How many operands and outputs read each value.
  private let useCounts: [String: Int]

  init(nodes: [Onnx_NodeProto], outputs: [String], opset: Int, place: String) {
    self.nodes = nodes
    self.opset = opset
    self.place = place
    var counts: [String: Int] = [:]
    for output in outputs { counts[output, default: 0] += 1 }
    Self.count(nodes, &counts)
    useCounts = counts
  }

  /// The nodes of a branch or a loop that stands among these: they see the same function around them.
  func inner(nodes: [Onnx_NodeProto], outputs: [String], place: String) -> NodeList {
    var result = NodeList(nodes: nodes, outputs: outputs, opset: opset, place: place)
    result.prefix = prefix
    result.absent = absent
    result.attributes = attributes
    result.outerNames = outerNames
    result.depth = depth + 1
    return result
  }

  /// Whether the nodes are read once for each call of a function, or each turn of a loop.
  var isOfFunction: Bool { prefix != nil }

  /// Whether anything reads a value.
  func isUsed(_ name: String) -> Bool { useCounts[name, default: 0] > 0 }

  private static func count(_ nodes: [Onnx_NodeProto], _ counts: inout [String: Int]) {
    for node in nodes {
      for name in node.input { counts[name, default: 0] += 1 }
      for attribute in node.attribute where attribute.hasG {
        for output in attribute.g.output { counts[output.name, default: 0] += 1 }
        count(attribute.g.node, &counts)
      }
    }
  }

  /// A node with the attributes and operands that the call of its function gives.
  func bound(_ node: Onnx_NodeProto) -> Onnx_NodeProto {
    var result = node
    if node.attribute.contains(where: { !$0.refAttrName.isEmpty }) {
      result.attribute = node.attribute.compactMap { attribute in
        guard !attribute.refAttrName.isEmpty else { return attribute }
        var given = attributes[attribute.refAttrName]
        given?.name = attribute.name
        return given
      }
    }
    if node.input.contains(where: absent.contains) {
      result.input = node.input.map { absent.contains($0) ? "" : $0 }
    }
    return result
  }

  /// A name for a node of the graph that a node becomes.
  func name(of node: Onnx_NodeProto, isInitializer: (String) -> Bool) -> String {
    var named = node
    if node.input.count > 1, let weight = outerNames[node.input[1]] { named.input[1] = weight }
    if let name = Names.name(ofWeighted: named, isInitializer: isInitializer) { return name }
    let name = Names.name(of: named)
    return prefix.map { "\($0).\(name)" } ?? name
  }
}
