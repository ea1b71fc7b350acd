import GraphIR

/// Operators that make lists as long as a number says that depends on the data.
extension OperatorContext {
  /// The results of an operator that takes lengths as bounds or as a shape; nil where it takes none.
  func importToLengths(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    switch operatorName {
    case "Slice": return try cut(importer)
    case "Reshape": return try reshaped(importer)
    case "Expand": return try expanded(importer)
    case "ConstantOfShape": return try filled()
    case "Range": return try range(importer)
    case "TopK" where openLengths(1) != nil && openRows(0) == nil:
      return try bestOfComputedNumber(importer)
    default: return nil
    }
  }

  // MARK: Slice

  private func cut(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    let rows = openRows(0)
    guard rows != nil || openLengths(1) != nil || openLengths(2) != nil else { return nil }
    let shape = try operandType(0).shape
    guard let starts = try bounds(1, "starts"), let ends = try bounds(2, "ends") else { return nil }
    let axes = try self.axes(
      try bounds(3, "axes")?.map(\.least) ?? Array(starts.indices), rank: shape.count)
    let steps = try (opset < 10 ? nil : bounds(4, "steps"))?.map(\.least)
    var (kept, isFree) = (rows, rows == nil)
    for (index, axis) in axes.enumerated() {
      guard starts.indices.contains(index), ends.indices.contains(index),
        steps.map({ $0.indices.contains(index) }) ?? true
      else { return try importer(self) }
      let (start, end, step) = (starts[index], ends[index], steps?[index] ?? 1)
      let own = rows?.axis == axis ? rows : nil
      guard own != nil || start.known == nil || end.known == nil else { continue }
      let extent = own?.length(of: shape[axis]) ?? OpenLength(shape[axis])
      guard own != nil || isFree, step > 0,
        let count = try length(ofRange: start, end, step: step, of: extent)
      else { throw refusalOfBounds() }
      kept = try self.rows(count, along: axis)
      isFree = false
    }
    for index in [1, 2] { if let open = openLengths(index) { takeAtCapacity(index, open) } }
    return try marked(try importer(self)) { _ in kept }
  }

  /// Bounds of `Slice`, as an attribute or operand; none that is known leaves any axis.
  private func bounds(_ index: Int, _ name: String) throws -> [OpenLength]? {
    if opset >= 10, let open = openLengths(index) { return open.elements }
    let known =
      opset < 10
      ? try integers(name) : hasOperand(index) ? try knownIntegers(index, name) : nil
    return known?.map { OpenLength(min(max($0, -1 << 40), 1 << 40)) }
  }

  /// How long a range from a known start is; nil where entries would move.
  private func length(
    ofRange start: OpenLength, _ end: OpenLength, step: Int, of extent: OpenLength
  ) throws -> OpenLength? {
    guard let first = start.known, first >= 0, end.least >= 0 || end.most < 0 else { return nil }
    let fromFront = end.least >= 0 ? end : try length(.add, end, extent)!
    let stop = try length(.minimum, fromFront, extent)!
    let all = try length(.subtract, stop, try length(.minimum, start, OpenLength(extent.most))!)!
    guard step > 1 else { return all }
    let most = min(step, max(extent.most, 1))
    let whole = try length(.add, try length(.maximum, all, OpenLength(0))!, OpenLength(most - 1))!
    return try length(.divide, whole, OpenLength(most))
  }

  private func refusalOfBounds() -> Refusal {
    if let rows = openRows(0) { return refusal(of: rows, in: 0) }
    return Refusal(
      "its bounds depend on the data, and entries would move by them",
      hint: "ranges may end at such a number, and start at one that is known")
  }

  // MARK: Shapes

  private func reshaped(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    guard let target = openLengths(1) else { return nil }
    guard let rows = openRows(0) else { throw try unknownShape(1) }
    let shape = try operandType(0).shape
    takeAtCapacity(1, target)
    return try marked(try importer(self)) { id in
      let moved = try movedRows(rows, shape, self.shape(of: id))
      for (axis, length) in target.elements.enumerated() where length.known == nil {
        guard moved?.axis == axis, moved?.count == length.count else {
          throw refusal(of: rows, in: 0)
        }
      }
      return moved
    }
  }

  private func expanded(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    let own = openRows(0)
    guard own != nil || openLengths(1) != nil else { return nil }
    guard let target = try lengths(1), target.shape.count <= 1 else {
      throw try unknownShape(1)
    }
    let shape = try operandType(0).shape
    takeAtCapacity(1, target)
    let results = try importer(self)
    return try marked(results) { id in
      let rank = self.shape(of: id).count
      var result = own.map { $0.along(rank - shape.count + $0.axis) }
      for (index, length) in target.elements.enumerated() {
        let axis = rank - target.elements.count + index
        if let own = result, own.axis == axis {
          guard length.known == 1 || length.count == own.count else {
            throw refusal(of: own, in: 0)
          }
        } else if length.known == nil {
          let before = axis - (rank - shape.count)
          guard result == nil, before < 0 || shape[before] == 1 else { throw try unknownShape(1) }
          result = try rows(length, along: axis)
        }
      }
      return result
    }
  }

  private func filled() throws -> [GraphAssembly.Value]? {
    guard let target = openLengths(0) else { return nil }
    let open = target.elements.indices.filter { target.elements[$0].known == nil }
    guard open.count == 1, target.shape.count == 1 else { throw try unknownShape(0) }
    takeAtCapacity(0, target)
    let shape = try knownIntegers(0, "shape")
    try checkSize(of: shape)
    let element = addConstant(try filling().reshaped(to: []), suffix: "element")
    let result = try add(.broadcast(shape), [element])
    if let rows = try self.rows(target.elements[open[0]], along: open[0]) {
      setOpenRows(of: result, rows)
    }
    return [.node(result)]
  }

  private func unknownShape(_ index: Int) throws -> Refusal {
    _ = try operandType(index)
    return try unknown(
      index, "its shape ('\(node.input[index])')",
      hint: "static shapes need all of it but one axis to follow from constants and shapes")
  }

  // MARK: Range

  private func range(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    guard (0..<3).contains(where: { openLengths($0) != nil }) else { return nil }
    let bounds = try (0..<3).map { try lengths($0)?.elements ?? [] }
    guard bounds.allSatisfy({ $0.count == 1 }), let start = bounds[0][0].known,
      let delta = bounds[2][0].known, delta > 0,
      let span = try length(.subtract, bounds[1][0], OpenLength(start)),
      let whole = try length(.add, span, OpenLength(delta - 1)),
      let count = try length(
        .divide, try length(.maximum, whole, OpenLength(0))!, OpenLength(delta))
    else { throw try unknown(1, "its range", hint: "only its limit may be computed") }
    takeAtCapacity(1, openLengths(1)!)
    return try importer(self).map { result -> GraphAssembly.Value in
      guard let id = assembly.node(for: result) else { return result }
      if let rows = try self.rows(count, along: 0) { setOpenRows(of: id, rows) }
      return .node(id)
    }
  }
}
