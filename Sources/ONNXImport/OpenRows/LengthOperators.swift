import GraphIR

/// Shape arithmetic where some numbers depend on how many entries exist: each is followed on its own.
extension OperatorContext {
  /// The results of an operator that moves lengths, computes with them, or compares them; nil where the
  /// operator is another, or the data decide: it then reads the numbers as they are at run time.
  func importOfLengths(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    if operatorName == "Shape" || operatorName == "Size" { return try extents() }
    let open = (0..<operandCount).filter { openLengths($0) != nil }
    guard let first = open.first else { return nil }
    switch operatorName {
    case "Concat": return try moved(Array(0..<operandCount), importer)
    case "Where": return try isKnown(0) ? moved([1, 2], importer) : nil
    case _ where movingOperators.contains(operatorName) && open == [0]:
      return try moved([0], importer)
    case "Cast" where open == [0]: return try castLengths(importer)
    case _ where opset < 7: return nil
    case "Add": return try combined(.add)
    case "Sub": return try combined(.subtract)
    case "Mul": return try combined(.multiply)
    case "Div": return try combined(.divide)
    case "Min": return try combined(.minimum)
    case "Max": return try combined(.maximum)
    case "ReduceMin" where first == 0: return try folded(.minimum)
    case "ReduceMax" where first == 0: return try folded(.maximum)
    case "ReduceSum" where first == 0: return try folded(.add)
    case "ReduceProd" where first == 0: return try folded(.multiply)
    case "Equal": return try compared(.equal)
    case "Less": return try compared(.less)
    case "LessOrEqual": return try compared(.lessOrEqual)
    case "Greater": return try compared(.less, exchanged: true)
    case "GreaterOrEqual": return try compared(.lessOrEqual, exchanged: true)
    default: return nil
    }
  }

  /// `Shape` and `Size` of a value of which only some entries exist.
  private func extents() throws -> [GraphAssembly.Value]? {
    guard let rows = openRows(0) else { return nil }
    var extents = try operandType(0).shape.map { OpenLength($0) }
    extents[rows.axis] = rows.length(of: extents[rows.axis].most)
    if operatorName == "Size" {
      var product = OpenLength(1)
      for extent in extents { product = try length(.multiply, product, extent)! }
      return [try value(of: OpenLengths(shape: [], elements: [product]))]
    }
    func bound(_ name: String, default value: Int) throws -> Int {
      let stated = try integer(name, default: value)
      return min(max(stated < 0 ? stated &+ extents.count : stated, 0), extents.count)
    }
    let start = try bound("start", default: 0)
    let end = max(start, try bound("end", default: extents.count))
    return [
      try value(of: OpenLengths(shape: [end - start], elements: Array(extents[start..<end])))
    ]
  }

  /// Results of an operator that only moves elements: it is computed with the places of the lengths.
  private func moved(
    _ operands: [Int], _ importer: OperatorImporter
  ) throws -> [GraphAssembly.Value]? {
    let given = try operands.compactMap { try lengths($0) }
    guard given.count == operands.count else { return nil }
    var table: [OpenLength] = []
    for (index, lengths) in zip(operands, given) {
      let places = lengths.elements.indices.map { Int64(table.count + $0) }
      table += lengths.elements
      replaceOperand(
        index, by: addConstant(Tensor(lengths.shape, integers: places), suffix: "places"))
    }
    return try importer(self).map { result in
      guard let places = assembly.knownValue(of: result), places.element == .int64 else {
        throw Refusal("its operands depend on the data, and its other ones are not known")
      }
      return try value(
        of: OpenLengths(shape: places.shape, elements: places.integers.map { table[Int($0)] }))
    }
  }

  /// `Cast` to another type of integers, which has all lengths.
  private func castLengths(_ importer: OperatorImporter) throws -> [GraphAssembly.Value]? {
    let type = try integer("to").flatMap { FileType(rawValue: $0) }
    let isSmall = openLengths(0)!.elements.allSatisfy {
      $0.least >= -(1 << 31) && $0.most < 1 << 31
    }
    guard type == .int64 || (type == .int32 && isSmall) else { return nil }
    let results = try importer(self)
    for case .node(let id) in results { assembly.openLengths[id] = openLengths(0) }
    return results
  }

  /// A function of operands, broadcast.
  private func combined(_ function: BinaryFunction) throws -> [GraphAssembly.Value]? {
    var result = try lengths(0)
    for index in 1..<max(operandCount, 1) {
      guard let a = result, let b = try lengths(index),
        let (shape, places) = together(a, b)
      else { return nil }
      var elements: [OpenLength] = []
      for (x, y) in places {
        guard let next = try length(function, a.elements[x], b.elements[y]) else { return nil }
        elements.append(next)
      }
      result = OpenLengths(shape: shape, elements: elements)
    }
    try readOperands()
    return try result.map { [try value(of: $0)] }
  }

  /// A comparison of which all results are the same for all data; nil where one is not.
  private func compared(
    _ comparison: Comparison, exchanged: Bool = false
  ) throws -> [GraphAssembly.Value]? {
    guard operandCount == 2, let a = try lengths(exchanged ? 1 : 0),
      let b = try lengths(exchanged ? 0 : 1), let (shape, places) = together(a, b)
    else { return nil }
    let results = places.map { a.elements[$0].holds(comparison, b.elements[$1]) }
    guard !results.contains(nil) else { return nil }
    try readOperands()
    return [known(Tensor(shape, booleans: results.map { $0! }))]
  }

  /// A reduction of a list.
  private func folded(_ function: BinaryFunction) throws -> [GraphAssembly.Value]? {
    let given = openLengths(0)!
    guard given.shape.count <= 1, let reduction = try Reduction(self) else { return nil }
    guard !reduction.axes.isEmpty else { return nil }
    var result = given.elements[0]
    for element in given.elements.dropFirst() {
      guard let next = try length(function, result, element) else { return nil }
      result = next
    }
    let shape = reduction.keepsDimensions ? [1] : []
    return [try value(of: OpenLengths(shape: shape, elements: [result]))]
  }

  /// The shape of two operands, broadcast, and the places of both for every element.
  private func together(
    _ a: OpenLengths, _ b: OpenLengths
  ) -> (shape: [Int], places: [(Int, Int)])? {
    guard let shape = broadcastShape(a.shape, b.shape), shape.reduce(1, *) <= 1 << 10 else {
      return nil
    }
    let places = zip(placesToBroadcast(a.shape, to: shape), placesToBroadcast(b.shape, to: shape))
    return (shape, Array(places))
  }

  /// Marks all operands as read, of which lengths are known.
  private func readOperands() throws {
    for index in 0..<operandCount { _ = try operandType(index) }
  }
}

/// Operators that only move elements of their first operand.
private let movingOperators: Set<String> = [
  "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Tile",
  "Transpose", "Unsqueeze",
]
