import Diagnostics
import GraphIR
import Interpreter

/// The graph under construction, and what is known about its values.
final class GraphAssembly {
  /// A value of the file.
  enum Value {
    /// A tensor that is known without a node, not in the graph until a node reads it.
    case tensor(FileTensor)
    /// A node of the graph.
    case node(NodeID)
    /// The result of a node that was refused; whoever reads it is passed over in silence.
    case unavailable
  }

  private(set) var graph: Graph
  var names = Names()
  var known = KnownValues()
  /// Narrow integers as i64, as far as something computes with them.
  private var widened: [NodeID: NodeID] = [:]
  /// The shapes of the images whose flattened elements `MaxPool` has counted.
  var countedShapes: [NodeID: [Int]] = [:]
  /// The numbers that quantised values were rounded to, in f32.
  var quantizedFloats: [NodeID: NodeID] = [:]
  /// The values of which only some entries exist.
  var openRows: [NodeID: OpenRows] = [:]
  /// How many elements are true in masks.
  var trueCounts: [NodeID: NodeID] = [:]
  /// Values with nothing in the entries that do not exist.
  var hiddenOthers: [NodeID: NodeID] = [:]
  /// Integers that follow from how many entries exist.
  var openLengths: [NodeID: OpenLengths] = [:]
  /// What was computed of lengths, and those that are multiples of others.
  var lengthFunctions: [LengthFunction: OpenLength] = [:]
  var lengthMultiples: [NodeID: LengthMultiple] = [:]
  var lengthChoices: [LengthChoice: OpenLength] = [:]
  /// Where the entries of lists that were joined are.
  var joinedPlaces: [[OpenLength]: NodeID] = [:]

  init(graph: Graph) { self.graph = graph }

  /// The node that holds a value; a tensor from the file becomes a constant now.
  func node(for value: Value) -> NodeID? {
    switch value {
    case .unavailable: nil
    case .node(let id): id
    case .tensor(let tensor): graph.constant(for: tensor)
    }
  }

  /// A tensor as a value that is known without a node: it enters the graph when something reads it.
  func value(_ tensor: Tensor, name: String) -> Value {
    .tensor(FileTensor(tensor, name: names.claim(name)))
  }

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

  /// Adds a computing node.
  ///
  /// - Throws: `ShapeError`, or `Refusal` for a result that is too large.
  func add(
    _ operation: GraphIR.Operation, _ operands: [NodeID], name: String, place: Diagnostic.Place
  ) throws -> NodeID {
    try checkSize(of: try operation.resultType(operands.map { graph[$0].type }).shape)
    let id = try graph.add(operation, operands, name: names.claim(name), place: place)
    known.note(id, in: graph)
    return id
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

  /// A value of integers as a node of the narrow type that it has in the file.
  ///
  /// - Parameter name: that of a node which is made for it.
  func narrowed(
    _ value: Value, to element: ElementType, name: String, place: Diagnostic.Place
  ) -> NodeID? {
    switch value {
    case .unavailable: return nil
    case .tensor(let tensor): return graph.constant(for: tensor, as: element)
    case .node(let id):
      if graph[id].type.element == element { return id }
      guard let tensor = knownValue(of: value) else {
        return cast(id, to: element, name: name, place: place)
      }
      return addConstant(name, evaluate(.cast(element), [tensor]), place: place)
    }
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

  /// The finished graph, without what nothing reads.
  func finished() -> Graph {
    graph.removeDeadNodes()
    return graph
  }

  // MARK: What is known

  /// Whether a value follows from constants and static shapes.
  func isKnown(_ value: Value) -> Bool {
    switch value {
    case .unavailable: false
    case .node(let id): openRows[id] == nil && known.isKnown(id, in: graph)
    case .tensor: true
    }
  }

  /// A value that follows from constants and static shapes; nil for others.
  func knownValue(of value: Value) -> Tensor? {
    switch value {
    case .unavailable: nil
    case .node(let id): openRows[id] == nil ? knownValue(of: id) : nil
    case .tensor(let tensor): tensor.tensor
    }
  }

  /// The value of a node that follows from constants and static shapes, narrow integers as i64; nil
  /// for others.
  func knownValue(of id: NodeID) -> Tensor? { known.value(of: id, in: graph)?.widened }

  /// Whether a value would be known, were it not too much to compute.
  func isTooLarge(_ value: Value) -> Bool {
    guard case .node(let id) = value else { return false }
    return known.isTooLarge(id)
  }

  /// Lets as much more be computed as work on a tensor of the file may need.
  func allowComputing(with tensor: Tensor) { known.allow(for: tensor) }

  /// Takes `bytes`, to be read or written, from what may be computed while the file is read.
  ///
  /// - Throws: `Refusal` where that is too much.
  func payForComputing(_ bytes: Int) throws {
    guard known.pay(bytes) else {
      throw Refusal("its operands are known, but its result takes too much to compute")
    }
  }
}
