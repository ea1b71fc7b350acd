import GraphIR

/// `If` by a condition that depends on the data: both branches are computed, and each result is chosen at
/// run time.
extension GraphImporter {
  /// The results of an `If` from those of its branches.
  func chosenAtRunTime(
    _ context: OperatorContext, _ first: [Scope.Entry], _ second: [Scope.Entry]
  ) throws -> [Scope.Entry] {
    var condition = try context.operand(0)
    guard context.type(of: condition).element == .bool,
      context.type(of: condition).elementCount == 1
    else {
      throw Refusal("its condition must be one truth value, not \(context.type(of: condition))")
    }
    if !context.shape(of: condition).isEmpty {
      condition = try context.add(.reshape([]), [condition], suffix: "condition")
    }
    return try zip(first, second).map { a, b in
      guard let id = try context.choice(condition, a.value, b.value) else { throw Passed() }
      return Scope.Entry(value: .node(id), type: a.type)
    }
  }
}

extension OperatorContext {
  /// One of two values; nil where one was refused.
  fileprivate func choice(
    _ condition: NodeID, _ a: GraphAssembly.Value, _ b: GraphAssembly.Value
  ) throws -> NodeID? {
    guard var first = assembly.node(for: a), var second = assembly.node(for: b) else { return nil }
    (first, second) = (assembly.widened(first), assembly.widened(second))
    let shapes = [shape(of: first), shape(of: second)]
    let rows = [assembly.openRows(of: a), assembly.openRows(of: b)]
    guard type(of: first).element == type(of: second).element,
      let axes = differingAxes(shapes, rows), axes.count <= 1
    else {
      throw Refusal(
        "its condition depends on the data that the model is given, and its branches give "
          + "\(type(of: first)) and \(type(of: second))",
        hint: "branches may differ in the length of one axis; export the model without the choice")
    }
    guard let axis = axes.first else {
      return try add(.select, [condition, first, second])
    }
    let lengths = zip(shapes, rows).map { shape, rows in
      rows?.length(of: shape[axis]) ?? OpenLength(shape[axis])
    }
    let count = try length(condition, lengths[0], lengths[1])
    let result: NodeID
    if lengths[0].most == 0 || lengths[1].most == 0 {
      // Where one has no entries, those of the other are all that may exist.
      result = try add(.identity, [lengths[0].most == 0 ? second : first])
    } else {
      let extent = max(shapes[0][axis], shapes[1][axis])
      first = try lengthened(first, axis, to: extent)
      second = try lengthened(second, axis, to: extent)
      result = try add(.select, [condition, first, second])
    }
    if let rows = try self.rows(count, along: axis) { setOpenRows(of: result, rows) }
    return result
  }

  /// The axes in which two shapes differ, or of which not all entries may exist; nil where they have
  /// not equally many.
  private func differingAxes(_ shapes: [[Int]], _ rows: [OpenRows?]) -> [Int]? {
    guard shapes[0].count == shapes[1].count else { return nil }
    return shapes[0].indices.filter { axis in
      shapes[0][axis] != shapes[1][axis] || rows.contains { $0?.axis == axis }
    }
  }

  /// One of two lengths.
  private func length(
    _ condition: NodeID, _ a: OpenLength, _ b: OpenLength
  ) throws -> OpenLength {
    if a == b { return a }
    let key = GraphAssembly.LengthChoice(condition: condition, a: a, b: b)
    if let known = assembly.lengthChoices[key] { return known }
    let count = try add(.select, [condition, node(of: a), node(of: b)], suffix: "length")
    let result = OpenLength(
      count: count, least: min(a.least, b.least), most: max(a.most, b.most))
    assembly.lengthChoices[key] = result
    return result
  }

  /// A value with more entries along an axis, which do not exist.
  private func lengthened(_ x: NodeID, _ axis: Int, to extent: Int) throws -> NodeID {
    var rest = shape(of: x)
    rest[axis] = extent - rest[axis]
    guard rest[axis] > 0 else { return x }
    try checkSize(of: rest)
    let nothing = addConstant(.zeros(as: type(of: x).element), suffix: "nothing")
    let more = try add(.broadcast(rest), [nothing], suffix: "more")
    return try add(.concatenate(axis: axis), [x, more], suffix: "longer")
  }
}

extension GraphAssembly {
  /// One of two lengths, so that equal choices are one node.
  struct LengthChoice: Hashable {
    var condition: NodeID
    var a: OpenLength
    var b: OpenLength
  }
}
