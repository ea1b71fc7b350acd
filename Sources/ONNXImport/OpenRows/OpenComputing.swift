import GraphIR

/// Operators that compute with lists of which only the first entries exist.
extension OperatorContext {
  /// The results of a reduction, a search or a softmax; nil where the operator is none. Along the open axis
  /// what does not exist gets a value that changes nothing.
  func reducedRows(
    _ rows: OpenRows, _ shape: [Int], _ open: [Int], _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value]? {
    guard open == [0] else { return nil }
    switch operatorName {
    case "ReduceMax", "ReduceMin", "ReduceSum", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceL2",
      "ReduceSumSquare", "ReduceLogSumExp":
      guard let reduction = try Reduction(self) else {
        return try marked(try importer(self)) { _ in rows }
      }
      guard reduction.axes.contains(rows.axis) else {
        let before = reduction.axes.filter { $0 < rows.axis }.count
        let axis = reduction.keepsDimensions ? rows.axis : rows.axis - before
        return try marked(try importer(self)) { _ in rows.along(axis) }
      }
      return try reduced(rows, shape[rows.axis], importer)
    case "ArgMax", "ArgMin":
      let axis = try self.axis(try integer("axis", default: 0), rank: shape.count)
      guard axis != rows.axis else { return try hiding(rows, importer) }
      let isMoved = try axis < rows.axis && !flag("keepdims", default: true)
      return try marked(try importer(self)) { _ in rows.along(rows.axis - (isMoved ? 1 : 0)) }
    case "Softmax", "LogSoftmax":
      let axis = try self.axis(
        try integer("axis", default: opset < 13 ? 1 : -1), rank: shape.count)
      // Before set 13 all axes from this one on are one.
      if opset < 13 ? rows.axis < axis : rows.axis != axis {
        return try marked(try importer(self)) { _ in rows }
      }
      guard opset >= 13 else { return nil }
      return try marked(try hiding(rows, importer)) { _ in rows }
    default: return nil
    }
  }

  /// A reduction over the entries that exist.
  private func reduced(
    _ rows: OpenRows, _ extent: Int, _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value] {
    let isFloat = try operandType(0).element == .float32
    guard operatorName == "ReduceMean" else { return try hiding(rows, importer) }
    guard isFloat else { throw refusal(of: rows, in: 0) }
    return try hiding(rows, importer).map { result -> GraphAssembly.Value in
      guard let mean = assembly.node(for: result) else { return result }
      // The mean of all that may exist, of which the others were 0.
      let count = try add(.cast(.float32), [rows.count], suffix: "count")
      let share = try step(.divide, number(Float(extent)), count)
      return .node(try step(.multiply, mean, share))
    }
  }

  /// The results where what does not exist has a value that the operator passes over.
  private func hiding(
    _ rows: OpenRows, _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value] {
    let element = try operandType(0).element
    let value: Double
    switch operatorName {
    case "ReduceMax", "ArgMax", "Softmax", "LogSoftmax", "ReduceLogSumExp": value = -.infinity
    case "ReduceMin", "ArgMin": value = .infinity
    case "ReduceProd": value = 1
    default: value = 0
    }
    let hidden: Tensor
    switch element {
    case .float32: hidden = Tensor([], floats: [Float(value)])
    case .bool: hidden = Tensor([], booleans: [value > 0])
    default:
      // Integers that are computed with lie between these.
      hidden = Tensor([], integers: [Int64(min(max(value, -0x1p24), 0x1p24))])
    }
    replaceOperand(0, by: try hidingOthers(0, rows, by: hidden))
    return try importer(self)
  }

  /// The results of an operator that computes every entry of the open axis by itself; nil where it does
  /// not.
  func separateRows(
    _ rows: OpenRows, _ shape: [Int], _ open: [Int], _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value]? {
    var axis: Int?
    switch operatorName {
    case "Gemm":
      // Rows of the first matrix, and of what is added.
      let isSame = open == [0] || (open == [0, 2] && openRows(2) == rows.along(0))
      let own = try flag("transA") ? 1 : 0
      let hasOwnBias = try hasOperand(2) && openRows(2) == nil && isTall(2)
      axis = isSame && rows.axis == own && !hasOwnBias ? 0 : nil
    case "MatMul":
      let other = try operandType(1).shape.count
      axis = open == [0] && rows.axis < shape.count - 1 && other <= 2 ? rows.axis : nil
    case "LayerNormalization":
      let first = try self.axis(try integer("axis", default: -1), rank: shape.count)
      axis = open == [0] && rows.axis < first ? rows.axis : nil
    case "RoiAlign":
      axis = open == [1, 2] && rows.axis == 0 && openRows(2) == rows ? 0 : nil
    case _ where imageOperators.contains(operatorName):
      axis = open == [0] && rows.axis == 0 && shape.count > 2 ? 0 : nil
    default: return nil
    }
    guard let axis else { return nil }
    return try marked(try importer(self)) { _ in rows.along(axis) }
  }

  /// Whether a matrix has rows of its own.
  private func isTall(_ index: Int) throws -> Bool {
    let shape = try operandType(index).shape
    return shape.count == 2 && shape[0] != 1
  }
}

/// Operators that compute every image of a batch by itself.
private let imageOperators: Set<String> = [
  "AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "GlobalAveragePool",
  "GlobalMaxPool", "InstanceNormalization", "MaxPool",
]
