import GraphIR

/// Writes a block, and what each of its instances gives for the parameters.
struct BlockWriter {
  let block: BlockClass
  /// The name of each node with trained tensors, within the scope of the block.
  let locals: [Int: String]
  private let writer: StructureWriter
  private(set) var parameters: BlockParameters
  private var names: [Int: String] = [:]
  /// Whether each node is written inside the one that reads it.
  private let isNested: [Bool]
  private var taken: Set<String>
  private var lines: [String] = []
  /// Numbers of the nodes that were written, as functions of the instance.
  private var counts: [Int: (text: String, value: (Int) -> Int)] = [:]
  private var strides: [Int: (text: String, value: (Int) -> Int)] = [:]

  init(_ block: BlockClass, locals: [Int: String], _ writer: StructureWriter) {
    (self.block, self.locals, self.writer) = (block, locals, writer)
    taken = Set(locals.values).union(["x", "shortcut"])
    parameters = BlockParameters(taken: taken)
    let nodes = Set(block.template.section.nodes)
    let nested = writer.nested(block.template.section.nodes) { nodes.contains($0) }
    let end = block.projection.last.map { block.template.section.nodes[$0] }
    isNested = block.template.section.nodes.map { $0 != end && nested.contains($0) }
    // A projection follows the main branch where it can.
    let inner = Set(block.projection)
    let main = block.template.keys.indices.filter { !inner.contains($0) }
    for index in main + block.projection { readNumbers(of: index) }
    taken.formUnion(parameters.list.map(\.name))
  }

  /// The block as text.
  mutating func text(named name: String) -> String {
    let last = block.template.keys.count - 1
    let inner = Set(block.projection)
    // What has trained tensors is called after the block where it is returned, so it gets a name.
    let end = locals[last] == nil ? last : last + 1
    for index in 0..<end where !isNested[index] {
      if index == block.projection.last {
        lines.append("  if \(projectionCondition()) {")
        for part in block.projection where !isNested[part] {
          let value = statement(part)
          lines.append("    \(nameText(names[part] ?? "")) = \(value)")
        }
        lines.append("    shortcut = \(nameText(names[index] ?? ""))")
        lines += ["  } else {", "    shortcut = x", "  }"]
        names[index] = "shortcut"
      } else if !inner.contains(index) {
        let value = statement(index)
        lines.append("  \(nameText(names[index] ?? "")) = \(value)")
      }
    }
    let result = names[last].map(nameText) ?? expression(last)
    let list =
      parameters.list.filter { $0.defaultValue == nil }.map(\.name)
      + parameters.list.compactMap { parameter in
        parameter.defaultValue.map { "\(parameter.name) = \($0)" }
      }
    return
      "block \(name)(\((["x"] + list).joined(separator: ", "))) {\n"
      + lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n") + "  return \(result)\n}\n"
  }

  // MARK: Numbers

  private mutating func readNumbers(of index: Int) {
    let own = block.instances.map { instance in
      instance.nodes[index].map { writer.numbers(of: $0) }
    }
    if own.contains(where: { $0?.count != nil }) {
      counts[index] = parameters.text(own.map { $0?.count }, name: "width")
    }
    if own.contains(where: { $0?.stride != nil }) {
      strides[index] = parameters.text(own.map { $0?.stride }, name: "stride", defaultValue: 1)
    }
  }

  /// The groups of a convolution: where there are as many as channels in every instance, so they
  /// are called.
  private mutating func groups(of index: Int) -> String {
    let own = block.instances.map { instance in
      instance.nodes[index].flatMap { writer.numbers(of: $0).groups }
    }
    guard own.contains(where: { $0 != nil && $0 != 1 }) else { return "" }
    let channels = block.instances.map { instance in
      instance.nodes[index].map { writer.graph.operandTypes(of: $0)[0].shape[1] }
    }
    if own == channels, Set(own.compactMap { $0 }).count > 1 {
      return "channels(\(source(of: block.template.operands[index][0])))"
    }
    return parameters.text(own, name: "groups").text
  }

  /// The name of the value from which an operand is made without a change of shape.
  private func source(of operand: BlockTemplate.Operand) -> String {
    guard case .local(let index) = operand else { return "x" }
    if let name = names[index] { return nameText(name) }
    return source(of: block.template.operands[index][0])
  }

  // MARK: Projection

  /// When an instance has a projection: where it strides or changes the channels, if that says it
  /// for every instance, else where a parameter says so.
  private mutating func projectionCondition() -> String {
    let end = block.projection.last ?? 0
    let has = block.instances.map { $0.nodes[end] != nil }
    let convolution = block.projection.last { counts[$0] != nil }
    if let convolution, let count = counts[convolution] {
      let channels = block.instances.map { writer.graph[$0.section.input].type.shape }
      let changes = block.instances.indices.map {
        channels[$0].count > 1 && channels[$0][1] != count.value($0)
      }
      let strider = block.projection.first { strides[$0]?.text.first?.isLetter == true }
      if let strider, let stride = strides[strider],
        has == block.instances.indices.map({ changes[$0] || stride.value($0) != 1 })
      {
        return "\(stride.text) != 1 or channels(x) != \(count.text)"
      }
      if has == changes { return "channels(x) != \(count.text)" }
    }
    let flag = parameters.text(has.map { $0 ? 1 : 0 }, name: "project", defaultValue: 0)
    return "\(flag.text) == 1"
  }

  // MARK: Statements

  /// The value of a node that is a statement of its own, which gets a name.
  private mutating func statement(_ index: Int) -> String {
    let value = expression(index)
    let id = block.template.section.nodes[index]
    names[index] = locals[index] ?? uniqueName(writer.graph[id].operation.mnemonic)
    return value
  }

  private mutating func expression(_ index: Int) -> String {
    let id = block.template.section.nodes[index]
    let operands = block.template.operands[index].map { operand -> String in
      switch operand {
      case .input: return "x"
      case .local(let local):
        if local == block.projection.last { return "shortcut" }
        return names[local].map(nameText) ?? expression(local)
      case .weight: return ""
      case .literal(let literal): return constant(literal)
      }
    }
    if let infix = writer.infix(id, operands) { return infix }
    let numbers = StructureWriter.Numbers(
      count: counts[index]?.text ?? "", stride: strides[index]?.text ?? "",
      groups: groups(of: index))
    return writer.call(
      id, operands: operands, roles: writer.weightRoles(of: id), numbers: numbers)
  }

  /// A known number gets a statement of its own before the one that reads it.
  private mutating func constant(_ literal: String) -> String {
    let name = uniqueName("number")
    lines.append("  \(name) = \(literal)")
    return name
  }

  private mutating func uniqueName(_ wanted: String) -> String {
    var (name, suffix) = (wanted, 1)
    while !taken.insert(name).inserted {
      suffix += 1
      name = "\(wanted)\(suffix)"
    }
    return name
  }
}
