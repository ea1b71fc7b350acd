import GraphIR

/// The turns of a `Loop` or a `Scan`: what they read, and what becomes of what they give.
extension GraphImporter {
  /// Reads the nodes of a body, which sees the values around it, for one turn.
  func read(
    _ loop: LoopBody, turn: Int, given: [Scope.Entry], _ place: String, _ scope: Scope
  ) throws -> [Scope.Entry] {
    var body = scope.body.inner(
      nodes: loop.graph.node, outputs: loop.graph.output.map(\.name),
      place: "\(place), turn \(turn)")
    body.prefix = "\(name(of: loop.context.node, in: scope)).\(turn)"
    try checkDepth(of: body)
    try countInlined(max(1, loop.graph.node.count))
    let inner = Scope(body, within: scope)
    for (parameter, entry) in zip(loop.graph.input, given) {
      try inner.define(parameter.name, entry.value, entry.type)
    }
    let mistakes = progress.findings.count
    importInitializers(of: loop.graph, into: inner)
    importNodes(in: inner)
    // Once is enough to say what is wrong with every turn.
    guard progress.findings.count == mistakes else { throw Passed() }
    return try results(loop.graph.output.map(\.name), of: inner, what: "its body")
  }

  /// What the turns gave, side by side along a new axis.
  func stacked(
    _ turns: Turns, output: Int, axis: Int, _ place: String, _ scope: Scope
  ) throws -> Scope.Entry {
    let entries = turns.collected[output]
    let declared = turns.loop.collectedOutput(output)
    guard !entries.isEmpty else { return try emptyStack(declared, axis: axis) }
    let name = turns.loop.resultName(ofCollected: output) ?? declared.name
    let parts = entries.indices.map { "\(name).\($0)" }
    var nodes =
      parts.map { part in
        .with {
          $0.name = part
          $0.opType = "Unsqueeze"
          $0.input = ["\(part).turn"]
          $0.output = [part]
          $0.attribute = [.integers("axes", [axis])]
        }
      } as [Onnx_NodeProto]
    nodes.append(
      .with {
        $0.name = name
        $0.opType = "Concat"
        $0.input = parts
        $0.output = [name]
        $0.attribute = [.integer("axis", axis)]
      })
    return try read(
      nodes, result: name, given: zip(parts.map { "\($0).turn" }, entries).map { ($0, $1) }, place,
      scope)
  }

  /// What no turns give: its shape can only be what the file declares.
  private func emptyStack(_ declared: Onnx_ValueInfoProto, axis: Int) throws -> Scope.Entry {
    let type = declared.type.tensorType
    let extents = type.shape.dim.map { $0.value == .dimValue($0.dimValue) ? Int($0.dimValue) : -1 }
    guard type.hasShape, extents.allSatisfy({ $0 >= 0 }),
      let stored = FileType(rawValue: Int(type.elemType)), let element = stored.element
    else {
      throw Refusal(
        "there are no turns, and the shape of '\(declared.name)' is not declared in its body")
    }
    let place = axis < 0 ? axis + extents.count + 1 : axis
    guard (0...extents.count).contains(place) else {
      throw Refusal("axis \(axis) of '\(declared.name)' is none of \(extents.count + 1)")
    }
    var shape = extents
    shape.insert(0, at: place)
    try checkSize(of: shape)
    let nothing = assembly.value(.zeros(shape, as: element), name: declared.name)
    return Scope.Entry(value: nothing, type: stored)
  }

  /// One entry of a value along an axis, without the axis.
  func slice(
    _ name: String, _ axis: Int, _ index: Int, _ place: String, _ scope: Scope
  ) throws -> Scope.Entry {
    let node = Onnx_NodeProto.with {
      $0.name = "\(name).\(index)"
      $0.opType = "Gather"
      $0.input = [name, "\(name).index"]
      $0.output = ["\(name).\(index)"]
      $0.attribute = [.integer("axis", axis)]
    }
    let number = known(Tensor([], integers: [Int64(index)]))
    return try read(
      [node], result: node.output[0], given: [("\(name).index", number)], place, scope)
  }

  /// Reads nodes that no file holds; they are written as those of operator set 11.
  private func read(
    _ nodes: [Onnx_NodeProto], result: String, given: [(String, Scope.Entry)], _ place: String,
    _ scope: Scope
  ) throws -> Scope.Entry {
    var body = NodeList(nodes: nodes, outputs: [result], opset: 11, place: place)
    body.prefix = scope.body.prefix
    try countInlined(nodes.count)
    let inner = Scope(body, within: scope)
    for (name, entry) in given { try inner.define(name, entry.value, entry.type) }
    let mistakes = progress.findings.count
    importNodes(in: inner)
    guard progress.findings.count == mistakes else { throw Passed() }
    return try results([result], of: inner, what: "it")[0]
  }

  /// A value that is known, such as the number of a turn.
  func known(_ tensor: Tensor) -> Scope.Entry {
    Scope.Entry(value: assembly.value(tensor, name: "turn"), type: FileType(tensor.element))
  }
}

extension Onnx_AttributeProto {
  fileprivate static func integer(_ name: String, _ value: Int) -> Onnx_AttributeProto {
    .with {
      $0.name = name
      $0.type = .int
      $0.i = Int64(value)
    }
  }

  fileprivate static func integers(_ name: String, _ values: [Int]) -> Onnx_AttributeProto {
    .with {
      $0.name = name
      $0.type = .ints
      $0.ints = values.map(Int64.init)
    }
  }
}
