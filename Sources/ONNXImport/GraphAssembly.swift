import Diagnostics
import GraphIR
import Interpreter

/// The graph under construction, the values of the file that it holds so far, and what is known
/// about them.
final class GraphAssembly {
  /// A value of the file.
  enum Value {
    /// A tensor from the file, not in the graph until a node reads it.
    case tensor(Tensor, name: String)
    /// A node of the graph.
    case node(NodeID)
    /// The result of a node that was refused; whoever reads it is passed over in silence.
    case unavailable
  }

  private(set) var graph: Graph
  var names = Names()
  private var values: [String: Value] = [:]
  /// How many operands and outputs of the file read each value.
  private let useCounts: [String: Int]
  /// The values of small nodes that depend on constants and static shapes only.
  private var folded: [NodeID: Tensor] = [:]
  /// Narrow integers as i64, as far as something computes with them.
  private var widened: [NodeID: NodeID] = [:]

  init(graph: Graph, useCounts: [String: Int]) {
    self.graph = graph
    self.useCounts = useCounts
  }

  // MARK: Values of the file

  /// The value of a name, or nil where nothing defined it yet.
  func value(named name: String) -> Value? { values[name] }

  /// Defines a value.
  ///
  /// - Throws: `Refusal` where the name is taken.
  func define(_ name: String, _ value: Value) throws {
    guard values.updateValue(value, forKey: name) == nil else {
      throw Refusal("the value '\(name)' is defined twice")
    }
  }

  /// Gives a value that was announced, or abandoned, its final state.
  func redefine(_ name: String, _ value: Value) { values[name] = value }

  /// Whether anything of the file reads a value.
  func isUsed(_ name: String) -> Bool { useCounts[name, default: 0] > 0 }

  /// The node that holds a value; a tensor from the file becomes a constant now.
  func node(for value: Value, named name: String) -> NodeID? {
    switch value {
    case .unavailable: return nil
    case .node(let id): return id
    case .tensor(let tensor, let constantName):
      let id = graph.addConstant(constantName, tensor)
      values[name] = .node(id)
      return id
    }
  }

  // MARK: Nodes of the graph

  func type(of id: NodeID) -> TensorType { graph[id].type }

  func addInput(_ name: String, _ type: TensorType, place: Diagnostic.Place) -> NodeID {
    graph.addInput(names.claim(name), type, place: place)
  }

  func addConstant(_ name: String, _ tensor: Tensor, place: Diagnostic.Place) -> NodeID {
    graph.addConstant(names.claim(name), tensor, place: place)
  }

  func addOutput(_ name: String, _ id: NodeID) {
    graph.addOutput(name, id)
  }

  /// Adds a computing node, and evaluates it where that is cheap and its value is known already.
  ///
  /// - Throws: `ShapeError`, or `Refusal` for a result that is too large.
  func add(
    _ operation: GraphIR.Operation, _ operands: [NodeID], name: String, place: Diagnostic.Place
  ) throws -> NodeID {
    try checkSize(of: try operation.resultType(operands.map { graph[$0].type }).shape)
    let id = try graph.add(operation, operands, name: names.claim(name), place: place)
    folded[id] = foldedValue(operation, operands, id)
    return id
  }

  /// The value of a node where it depends on constants and static shapes only, and is small; narrow
  /// integers as i64.
  func knownValue(of id: NodeID) -> Tensor? {
    (graph.constantValue(of: id) ?? folded[id])?.widened
  }

  /// A value in the type that is computed with: narrow integers as i64.
  func widened(_ id: NodeID) -> NodeID {
    guard graph[id].type.element.isNarrow else { return id }
    if let known = widened[id] { return known }
    let node = graph[id]
    let wide = cast(id, to: .int64, name: "\(node.name).i64", place: node.place)
    widened[id] = wide
    return wide
  }

  /// A value in another element type.
  func cast(
    _ id: NodeID, to element: ElementType, name: String, place: Diagnostic.Place
  ) -> NodeID {
    do {
      return try add(.cast(element), [id], name: name, place: place)
    } catch {
      preconditionFailure("a cast of what is there was refused: \(error)")
    }
  }

  private func foldedValue(
    _ operation: GraphIR.Operation, _ operands: [NodeID], _ id: NodeID
  ) -> Tensor? {
    // Shape arithmetic works on a handful of numbers; weights are for the passes to fold.
    let (resultLimit, operandLimit) = (1 << 12, 1 << 16)
    switch operation {
    case .shapeOf:
      let shape = graph[operands[0]].type.shape
      return Tensor([shape.count], integers: shape.map { Int64($0) })
    case .unary, .binary, .reduce, .reshape, .transpose, .concatenate, .slice, .pad, .broadcast,
      .identity, .gather, .cast, .compare, .select, .gatherElements:
      guard graph[id].type.elementCount <= resultLimit else { return nil }
      var known: [Tensor] = []
      for operand in operands {
        guard let tensor = knownValue(of: operand), tensor.count <= operandLimit else { return nil }
        known.append(tensor)
      }
      return evaluate(operation, known)
    default:
      return nil
    }
  }

  /// The finished graph, without what nothing reads.
  func finished() -> Graph {
    graph.removeDeadNodes()
    return graph
  }
}
