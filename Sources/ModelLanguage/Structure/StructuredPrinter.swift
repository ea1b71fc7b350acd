import GraphIR

/// A graph as text with blocks, and what the trained tensors are called in it.
public struct StructuredModel: Sendable {
  /// The model's text.
  public let text: String
  /// Every trained tensor of the text, in the order in which the text needs them: its name, the
  /// constant of the graph that it is, and its shape there.
  public let weights: [(name: String, node: NodeID, shape: [Int])]
}

/// The graph as text that a person would write: sections that repeat are blocks with parameters and
/// stacks of them, trained tensors are known by the names of their layers, and functions of one
/// element stand where they are read.
///
/// The names of layers are kept where all instances of a block have them in common, as in every
/// checkpoint of PyTorch; else they are made. Reading the text gives a graph of the same operations
/// on the same tensors, in another order where that makes no difference.
public func printStructured(_ graph: Graph) -> StructuredModel {
  var printer = StructuredPrinter(graph)
  return printer.print()
}

private struct StructuredPrinter {
  private let graph: Graph
  private let writer: StructureWriter
  private let blocks: [BlockClass]
  private var lines: [String] = []
  private var blockTexts: [String] = []
  private var weights: [(name: String, node: NodeID, shape: [Int])] = []
  /// What values are called; those that are not there are written where they are read.
  private var names: [NodeID: String] = [:]
  /// Runs of instances by the node that ends them.
  private var runs: [NodeID: BlockRun] = [:]
  private var inside: Set<NodeID> = []
  private var nested: Set<NodeID> = []
  private var written: Set<NodeID> = []

  init(_ graph: Graph) {
    self.graph = graph
    writer = StructureWriter(graph: graph)
    blocks = BlockClass.classes(ModelSection.sections(of: graph), writer)
    for block in blocks {
      for instance in block.instances { inside.formUnion(instance.section.nodes) }
    }
  }

  mutating func print() -> StructuredModel {
    var taken = Set(graph.inputs.map { graph[$0.node].name })
    for input in graph.inputs { names[input.node] = graph[input.node].name }
    let outer = graph.order.filter { !inside.contains($0) }
    taken.formUnion(outer.map { graph[$0].name })
    taken.formUnion(graph.constants.map { graph[$0].name })
    writeBlocks(&taken)
    nested = writer.nested(outer) { !inside.contains($0) }
    for id in graph.order {
      if let run = runs[id] {
        write(run)
      } else if !inside.contains(id), !nested.contains(id) {
        let value = expression(id)
        names[id] = graph[id].name
        lines.append("\(nameText(graph[id].name)) = \(value)")
      }
    }
    let values = graph.outputs.map { operand($0.node) }
    return StructuredModel(text: text(values), weights: weights)
  }

  /// - Parameter values: what each output is.
  private func text(_ values: [String]) -> String {
    let printer = Printer(graph: graph)
    var result = "model \(nameText(graph.name))\n\n"
    result += graph.inputs.map { printer.input($0) + "\n" }.joined() + "\n"
    result += lines.map { $0 + "\n" }.joined() + "\n"
    for (output, value) in zip(graph.outputs, values) {
      result += printer.output(output, value: value) + "\n"
    }
    return result + blockTexts.map { "\n" + $0 }.joined()
  }

  // MARK: Blocks

  private mutating func writeBlocks(_ taken: inout Set<String>) {
    var blockNames: Set<String> = []
    var stages = 0
    for block in blocks {
      let names = BlockNames(block, writer)
      var writer = BlockWriter(block, locals: names.locals, writer)
      let name = unique(Self.name(of: block, self.writer), &blockNames)
      blockTexts.append(writer.text(named: name))
      let found = BlockRun.runs(
        of: block, scopes: names.scopes, parameters: writer.parameters, taken: &taken)
      for var run in found {
        run.block = name
        run.locals = names.locals
        if run.name == nil {
          repeat { stages += 1 } while !taken.insert("stage\(stages)").inserted
          run.rename("stage\(stages)")
        }
        runs[run.end] = run
      }
    }
  }

  private func unique(_ wanted: String, _ taken: inout Set<String>) -> String {
    var (name, suffix) = (wanted, 1)
    while !taken.insert(name).inserted {
      suffix += 1
      name = "\(wanted)\(suffix)"
    }
    return name
  }

  /// The usual names of residual blocks, by the kernels of their main branch.
  private static func name(of block: BlockClass, _ writer: StructureWriter) -> String {
    let nodes = block.template.section.nodes
    var kernels: [Int] = []
    var isGated = false
    for index in nodes.indices where !block.projection.contains(index) {
      switch writer.graph[nodes[index]].operation {
      case .convolution: kernels.append(writer.graph.operandTypes(of: nodes[index])[1].shape[2])
      case .globalAveragePool, .reduce: isGated = true
      default: break
      }
    }
    if isGated { return "gated" }
    switch kernels {
    case [3, 3]: return "basic"
    case [1, 3, 1]: return "bottleneck"
    default: return "unit"
    }
  }

  private mutating func write(_ run: BlockRun) {
    names[run.end] = run.name
    let input = names[run.input].map(nameText) ?? ""
    let call = "\(run.block)(\(([input] + run.arguments).joined(separator: ", ")))"
    let count = run.instances.count
    let first = run.firstName.map { " as \(nameText($0))" } ?? ""
    lines.append(
      "\(nameText(run.name ?? "")) = "
        + (count == 1 ? call : "stack \(count) of \(call)\(first)"))
    for (instance, scope) in zip(run.instances, run.scopes) {
      for (index, id) in instance.nodes.enumerated() {
        guard let id, let local = run.locals[index] else { continue }
        addWeights(of: id, named: "\(scope).\(local)")
      }
    }
  }

  // MARK: Statements

  private mutating func addWeights(of id: NodeID, named name: String) {
    for (position, role) in writer.weightRoles(of: id).sorted(by: { $0.key < $1.key }) {
      let tensor = graph[id].inputs[position]
      // The slopes of a prelu are a list, whatever they are stretched to.
      var shape = graph[tensor].type.shape
      if case .binary = graph[id].operation { shape = [shape.reduce(1, *)] }
      weights.append(("\(name).\(role)", tensor, shape))
    }
  }

  private mutating func expression(_ id: NodeID) -> String {
    let roles = writer.weightRoles(of: id)
    var operands: [String] = []
    for (position, input) in graph[id].inputs.enumerated() {
      operands.append(roles[position] == nil ? operand(input) : "")
    }
    addWeights(of: id, named: graph[id].name)
    if let infix = writer.infix(id, operands) { return infix }
    let own = writer.numbers(of: id)
    let numbers = StructureWriter.Numbers(
      count: own.count.map(String.init) ?? "", stride: own.stride.map(String.init) ?? "",
      groups: own.groups.map(String.init) ?? "")
    return writer.call(id, operands: operands, roles: roles, numbers: numbers)
  }

  private mutating func operand(_ id: NodeID) -> String {
    if let name = names[id] { return nameText(name) }
    let node = graph[id]
    guard node.operation.isSource else { return expression(id) }
    if let literal = writer.literal(id) {
      lines.append("\(nameText(node.name)) = \(literal)")
      names[id] = node.name
      return nameText(node.name)
    }
    if written.insert(id).inserted { weights.append((node.name, id, node.type.shape)) }
    return "\(referenceText(node.name)) \(node.type)"
  }
}
