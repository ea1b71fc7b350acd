import Diagnostics
import GraphIR

/// Adding to the graph.
extension Elaborator {
  /// The name of an operation: the statement's for the outermost, else the statement's and the
  /// operator's, with `.1`, `.2`, … where it is taken.
  func nodeName(_ written: String, at site: Site, _ range: SourceRange) throws(Reported) -> String {
    guard site.isOutermost else { return uniqueName("\(site.statement).\(written)") }
    guard graph.node(named: site.statement) == nil else {
      throw taken(site.statement, at: range)
    }
    return site.statement
  }

  /// `wanted`, or with the first suffix `.1`, `.2`, … that was not given out and is not a node's
  /// name.
  func uniqueName(_ wanted: String) -> String {
    var suffix = nextSuffixes[wanted] ?? 0
    var name: String
    repeat {
      name = suffix == 0 ? wanted : "\(wanted).\(suffix)"
      suffix += 1
    } while graph.node(named: name) != nil
    nextSuffixes[wanted] = suffix
    return name
  }

  func taken(_ name: String, at range: SourceRange) -> Reported {
    var notes: [Diagnostic] = []
    if let id = graph.node(named: name), case .source = graph[id].place {
      notes = [Diagnostic("it is defined here", at: graph[id].place, severity: .note)]
    }
    return report(
      "the name '\(name)' is taken in the expanded model", at: range, notes: notes)
  }

  /// Adds a computing node under a name that is free.
  func addNode(
    _ operation: Operation, _ operands: [NodeID], name: String, at range: SourceRange
  ) throws(Reported) -> NodeID {
    try countNode(at: range)
    do throws(ShapeError) {
      return try graph.add(operation, operands, name: name, place: .source(range))
    } catch {
      throw report(error.message, at: range)
    }
  }

  /// Adds a known tensor under a name that is free.
  func addConstant(
    _ tensor: Tensor, name: String, at range: SourceRange
  ) throws(Reported) -> NodeID {
    try countNode(at: range)
    return graph.addConstant(name, tensor, place: .source(range))
  }

  private func countNode(at range: SourceRange) throws(Reported) {
    nodeCount += 1
    guard nodeCount <= Limit.nodes else {
      throw exhaust("the model has more than \(Limit.nodes) nodes", at: range)
    }
  }

  /// The tensor of a name that the text gives with `$`; every mention of a name is the same tensor.
  func parameter(
    _ name: String, _ type: TensorType, at range: SourceRange
  ) throws(Reported) -> NodeID {
    guard let id = graph.node(named: name) else {
      try countNode(at: range)
      return graph.addParameter(name, type, place: .source(range))
    }
    guard case .parameter = graph[id].operation else { throw taken(name, at: range) }
    guard graph[id].type == type else {
      throw report("the parameter '\(name)' has the type \(graph[id].type) elsewhere", at: range)
    }
    return id
  }

  /// A new parameter that an operation needs: its name is the operation's and the role's.
  func newParameter(
    of node: String, _ role: String, shape: [Int], at range: SourceRange
  ) throws(Reported) -> NodeID {
    let name = "\(node).\(role)"
    guard graph.node(named: name) == nil else { throw taken(name, at: range) }
    guard TensorType.checkedElementCount(of: shape) != nil else {
      throw report("the parameter '\(name)' of shape \(shape) is too large", at: range)
    }
    try countNode(at: range)
    return graph.addParameter(name, TensorType(shape), place: .source(range))
  }

  /// Adds the operation that a call writes.
  func add(_ prototype: Operation, _ call: CallSyntax, at site: Site) throws(Reported) -> NodeID {
    var reader = CallReader(call, self, site)
    let operation = try reader.readOperation(prototype)
    let name = try reader.nodeName()
    return try addNode(operation, reader.operands, name: name, at: call.range)
  }
}
