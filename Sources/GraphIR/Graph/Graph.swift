import Diagnostics

/// Names a node of one graph.
public struct NodeID: Hashable, Comparable, Sendable {
  let index: Int

  public static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}

/// One operation of a graph with its operands and its result's type.
public struct Node: Sendable {
  /// Unique in the graph; dotted, as in `layer1.0.conv1`. For a parameter: its name in the weights'
  /// file.
  public var name: String
  public var operation: Operation
  public var inputs: [NodeID]
  /// The type of the result.
  public var type: TensorType
  /// Where the node was written or read from, for diagnostics.
  public var place: Diagnostic.Place
  /// The names of the nodes that were fused into this one, in order of execution, itself left out.
  public var fused: [String]
}

/// A value that the caller gives.
public struct GraphInput: Sendable, Equatable {
  /// A node with operation `.input`; its name is the input's name.
  public var node: NodeID
  /// How a picture becomes this input.
  public var preprocessing: ImagePreprocessing?
}

/// A value that the caller gets.
public struct GraphOutput: Sendable, Equatable {
  public var name: String
  public var node: NodeID
  /// A file with one label per line, for classifiers; relative to the model's file.
  public var labels: String?
  /// How the value becomes a picture, for images: the preprocessing that it undoes, with neither
  /// resize nor crop.
  public var picture: ImagePreprocessing?
}

/// What is computed: operations on tensors of static shape, in NCHW, with no machine in it.
///
/// Sources (inputs, parameters, constants) stand in no order; every other node stands after its
/// operands in `order`. Names are unique. Users are tracked, so that a rewrite is local. The graph
/// is a value: copying it is cheap and a pass works on its own copy.
public struct Graph: Sendable {
  /// The model's name, an identifier.
  public var name: String
  public internal(set) var inputs: [GraphInput] = []
  public internal(set) var outputs: [GraphOutput] = []
  /// Computing nodes in an order of execution.
  public internal(set) var order: [NodeID] = []

  var nodes: [Node?] = []
  var userLists: [[NodeID]] = []
  var idsByName: [String: NodeID] = [:]

  /// Creates an empty graph.
  public init(name: String) { self.name = name }

  /// The node with an identifier.
  ///
  /// - Precondition: it was not removed.
  public subscript(id: NodeID) -> Node {
    guard let node = nodes[id.index] else { preconditionFailure("node \(id.index) was removed") }
    return node
  }

  /// Whether the node was not removed.
  public func contains(_ id: NodeID) -> Bool {
    nodes.indices.contains(id.index) && nodes[id.index] != nil
  }

  /// The node with a name, if any.
  public func node(named name: String) -> NodeID? { idsByName[name] }

  /// Nodes that read a node, ascending by identifier, each once per operand that reads it.
  public func users(of id: NodeID) -> [NodeID] { userLists[id.index] }

  /// Whether the node is an output of the graph.
  public func isOutput(_ id: NodeID) -> Bool { outputs.contains { $0.node == id } }

  /// Whether exactly one operand of one node reads the node, and no output of the graph does.
  public func hasSingleUse(_ id: NodeID) -> Bool {
    userLists[id.index].count == 1 && !isOutput(id)
  }

  /// Parameters and constants, in order of creation.
  public var constants: [NodeID] {
    nodes.indices.compactMap { index in
      switch nodes[index]?.operation {
      case .parameter, .constant: NodeID(index: index)
      default: nil
      }
    }
  }

  /// The types of a node's operands.
  public func operandTypes(of id: NodeID) -> [TensorType] { self[id].inputs.map { self[$0].type } }

  /// The tensor of a constant; nil for every other node.
  public func constantValue(of id: NodeID) -> Tensor? {
    guard case .constant(let tensor) = self[id].operation else { return nil }
    return tensor
  }

  /// `wanted`, or with the first suffix `.1`, `.2`, … that makes it unique.
  public func uniqueName(_ wanted: String) -> String {
    guard idsByName[wanted] != nil else { return wanted }
    var suffix = 1
    while idsByName["\(wanted).\(suffix)"] != nil { suffix += 1 }
    return "\(wanted).\(suffix)"
  }
}
