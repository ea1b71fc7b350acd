import Diagnostics
import GraphIR

/// Branches and functions, whose nodes are read in place of the node that has or calls them.
extension GraphImporter {
  /// How many branches, loops and functions may stand around a node, so that any stack suffices.
  private static let depthLimit = 64
  /// How many nodes of functions and loops are read at most: functions that call others twice each, or
  /// a loop of many turns, would otherwise make a large graph of a small file.
  private static let inlinedNodeLimit = 1 << 16

  // MARK: If

  /// Which branches of an `If` may be taken: the names of their attributes.
  ///
  /// - Throws: `Refusal` where the condition is no truth value, or takes too much to compute.
  func possibleBranches(_ context: OperatorContext) throws -> [String] {
    guard let condition = try context.knownOperand(0) else {
      guard try !context.isTooLarge(0) else {
        throw try context.unknown(0, "its condition", hint: nil)
      }
      return ["then_branch", "else_branch"]
    }
    return [try truth(condition) ? "then_branch" : "else_branch"]
  }

  /// One truth value.
  ///
  /// - Throws: `Refusal` for another tensor.
  func truth(_ condition: Tensor) throws -> Bool {
    guard case .bool(let values) = condition.storage, values.count == 1 else {
      throw Refusal("its condition must be one truth value, not \(condition.type)")
    }
    return values[0]
  }

  /// Reads the nodes of a branch, which sees the values around it.
  func importBranch(
    _ branch: String, of node: Onnx_NodeProto, place: String, in scope: Scope
  ) throws -> [Scope.Entry] {
    guard let attribute = node.attribute.first(where: { $0.name == branch }), attribute.hasG else {
      throw Refusal("its \(branch) is missing")
    }
    let graph = attribute.g
    guard graph.input.isEmpty, graph.output.count == node.output.count else {
      throw Refusal(
        "its \(branch) takes \(quantity(graph.input.count, "value")) and gives \(graph.output.count), "
          + "instead of 0 and \(node.output.count)")
    }
    let body = scope.body.inner(
      nodes: graph.node, outputs: graph.output.map(\.name), place: "\(place), \(branch)")
    try checkDepth(of: body)
    if body.isOfFunction { try countInlined(graph.node.count) }
    let inner = Scope(body, within: scope)
    importInitializers(of: graph, into: inner)
    importNodes(in: inner)
    return try results(graph.output.map(\.name), of: inner, what: "its \(branch)")
  }

  // MARK: Functions

  /// The function of the file that a node calls, if any.
  func function(of node: Onnx_NodeProto) -> Onnx_FunctionProto? {
    file.functions[ModelFile.FunctionKey(node.domain, node.opType, node.overload)]
  }

  /// Reads the nodes of a function, which sees the operands of its call and nothing else.
  func inline(
    _ function: Onnx_FunctionProto, for node: Onnx_NodeProto, place: String, in scope: Scope
  ) throws -> [Scope.Entry] {
    let key = ModelFile.FunctionKey(node.domain, node.opType, node.overload)
    guard !progress.calls.contains(key) else {
      throw Refusal("the function '\(node.opType)' calls itself")
    }
    guard node.input.count <= function.input.count, node.output.count <= function.output.count
    else {
      throw Refusal(
        "the function '\(node.opType)' takes \(quantity(function.input.count, "value")) and gives "
          + "\(function.output.count), but its call has \(node.input.count) and "
          + "\(node.output.count)")
    }
    try countInlined(function.node.count)
    let inner = Scope(try body(of: function, calledBy: node, place: place, in: scope))
    for (parameter, operand) in zip(function.input, node.input) where !operand.isEmpty {
      guard let entry = scope.entry(named: operand) else { continue }
      try inner.define(parameter, entry.value, entry.type)
    }
    progress.calls.append(key)
    importNodes(in: inner)
    progress.calls.removeLast()
    return try results(
      Array(function.output.prefix(node.output.count)), of: inner,
      what: "the function '\(node.opType)'")
  }

  private func body(
    of function: Onnx_FunctionProto, calledBy node: Onnx_NodeProto, place: String, in scope: Scope
  ) throws -> NodeList {
    let opset = try ModelFile.standardOpset(in: function.opsetImport) ?? scope.body.opset
    var body = NodeList(nodes: function.node, outputs: function.output, opset: opset, place: place)
    body.prefix = name(of: node, in: scope)
    body.depth = scope.body.depth + 1
    try checkDepth(of: body)
    for attribute in function.attributeProto { body.attributes[attribute.name] = attribute }
    for attribute in node.attribute {
      guard
        function.attribute.contains(attribute.name) || body.attributes[attribute.name] != nil
      else { throw Refusal("the function '\(node.opType)' has no attribute '\(attribute.name)'") }
      body.attributes[attribute.name] = attribute
    }
    for (index, parameter) in function.input.enumerated() where !parameter.isEmpty {
      let operand = node.input.indices.contains(index) ? node.input[index] : ""
      if operand.isEmpty {
        body.absent.insert(parameter)
      } else {
        body.outerNames[parameter] = scope.body.outerNames[operand] ?? operand
      }
    }
    return body
  }

  /// Counts nodes that are read once for each call of a function, or for each turn of a loop.
  func countInlined(_ nodes: Int) throws {
    progress.inlinedNodes += nodes
    guard progress.inlinedNodes <= Self.inlinedNodeLimit else {
      throw Refusal(
        "the functions and loops of the file have more than \(Self.inlinedNodeLimit) nodes, inlined"
      )
    }
  }

  func checkDepth(of body: NodeList) throws {
    guard body.depth <= Self.depthLimit else {
      throw Refusal("branches, loops and functions are nested deeper than \(Self.depthLimit)")
    }
  }

  /// The values that a branch, a turn of a loop, or a function gives.
  func results(_ names: [String], of scope: Scope, what: String) throws -> [Scope.Entry] {
    try names.map { name in
      guard let entry = scope.entry(named: name) else {
        throw Refusal("\(what) gives '\(name)', which nothing in it defines")
      }
      return entry
    }
  }
}
