import Diagnostics
import GraphIR
import Interpreter

/// Turns one node of a file into nodes of the graph and returns its outputs' values, first to last.
typealias OperatorImporter = @Sendable (OperatorContext) throws -> [GraphAssembly.Value]

/// One node of a file while it is read: its attributes, its operands, and the graph to add to.
///
/// It remembers what was read, so that an attribute or operand that an importer does not know is
/// refused rather than ignored.
final class OperatorContext {
  /// The version of the standard operator set.
  let opset: Int
  let node: Onnx_NodeProto
  let assembly: GraphAssembly
  let scope: Scope
  let place: Diagnostic.Place
  let baseName: String
  private var attributes: [String: Onnx_AttributeProto] = [:]
  private var unreadAttributes: [String]
  private var readOperands: Set<Int> = []
  private var replaced: [Int: NodeID] = [:]

  init(
    node: Onnx_NodeProto, scope: Scope, assembly: GraphAssembly, place: Diagnostic.Place,
    baseName: String
  ) {
    self.node = node
    self.opset = scope.body.opset
    self.scope = scope
    self.assembly = assembly
    self.place = place
    self.baseName = baseName
    for attribute in node.attribute { attributes[attribute.name] = attribute }
    self.unreadAttributes = node.attribute.map(\.name)
  }

  /// Refuses attributes and operands that the importer did not ask for.
  func checkEverythingWasRead() throws {
    var unread = unreadAttributes.map { "the attribute '\($0)'" }
    for (index, name) in node.input.enumerated()
    where !name.isEmpty && !readOperands.contains(index) {
      unread.append("its operand \(index + 1), '\(name)',")
    }
    guard unread.isEmpty else {
      let verb = unread.count == 1 ? "is" : "are"
      throw Refusal("\(unread.joined(separator: " and ")) \(verb) not supported")
    }
  }

  /// The operator's name in the standard domain.
  var operatorName: String { node.opType }

  // MARK: Operands

  /// The number of operands, absent ones in between included.
  var operandCount: Int { node.input.count }

  /// The number of outputs.
  var resultCount: Int { node.output.count }

  /// Whether the file names an output after one.
  func hasResult(after index: Int) -> Bool {
    node.output.dropFirst(index + 1).contains { !$0.isEmpty }
  }

  /// Whether an optional operand is there.
  func hasOperand(_ index: Int) -> Bool {
    node.input.indices.contains(index) && !node.input[index].isEmpty
  }

  /// An operand as a node of the graph, integers of every type as i64.
  ///
  /// - Throws: `Refusal` where it is missing.
  func operand(_ index: Int) throws -> NodeID { assembly.widened(try ownOperand(index)) }

  /// An operand as a node of the graph in its own type, for operators that only move elements.
  ///
  /// - Throws: `Refusal` where it is missing.
  func ownOperand(_ index: Int) throws -> NodeID {
    guard let id = assembly.node(for: try entry(index).value) else {
      preconditionFailure("an importer was called with unavailable operands")
    }
    return id
  }

  /// An operand of integers as a node of the narrow type that it has in the file.
  ///
  /// - Throws: `Refusal` where it is missing.
  func narrowOperand(_ index: Int, as element: ElementType) throws -> NodeID {
    let value = try entry(index).value
    let name = scope.body.outerNames[node.input[index]] ?? node.input[index]
    let narrow = assembly.narrowed(value, to: element, name: name + "*", place: place)
    guard let narrow else {
      preconditionFailure("an importer was called with unavailable operands")
    }
    return narrow
  }

  /// The type of an operand as `operand` gives it, without adding it to the graph.
  func operandType(_ index: Int) throws -> TensorType {
    switch try entry(index).value {
    case .tensor(let tensor): return tensor.tensor.type
    case .node(let id):
      let type = assembly.type(of: id)
      return TensorType(type.shape, element: type.element.widened)
    case .unavailable: preconditionFailure("an importer was called with unavailable operands")
    }
  }

  /// The value of an operand, if it follows from constants and static shapes.
  ///
  /// - Throws: `Refusal` where it is missing.
  func knownOperand(_ index: Int) throws -> Tensor? {
    assembly.knownValue(of: try entry(index).value)
  }

  /// Whether the value of an operand follows from constants and static shapes, without computing it.
  func isKnown(_ index: Int) throws -> Bool { assembly.isKnown(try entry(index).value) }

  /// Whether the value of a node follows from constants and static shapes.
  func isKnown(_ id: NodeID) -> Bool { assembly.isKnown(.node(id)) }

  /// The element type that an operand has in the file.
  func fileType(_ index: Int) throws -> FileType { try entry(index).type }

  /// The value of a node, if it follows from constants and static shapes.
  func knownValue(of id: NodeID) -> Tensor? { assembly.knownValue(of: id) }

  /// The integers of an operand that must be known: a shape, axes, pads.
  ///
  /// - Parameter what: how messages call it.
  /// - Throws: `Refusal` where it is missing, not known, not of integers, or has more than one
  ///   axis.
  func knownIntegers(_ index: Int, _ what: String) throws -> [Int] {
    guard let tensor = try knownOperand(index) else {
      throw try unknown(
        index, "its \(what) ('\(node.input[index])')",
        hint: "static shapes need it to follow from constants and shapes")
    }
    guard tensor.element == .int64, tensor.shape.count <= 1 else {
      throw Refusal("its \(what) must be a list of integers, not \(tensor.type)")
    }
    return tensor.integers.map { Int($0) }
  }

  /// The one number of an operand that must be known, in f32.
  func knownScalar(_ index: Int, _ what: String) throws -> Float {
    guard let tensor = try knownOperand(index), tensor.count == 1 else {
      throw Refusal("its \(what) must be a constant with one element")
    }
    return evaluate(.cast(.float32), [tensor]).floats[0]
  }

  /// Why the value of an operand is not known.
  ///
  /// - Parameter what: how the message calls it.
  func unknown(_ index: Int, _ what: String, hint: String?) throws -> Refusal {
    if try isTooLarge(index) {
      return Refusal("\(what) follows from constants, but takes too much to compute")
    }
    return Refusal("\(what) depends on the data that the model is given", hint: hint)
  }

  /// Whether an operand would be known, were it not too much to compute.
  func isTooLarge(_ index: Int) throws -> Bool { assembly.isTooLarge(try entry(index).value) }

  /// Lets the importer see another value in an operand's place.
  func replaceOperand(_ index: Int, by id: NodeID) { replaced[index] = id }

  private func entry(_ index: Int) throws -> Scope.Entry {
    guard hasOperand(index), let entry = scope.entry(named: node.input[index]) else {
      throw Refusal("its operand \(index + 1) is missing")
    }
    readOperands.insert(index)
    guard let id = replaced[index] else { return entry }
    return Scope.Entry(value: .node(id), type: entry.type)
  }

  // MARK: Attributes

  /// An attribute of a kind, marked as read; nil where the node has none of that name.
  ///
  /// - Throws: `Refusal` where it is of another kind.
  func attribute(
    _ name: String, _ kind: Onnx_AttributeProto.AttributeType
  ) throws -> Onnx_AttributeProto? {
    guard let attribute = attributes[name] else { return nil }
    unreadAttributes.removeAll { $0 == name }
    guard attribute.refAttrName.isEmpty, attribute.effectiveType == kind else {
      throw Refusal("the attribute '\(name)' is not of kind \("\(kind)".uppercased())")
    }
    return attribute
  }

  func integer(_ name: String) throws -> Int? { try attribute(name, .int).map { Int($0.i) } }

  func integer(_ name: String, default value: Int) throws -> Int { try integer(name) ?? value }

  func flag(_ name: String, default value: Bool = false) throws -> Bool {
    try integer(name).map { $0 != 0 } ?? value
  }

  func integers(_ name: String) throws -> [Int]? {
    try attribute(name, .ints)?.ints.map { Int($0) }
  }

  func float(_ name: String, default value: Float) throws -> Float {
    try attribute(name, .float)?.f ?? value
  }

  func string(_ name: String, default value: String) throws -> String {
    try attribute(name, .string).map { String(decoding: $0.s, as: UTF8.self) } ?? value
  }

  /// Whether the node has an attribute.
  func hasAttribute(_ name: String) -> Bool { attributes[name] != nil }

  // MARK: Adding to the graph

  func type(of id: NodeID) -> TensorType { assembly.type(of: id) }

  func shape(of id: NodeID) -> [Int] { assembly.type(of: id).shape }

  /// Adds a node, called after the node of the file, or with a suffix where it is one of several.
  func add(
    _ operation: GraphIR.Operation, _ operands: [NodeID], suffix: String? = nil
  ) throws -> NodeID {
    try assembly.add(operation, operands, name: name(suffix), place: place)
  }

  /// Adds a constant that the file does not hold.
  func addConstant(_ tensor: Tensor, suffix: String) -> NodeID {
    assembly.addConstant(name(suffix), tensor, place: place)
  }

  /// Adds a constant made from the known operand `index`: called after it, with an asterisk.
  func addConstant(_ tensor: Tensor, madeFrom index: Int) -> NodeID {
    let name = scope.body.outerNames[node.input[index]] ?? node.input[index]
    return assembly.addConstant(name + "*", tensor, place: place)
  }

  /// A value that is known without a node: it enters the graph when something reads it.
  func known(_ tensor: Tensor) -> GraphAssembly.Value {
    let own = node.output.first.map(Names.identifier)
    let name = own.map { name in scope.body.prefix.map { "\($0).\(name)" } ?? name } ?? baseName
    return assembly.value(tensor, name: name)
  }

  /// Takes bytes, to be read or written, from what may be computed while the file is read.
  ///
  /// - Throws: `Refusal` where that is too much.
  func payForComputing(_ bytes: Int) throws { try assembly.payForComputing(bytes) }

  /// Remembers the shape of what indices count the elements of.
  func remember(_ indices: NodeID, count shape: [Int]) { assembly.countedShapes[indices] = shape }

  /// The shape of what indices count the elements of, if a node of the file gave them.
  func countedShape(_ indices: NodeID) -> [Int]? { assembly.countedShapes[indices] }

  /// Whether an operand is a tensor that the file holds.
  func isTensorOfFile(_ index: Int) throws -> Bool {
    switch try entry(index).value {
    case .tensor: return true
    case .node(let id): return assembly.graph.constantValue(of: id) != nil
    case .unavailable: return false
    }
  }

  /// The value of an operand itself, for operators that change nothing.
  func passedOn(_ index: Int) throws -> GraphAssembly.Value { try entry(index).value }

  private func name(_ suffix: String?) -> String {
    suffix.map { "\(baseName).\($0)" } ?? baseName
  }
}

extension Onnx_AttributeProto {
  /// The kind of the attribute; the first files left it to be seen from the field that is set.
  var effectiveType: AttributeType {
    if hasType, type != .undefined { return type }
    if hasI { return .int }
    if hasF { return .float }
    if hasS { return .string }
    if hasT { return .tensor }
    if !ints.isEmpty { return .ints }
    if !floats.isEmpty { return .floats }
    if !strings.isEmpty { return .strings }
    return .undefined
  }
}
