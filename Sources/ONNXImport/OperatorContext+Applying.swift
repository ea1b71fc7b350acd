import GraphIR

/// Operators that do what another one does, on other values.
extension OperatorContext {
  /// The first result of another operator of the standard, with the attributes of this node.
  ///
  /// - Parameters:
  ///   - kind: the operator's name, of which the node's has a part too.
  ///   - opset: the operator set that it is of, if not the file's.
  func apply(
    _ importer: OperatorImporter, _ kind: String, to operands: [NodeID], opset: Int? = nil
  ) throws -> NodeID {
    var other = Onnx_NodeProto()
    other.opType = kind
    other.output = ["result"]
    var body = NodeList(
      nodes: [], outputs: [], opset: opset ?? self.opset, place: scope.body.place)
    body.prefix = scope.body.prefix
    let inner = Scope(body)
    for operand in operands {
      let name = assembly.graph[operand].name
      inner.redefine(name, .node(operand), FileType(type(of: operand).element))
      other.input.append(name)
    }
    for attribute in node.attribute {
      _ = try self.attribute(attribute.name, attribute.effectiveType)
      if !Self.ownAttributes.contains(attribute.name) { other.attribute.append(attribute) }
    }
    let context = OperatorContext(
      node: other, scope: inner, assembly: assembly, place: place,
      baseName: "\(baseName).\(kind.lowercased())")
    let results = try importer(context)
    try context.checkEverythingWasRead()
    guard let result = results.first, let id = assembly.node(for: result) else {
      preconditionFailure("\(kind) gave nothing")
    }
    return id
  }

  /// Attributes of operators on integers that those on floats do not have.
  private static let ownAttributes = ["channels_last", "opset"]
}
