import Diagnostics
import GraphIR

/// Reading nodes in order: those of the graph, of a branch, or of a function.
extension GraphImporter {
  /// Reads the nodes of a scope and defines their results in it.
  func importNodes(in scope: Scope) {
    let nodes = scope.body.nodes
    var positions: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.output where positions[output] == nil { positions[output] = index }
    }
    for (index, written) in nodes.enumerated() {
      let described = Findings.Node(written, at: index, in: scope.body)
      let place = described.place
      let succeeded = report(at: .subject(place), of: described) {
        let node = scope.body.bound(written)
        try checkIsSupported(node)
        for input in node.input where !input.isEmpty && scope.value(named: input) == nil {
          throw Self.undefined(input, isDefinedLater: positions[input] != nil)
        }
        if node.input.contains(where: { isUnavailable($0, in: scope) }) { throw Passed() }
        try define(try results(of: node, place: place, in: scope), of: node, in: scope)
      }
      if !succeeded { scope.abandon(written.output) }
    }
  }

  private func isUnavailable(_ name: String, in scope: Scope) -> Bool {
    if case .unavailable = scope.value(named: name) { true } else { false }
  }

  private static func undefined(_ input: String, isDefinedLater: Bool) -> Refusal {
    isDefinedLater
      ? Refusal(
        "it reads '\(input)', which a later node gives",
        hint: "nodes must stand after those they read, and there may be no cycle")
      : Refusal("it reads '\(input)', which nothing gives")
  }

  // MARK: Operators

  /// Operators with graphs of their own, which are read in their place.
  private static let controlFlow = ["If", "Loop", "Scan"]

  private func isStandard(_ node: Onnx_NodeProto) -> Bool {
    ["", "ai.onnx"].contains(node.domain)
  }

  /// The importers of the domain that a node's operator is from.
  private func importers(of node: Onnx_NodeProto) -> [String: OperatorImporter] {
    if isStandard(node) { return operatorImporters }
    return node.domain == "com.microsoft" ? microsoftImporters : [:]
  }

  private func checkIsSupported(_ node: Onnx_NodeProto) throws {
    guard function(of: node) == nil else { return }
    guard isStandard(node) else {
      if importers(of: node)[node.opType] != nil { return }
      throw Refusal("the operator \(node.opType) of the domain '\(node.domain)' is not supported")
    }
    let isKnown =
      operatorImporters[node.opType] != nil || knownOperators[node.opType] != nil
      || Self.controlFlow.contains(node.opType)
    guard isKnown else {
      let names = Array(operatorImporters.keys) + knownOperators.keys + Self.controlFlow
      throw Refusal(
        "the operator \(node.opType) is not supported",
        hint: nearestNamesHint(for: node.opType, in: names.sorted()))
    }
  }

  /// The results of a node: computed where its operands are known, else by its importer, else by the
  /// function of the file that has its name.
  private func results(
    of node: Onnx_NodeProto, place: String, in scope: Scope
  ) throws -> [Scope.Entry] {
    if !isStandard(node), let function = function(of: node) {
      return try inline(function, for: node, place: place, in: scope)
    }
    // One for each way of reading, since it remembers what was read.
    func newContext() -> OperatorContext {
      OperatorContext(
        node: node, scope: scope, assembly: assembly, place: .subject(place),
        baseName: name(of: node, in: scope))
    }
    if isStandard(node) {
      switch node.opType {
      case "If":
        let results = try possibleBranches(newContext()).map {
          try importBranch($0, of: node, place: place, in: scope)
        }
        return results.count == 1
          ? results[0] : try chosenAtRunTime(newContext(), results[0], results[1])
      case "Loop": return try unrollLoop(newContext(), place: place, in: scope)
      case "Scan": return try unrollScan(newContext(), place: place, in: scope)
      default: break
      }
    }
    if isStandard(node), let known = knownOperators[node.opType], try known.applies(newContext()) {
      let context = newContext()
      let results = try known.evaluate(context)
      try context.checkEverythingWasRead()
      return zip(results, node.output).map { result, _ in
        Scope.Entry(value: context.known(result.tensor), type: result.type)
      }
    }
    if let importer = importers(of: node)[node.opType] {
      let context = newContext()
      let values = try context.importAmongOpenRows(importer)
      try context.checkEverythingWasRead()
      return try entries(values, of: node, in: scope)
    }
    if let function = function(of: node) {
      return try inline(function, for: node, place: place, in: scope)
    }
    throw try newContext().refusalOfUnknownOperands()
  }

  /// A name for what a node becomes.
  func name(of node: Onnx_NodeProto, in scope: Scope) -> String {
    scope.body.name(of: node) { progress.initializers.contains($0) }
  }

  /// Results with the element types that they have in the file.
  private func entries(
    _ values: [GraphAssembly.Value], of node: Onnx_NodeProto, in scope: Scope
  ) throws -> [Scope.Entry] {
    let types = node.resultTypes(node.input.map { scope.entry(named: $0)?.type })
    return try values.enumerated().map { index, value in
      let element: ElementType
      switch value {
      case .tensor(let tensor):
        element = tensor.tensor.element
        // A function has its constants once for each call.
        if scope.body.isOfFunction {
          try assembly.payForComputing(tensor.tensor.type.byteCount)
        }
      case .node(let id): element = assembly.type(of: id).element
      case .unavailable: return Scope.Entry(value: value, type: .undefined)
      }
      let stated = types[min(index, types.count - 1)]
      return Scope.Entry(
        value: value, type: stated?.element == element ? stated! : FileType(element))
    }
  }

  private func define(_ results: [Scope.Entry], of node: Onnx_NodeProto, in scope: Scope) throws {
    for (index, output) in node.output.enumerated() where !output.isEmpty {
      guard results.indices.contains(index) else {
        guard !scope.body.isUsed(output) else {
          throw Refusal("its output \(index + 1), '\(output)', is used but not supported")
        }
        continue
      }
      try scope.define(output, results[index].value, results[index].type)
    }
  }
}
