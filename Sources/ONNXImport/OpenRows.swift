import GraphIR

/// The entries of an axis of which only the first exist, as many as the data says: shapes are static, so
/// the axis has as many as there can be.
struct OpenRows: Hashable {
  var axis: Int
  /// How many exist: i64, without axes.
  var count: NodeID
  /// So many are sure to exist.
  var least = 0

  /// The same entries, along another axis.
  func along(_ axis: Int) -> OpenRows { OpenRows(axis: axis, count: count, least: least) }
}

extension GraphAssembly {
  /// Which entries of a value exist; nil where all do.
  func openRows(of value: Value) -> OpenRows? {
    guard case .node(let id) = value else { return nil }
    return openRows[id]
  }
}

extension OperatorContext {
  func setOpenRows(of id: NodeID, _ rows: OpenRows) { assembly.openRows[id] = rows }

  /// Which entries of an operand exist; nil where all do, or the operand is absent.
  private func openRows(_ index: Int) -> OpenRows? {
    guard hasOperand(index), let value = scope.value(named: node.input[index]) else { return nil }
    return assembly.openRows(of: value)
  }

  /// Reads the node where an operand has entries that may not exist, by its importer: what becomes of
  /// these must not depend on them.
  ///
  /// - Throws: `Refusal` where the operator would need to know how many exist.
  func importAmongOpenRows(_ importer: OperatorImporter) throws -> [GraphAssembly.Value] {
    let open = (0..<operandCount).filter { openRows($0) != nil }
    guard let first = open.first else { return try importer(self) }
    let rows = openRows(first)!
    let shape = try operandType(first).shape
    let isOnlyData = open == [0]
    switch operatorName {
    case _ where elementwiseOperators.contains(operatorName):
      let results = try importer(self)
      return try marked(results) { try elementwiseRows(open, of: $0) }
    case "Identity", "Dropout": return try importer(self)
    case _ where isOnlyData && reshapingOperators.contains(operatorName):
      return try marked(try importer(self)) { try movedRows(rows, shape, self.shape(of: $0)) }
    case "Transpose" where isOnlyData:
      let order = try integers("perm") ?? shape.indices.reversed()
      return try marked(try importer(self)) { _ in
        rows.along(order.firstIndex(of: rows.axis)!)
      }
    case "Concat":
      let axis = try self.axis(try integer("axis", default: 0), rank: shape.count)
      guard axis == rows.axis else {
        return try marked(try importer(self)) { _ in try joinedRows(open) }
      }
      return [.node(try oneBehindAnother(axis))]
    case "Split" where isOnlyData:
      let axis = try self.axis(try integer("axis", default: 0), rank: shape.count)
      guard axis != rows.axis else { throw refusal(of: rows, in: 0) }
      return try marked(try importer(self)) { _ in rows }
    case "Slice" where isOnlyData:
      return try marked(try importer(self)) { try cutRows(rows, of: $0) }
    case "Gather":
      let result = try gatheredRows()
      return try marked(try importer(self)) { _ in result }
    case "GatherND" where open == [1] && rows.axis < shape.count - 1:
      guard try integer("batch_dims", default: 0) == 0 else { throw refusal(of: rows, in: first) }
      return try marked(try importer(self)) { _ in rows }
    case "TopK" where isOnlyData: return try bestRows(rows, shape, importer)
    case "NonZero" where isOnlyData:
      let isTruth = try operandType(0).element == .bool
      let nothing = isTruth ? Tensor([], booleans: [false]) : Tensor([], floats: [0])
      replaceOperand(0, by: try hidingOthers(0, rows, by: nothing))
      return try importer(self)
    case "NonMaxSuppression":
      guard open == [0, 1], rows.axis == 1, openRows(1) == rows.along(2)
      else { throw refusal(of: rows, in: first) }
      let none = Tensor([], floats: [-.infinity])
      replaceOperand(1, by: try hidingOthers(1, openRows(1)!, by: none))
      return try importer(self)
    default: throw refusal(of: rows, in: first)
    }
  }

  private func refusal(of rows: OpenRows, in index: Int) -> Refusal {
    Refusal(
      "how many entries axis \(rows.axis) of '\(node.input[index])' has depends on the data, and "
        + "\(operatorName) cannot be computed without that number",
      hint: "export the model without what follows, and do that outside")
  }

  /// Results with the entries that exist in each.
  private func marked(
    _ results: [GraphAssembly.Value], _ rows: (NodeID) throws -> OpenRows?
  ) throws -> [GraphAssembly.Value] {
    for case .node(let id) in results where assembly.openRows[id] == nil {
      if let rows = try rows(id) { setOpenRows(of: id, rows) }
    }
    return results
  }

  /// Operands that broadcast: an axis counted from the last one, in which no operand has entries of its
  /// own.
  private func elementwiseRows(_ open: [Int], of result: NodeID) throws -> OpenRows {
    let rows = openRows(open[0])!
    let behind = try operandType(open[0]).shape.count - rows.axis
    for index in 0..<operandCount where hasOperand(index) {
      let shape = try operandType(index).shape
      if let own = openRows(index) {
        guard own.count == rows.count, shape.count - own.axis == behind else {
          throw refusal(of: own, in: index)
        }
      } else if shape.count >= behind, shape[shape.count - behind] != 1 {
        throw refusal(of: rows, in: open[0])
      }
    }
    return rows.along(shape(of: result).count - behind)
  }

  /// The axis of another shape with the same elements in the same order.
  private func movedRows(_ rows: OpenRows, _ shape: [Int], _ result: [Int]) throws -> OpenRows {
    let before = shape[..<rows.axis].reduce(1, *)
    let axis = result.indices.first {
      result[$0] == shape[rows.axis] && result[..<$0].reduce(1, *) == before
    }
    guard let axis else { throw refusal(of: rows, in: 0) }
    return rows.along(axis)
  }

  /// Operands side by side.
  private func joinedRows(_ open: [Int]) throws -> OpenRows {
    let rows = openRows(open[0])!
    guard open.count == operandCount, open.allSatisfy({ openRows($0) == rows }) else {
      throw refusal(of: rows, in: open[0])
    }
    return rows
  }

  /// Operands joined along the open axis: the entries of each stand behind those of the one before that
  /// exist.
  private func oneBehindAnother(_ axis: Int) throws -> NodeID {
    var (whole, rows) = (try operand(0), openRows(0))
    for index in 1..<operandCount {
      let next = try operand(index)
      let own = openRows(index)
      let (extent, more) = (shape(of: whole)[axis], try operandType(index).shape)
      guard more.indices.contains(axis), (own ?? rows)?.axis == axis, (rows ?? own)?.axis == axis
      else { throw refusal(of: (rows ?? own)!, in: index) }
      var joined = try add(.concatenate(axis: axis), [whole, next], suffix: "joined")
      if let rows {
        let all = try numbers(extent + more[axis], behind: 0)
        let moved = try step(
          .subtract, all, try step(.subtract, rows.count, integer(Int64(extent))))
        let exists = try comparison(.less, all, rows.count)
        let places = try add(.select, [exists, all, moved], suffix: "places")
        joined = try add(.gather(axis: axis), [joined, places], suffix: "joined")
      }
      let (count, added) = (
        rows?.count ?? integer(Int64(extent)), own?.count ?? integer(Int64(more[axis]))
      )
      if rows != nil || own != nil {
        rows = OpenRows(
          axis: axis, count: try step(.add, count, added),
          least: (rows?.least ?? extent) + (own?.least ?? more[axis]))
      }
      whole = joined
    }
    let result = try add(.identity, [whole])
    if let rows { setOpenRows(of: result, rows) }
    return result
  }

  private func cutRows(_ rows: OpenRows, of result: NodeID) throws -> OpenRows? {
    guard case .slice(let ranges) = assembly.graph[result].operation else {
      throw refusal(of: rows, in: 0)
    }
    let (range, extent) = (ranges[rows.axis], try operandType(0).shape[rows.axis])
    if range == SliceRange(start: 0, end: extent) { return rows }
    // Counted from the end that exists, which nobody knows, or from the front.
    let bounds =
      try opset < 10
      ? (integers("starts") ?? []) + (integers("ends") ?? [])
      : knownIntegers(1, "starts") + knownIntegers(2, "ends")
    guard range.start == 0, range.step == 1, bounds.allSatisfy({ $0 >= 0 }) else {
      throw refusal(of: rows, in: 0)
    }
    return try limited(rows, range.end)
  }

  /// So many of the entries that exist; nil where as many are sure to. There is one node for equal counts.
  private func limited(_ rows: OpenRows, _ most: Int) throws -> OpenRows? {
    guard rows.least < most else { return nil }
    let key = GraphAssembly.LimitedCount(count: rows.count, most: most)
    var result = rows
    if let known = assembly.limitedCounts[key] {
      result.count = known
    } else {
      result.count = try add(
        .binary(.minimum, then: nil), [rows.count, integer(Int64(most))], suffix: "count")
      assembly.limitedCounts[key] = result.count
    }
    return result
  }

  /// The entries of what `Gather` gives. Negative indices count from the last entry that exists.
  private func gatheredRows() throws -> OpenRows {
    let (data, indices) = (openRows(0), openRows(1))
    let (shape, places) = (try operandType(0).shape, try operandType(1).shape)
    let axis = try self.axis(try integer("axis", default: 0), rank: shape.count)
    switch (data, indices) {
    case (nil, let rows?): return rows.along(axis + rows.axis)
    case (let rows?, nil) where rows.axis != axis:
      let moved = rows.axis < axis ? rows.axis : rows.axis - 1 + places.count
      return rows.along(moved)
    case (let rows?, let chosen?) where rows.axis == axis:
      let index = try operand(1)
      let counted = try step(.add, index, rows.count)
      let isNegative = try comparison(.less, index, integer(0))
      replaceOperand(1, by: try add(.select, [isNegative, counted, index], suffix: "index"))
      return chosen.along(axis + chosen.axis)
    case (let rows?, _): throw refusal(of: rows, in: 0)
    case (nil, nil): preconditionFailure("all entries exist")
    }
  }

  /// `TopK`: along the open axis what does not exist comes last.
  private func bestRows(
    _ rows: OpenRows, _ shape: [Int], _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value] {
    let axis = try self.axis(try integer("axis", default: -1), rank: shape.count)
    guard axis == rows.axis else { return try marked(try importer(self)) { _ in rows } }
    guard try operandType(0).element == .float32 else { throw refusal(of: rows, in: 0) }
    let isLargest = try flag("largest", default: true)
    let last = Tensor([], floats: [isLargest ? -.infinity : .infinity])
    replaceOperand(0, by: try hidingOthers(0, rows, by: last))
    return try marked(try importer(self)) {
      try limited(rows, self.shape(of: $0)[axis])
    }
  }

  /// An operand with a value for the entries that do not exist.
  private func hidingOthers(_ index: Int, _ rows: OpenRows, by value: Tensor) throws -> NodeID {
    let x = try operand(index)
    let shape = self.shape(of: x)
    let numbers = try self.numbers(shape[rows.axis], behind: shape.count - 1 - rows.axis)
    let exists = try comparison(.less, numbers, rows.count)
    let zero = Tensor([], integers: [0])
    let hidden = addConstant(type(of: x).element == .int64 ? zero : value, suffix: "hidden")
    return try add(.select, [exists, x, hidden], suffix: "existing")
  }
}

extension GraphAssembly {
  /// A count that is no more than a number.
  struct LimitedCount: Hashable {
    var count: NodeID
    var most: Int
  }

  /// An output of which only the first entries exist: the others are -1 in integers, false, and 0 in
  /// floats.
  func withoutOthers(_ id: NodeID, _ rows: OpenRows, name: String) throws -> NodeID {
    let type = type(of: id)
    let place = graph[id].place
    let extent = type.shape[rows.axis]
    guard known.pay(8 * extent) else { throw Refusal("it has too many entries") }
    let shape = [extent] + [Int](repeating: 1, count: type.rank - 1 - rows.axis)
    let numbers = addConstant(
      "\(name).numbers", Tensor(shape, integers: (0..<extent).map(Int64.init)), place: place)
    let exists = try add(
      .compare(.less), [numbers, rows.count], name: "\(name).exists", place: place)
    let nothing: Tensor
    switch type.element {
    case .float32: nothing = Tensor([], floats: [0])
    case .bool: nothing = Tensor([], booleans: [false])
    case .int64, .int32, .int8, .uint8: nothing = Tensor([], integers: [-1])
    }
    return try add(
      .select, [exists, widened(id), addConstant("\(name).nothing", nothing, place: place)],
      name: "\(name).existing", place: place)
  }
}

/// Operators that give the same elements in the same order another shape.
private let reshapingOperators: Set<String> = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"]

/// Operators that compute every element of the result from those in its place.
private let elementwiseOperators: Set<String> = [
  "Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "Cast", "Ceil", "Celu",
  "Clip", "Cos", "Cosh", "Div", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater",
  "GreaterOrEqual", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Less",
  "LessOrEqual",
  "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal",
  "Relu",
  "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt",
  "Sub",
  "Sum", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Where", "Xor",
]
