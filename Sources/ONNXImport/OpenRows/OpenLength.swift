import GraphIR

/// An integer that follows from how many entries of a list exist: known, or counted at run time.
struct OpenLength: Hashable {
  /// The number, an i64 without axes; nil where it is known.
  private(set) var count: NodeID?
  /// What it lies in; the same twice where it is known.
  let least: Int
  let most: Int

  init(_ known: Int) { (count, least, most) = (nil, known, known) }

  init(count: NodeID, least: Int, most: Int) {
    (self.count, self.least, self.most) = (least == most ? nil : count, least, most)
  }

  /// The number, where it is known.
  var known: Int? { count == nil ? least : nil }

  /// Whether a comparison with another holds; nil where that depends on the data.
  func holds(_ comparison: Comparison, _ other: OpenLength) -> Bool? {
    switch comparison {
    case .equal:
      if self == other { return true }
      return least > other.most || most < other.least ? false : nil
    case .less:
      if most < other.least { return true }
      return least >= other.most || self == other ? false : nil
    case .lessOrEqual:
      if most <= other.least || self == other { return true }
      return least > other.most ? false : nil
    }
  }
}

/// A shape, or another tensor of integers, of which some depend on how many entries exist.
struct OpenLengths {
  var shape: [Int]
  var elements: [OpenLength]

  /// Each number where all that may exist does.
  var atCapacity: Tensor { Tensor(shape, integers: elements.map { Int64($0.most) }) }
}

extension GraphAssembly {
  /// A function of two lengths, so that equal ones are one node.
  struct LengthFunction: Hashable {
    var function: BinaryFunction
    var a: OpenLength
    var b: OpenLength
  }

  /// A length that is a multiple of another.
  struct LengthMultiple {
    var of: OpenLength
    var factor: Int
  }
}

extension OperatorContext {
  /// A length as an i64 without axes.
  func node(of length: OpenLength) -> NodeID { length.count ?? integer(Int64(length.least)) }

  /// A function of two lengths; nil where the function is none of lengths, such as a quotient by what
  /// may be 0.
  ///
  /// - Throws: `Refusal` where it may be larger than any list.
  func length(
    _ function: BinaryFunction, _ a: OpenLength, _ b: OpenLength
  ) throws -> OpenLength? {
    if let simple = try simplified(function, a, b) { return simple }
    guard function != .divide || b.least > 0 else { return nil }
    var corners: [Int] = []
    for x in [a.least, a.most] {
      for y in [b.least, b.most] {
        guard let value = function.ofLengths(x, y) else { return nil }
        guard value.magnitude <= 1 << 40 else {
          throw Refusal("a length of \(value) is more than a list can have")
        }
        corners.append(value)
      }
    }
    let (least, most) = (corners.min()!, corners.max()!)
    if least == most { return OpenLength(least) }
    let key = GraphAssembly.LengthFunction(function: function, a: a, b: b)
    if let known = assembly.lengthFunctions[key] { return known }
    let count = try add(
      .binary(function, then: nil), [node(of: a), node(of: b)], suffix: "length")
    let result = OpenLength(count: count, least: least, most: most)
    assembly.lengthFunctions[key] = result
    if function == .multiply, let factor = b.known {
      assembly.lengthMultiples[count] = GraphAssembly.LengthMultiple(of: a, factor: factor)
    }
    return result
  }

  /// A length that one of two already is, or that is the multiple of another.
  private func simplified(
    _ function: BinaryFunction, _ a: OpenLength, _ b: OpenLength
  ) throws -> OpenLength? {
    switch (function, a.known, b.known) {
    case (.minimum, _, _) where a == b || a.most <= b.least: return a
    case (.minimum, _, _) where b.most <= a.least: return b
    case (.maximum, _, _) where a == b || a.least >= b.most: return a
    case (.maximum, _, _) where b.least >= a.most: return b
    case (.add, _, 0?), (.subtract, _, 0?), (.multiply, _, 1?), (.divide, _, 1?): return a
    case (.add, 0?, _), (.multiply, 1?, _): return b
    case (.multiply, 0?, _), (.multiply, _, 0?): return OpenLength(0)
    case (.subtract, _, _) where a == b: return OpenLength(0)
    case (.multiply, .some, nil): return try length(.multiply, b, a)
    case (.multiply, nil, let factor?):
      guard let multiple = assembly.multiple(a) else { return nil }
      let (product, overflow) = multiple.factor.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw Refusal("a length is more than a list can have") }
      return try length(.multiply, multiple.of, OpenLength(product))
    case (.divide, nil, let divisor?) where divisor > 0:
      guard let multiple = assembly.multiple(a), multiple.factor % divisor == 0 else { return nil }
      return try length(.multiply, multiple.of, OpenLength(multiple.factor / divisor))
    default: return nil
    }
  }

  /// The value of a length or of several, as a shape has them.
  func value(of lengths: OpenLengths) throws -> GraphAssembly.Value {
    let elements = lengths.elements
    if elements.allSatisfy({ $0.known != nil }) { return known(lengths.atCapacity) }
    guard elements.count <= 1 << 10 else {
      throw Refusal("\(elements.count) lengths that depend on the data are too many")
    }
    var result = node(of: elements[0])
    if elements.count > 1 {
      let parts = try elements.map { try add(.reshape([1]), [node(of: $0)], suffix: "extent") }
      result = try add(.concatenate(axis: 0), parts, suffix: "extents")
    }
    if shape(of: result) != lengths.shape {
      result = try add(.reshape(lengths.shape), [result], suffix: "lengths")
    }
    assembly.openLengths[result] = lengths
    return .node(result)
  }

  /// The lengths of an operand, known ones included; nil where it is no such integers.
  func lengths(_ index: Int) throws -> OpenLengths? {
    if let open = openLengths(index) { return open }
    guard hasOperand(index), let tensor = try knownOperand(index), tensor.element == .int64,
      tensor.integers.allSatisfy({ $0.magnitude <= 1 << 40 })
    else { return nil }
    return OpenLengths(
      shape: tensor.shape, elements: tensor.integers.map { OpenLength(Int($0)) })
  }

  /// The lengths of an operand of which some depend on the data; nil where none does.
  func openLengths(_ index: Int) -> OpenLengths? {
    guard hasOperand(index), case .node(let id)? = scope.value(named: node.input[index]) else {
      return nil
    }
    return assembly.openLengths[id]
  }

  /// Lets the importer see what a length is where all that may exist does.
  func takeAtCapacity(_ index: Int, _ lengths: OpenLengths) {
    replaceOperand(index, by: addConstant(lengths.atCapacity, suffix: "capacity"))
  }
}

extension GraphAssembly {
  /// What a length is a multiple of; nil where it is of itself alone.
  fileprivate func multiple(_ length: OpenLength) -> LengthMultiple? {
    length.count.flatMap { lengthMultiples[$0] }
  }
}

extension BinaryFunction {
  /// The function of two lengths, cut towards zero; nil where it is none of lengths.
  fileprivate func ofLengths(_ a: Int, _ b: Int) -> Int? {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply:
      // What is more than a list can have stays so.
      a.multipliedReportingOverflow(by: b).overflow ? 1 << 50 : a * b
    case .divide: a / b
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    default: nil
    }
  }
}
