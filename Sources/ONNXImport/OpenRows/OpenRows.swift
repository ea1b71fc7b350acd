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

  /// How many entries exist, of an axis with so many.
  func length(of extent: Int) -> OpenLength {
    OpenLength(count: count, least: least, most: extent)
  }
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
  func openRows(_ index: Int) -> OpenRows? {
    guard hasOperand(index), let value = scope.value(named: node.input[index]) else { return nil }
    return assembly.openRows(of: value)
  }

  /// Reads the node where an operand has entries that may not exist, or lengths that depend on that, by
  /// its importer: what becomes of these must not depend on them.
  ///
  /// - Throws: `Refusal` where the operator would need to know how many exist.
  func importAmongOpenRows(_ importer: OperatorImporter) throws -> [GraphAssembly.Value] {
    if let results = try importOfLengths(importer) { return results }
    if let results = try importToLengths(importer) { return results }
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
    case "Gather":
      let result = try gatheredRows()
      return try marked(try importer(self)) { _ in result }
    case "GatherND":
      let result = try gatheredSlices(open)
      return try marked(try importer(self)) { _ in result }
    case "GatherElements":
      let result = try gatheredElements(open)
      return try marked(try importer(self)) { _ in result }
    case "ScatterElements", "Scatter", "ScatterND": return try scattered(open, importer)
    case "TopK" where isOnlyData: return try bestRows(rows, shape, importer)
    case "NonZero" where isOnlyData:
      replaceOperand(0, by: try withoutOthers(rows))
      return try importer(self)
    case "NonMaxSuppression":
      guard open == [0, 1], rows.axis == 1, openRows(1) == rows.along(2)
      else { throw refusal(of: rows, in: first) }
      let none = Tensor([], floats: [-.infinity])
      replaceOperand(1, by: try hidingOthers(1, openRows(1)!, by: none))
      return try importer(self)
    default:
      if let results = try reducedRows(rows, shape, open, importer) { return results }
      if let results = try separateRows(rows, shape, open, importer) { return results }
      throw refusal(of: rows, in: first)
    }
  }

  func refusal(of rows: OpenRows, in index: Int) -> Refusal {
    Refusal(
      "how many entries axis \(rows.axis) of '\(node.input[index])' has depends on the data, and "
        + "\(operatorName) cannot be computed without that number",
      hint: "export the model without what follows, and do that outside")
  }

  /// Results with the entries that exist in each.
  func marked(
    _ results: [GraphAssembly.Value], _ rows: (NodeID) throws -> OpenRows?
  ) throws -> [GraphAssembly.Value] {
    for case .node(let id) in results where assembly.openRows[id] == nil {
      if let rows = try rows(id) { setOpenRows(of: id, rows) }
    }
    return results
  }

  /// The entries of an axis, as many as a length says; nil where all exist.
  func rows(_ length: OpenLength, along axis: Int) throws -> OpenRows? {
    let count = try self.length(.maximum, length, OpenLength(0)) ?? length
    return count.count.map { OpenRows(axis: axis, count: $0, least: count.least) }
  }

  /// The operand with nothing that `NonZero` finds in what does not exist: one node for each value.
  private func withoutOthers(_ rows: OpenRows) throws -> NodeID {
    let x = try operand(0)
    if let known = assembly.hiddenOthers[x] { return known }
    let isTruth = type(of: x).element == .bool
    let nothing = isTruth ? Tensor([], booleans: [false]) : Tensor([], floats: [0])
    let result = try hidingOthers(0, rows, by: nothing)
    assembly.hiddenOthers[x] = result
    return result
  }

  /// Whether each entry of an axis of a shape exists: a mask that broadcasts to the shape.
  func existence(_ rows: OpenRows, _ shape: [Int]) throws -> NodeID {
    let numbers = try numbers(shape[rows.axis], behind: shape.count - 1 - rows.axis)
    return try comparison(.less, numbers, rows.count)
  }

  /// An operand with a value for the entries that do not exist.
  func hidingOthers(_ index: Int, _ rows: OpenRows, by value: Tensor) throws -> NodeID {
    let x = try operand(index)
    let exists = try existence(rows, shape(of: x))
    let zero = Tensor([], integers: [0])
    let isInteger = type(of: x).element == .int64 && value.element != .int64
    let hidden = addConstant(isInteger ? zero : value, suffix: "hidden")
    return try add(.select, [exists, x, hidden], suffix: "existing")
  }
}

extension GraphAssembly {
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
    let nothing =
      type.element.integers == nil ? Tensor.zeros(as: type.element) : Tensor([], integers: [-1])
    return try add(
      .select, [exists, widened(id), addConstant("\(name).nothing", nothing, place: place)],
      name: "\(name).existing", place: place)
  }
}

/// Operators that give the same elements in the same order another shape.
private let reshapingOperators: Set<String> = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"]

/// Operators that compute every element of the result from those in its place.
private let elementwiseOperators: Set<String> = [
  "Abs", "Acos", "Acosh", "Add", "And", "Asin", "Asinh", "Atan", "Atanh", "BitShift",
  "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cast", "Ceil", "Celu",
  "Clip", "Cos", "Cosh", "Div", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater",
  "GreaterOrEqual", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Less",
  "LessOrEqual",
  "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal",
  "Relu",
  "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt",
  "Sub",
  "Sum", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Where", "Xor",
]
