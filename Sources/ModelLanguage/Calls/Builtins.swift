import Diagnostics
import GraphIR

/// Calls that are not one operation: extents of tensors, literals, and forms of reshape.
extension CallReader {
  /// `channels(x)` and its like.
  mutating func readExtent(axis: Int, leastRank: Int) throws(Reported) -> Value {
    try readOperands(.exactly(1))
    try finish()
    let type = operandTypes[0]
    guard type.rank >= leastRank else {
      throw elaborator.report("\(type) has no \(callee)", at: call.range)
    }
    return .integer(type.shape[axis])
  }

  /// `extent(x, axis)`
  mutating func readExtent() throws(Reported) -> Value {
    try readOperands(.exactly(1))
    var axis = 0
    if let written = positional(orLabelled: "axis") {
      attempt(&axis) { reader throws(Reported) in
        try reader.elaborator.integer(written, at: reader.site.nested, reader.what("axis"))
      }
    } else {
      miss("axis")
    }
    try finish()
    let type = operandTypes[0]
    if axis < 0, axis >= -type.rank { axis += type.rank }
    guard type.shape.indices.contains(axis) else {
      throw elaborator.report("\(type) has no axis \(axis)", at: call.range)
    }
    return .integer(type.shape[axis])
  }

  /// `rank(x)`
  mutating func readRank() throws(Reported) -> Value {
    try readOperands(.exactly(1))
    try finish()
    return .integer(operandTypes[0].rank)
  }

  /// `flatten(x, axis: 1)`: the axes from `axis` on as one.
  mutating func readFlatten() throws(Reported) -> Value {
    try readOperands(.exactly(1))
    var axis = 1
    integer("axis", &axis, default: 1)
    try finish()
    let type = operandTypes[0]
    if axis < 0, axis >= -type.rank { axis += type.rank }
    guard axis >= 0, axis <= type.rank else {
      throw elaborator.report("\(type) has no axis \(axis)", at: call.range)
    }
    let rest = TensorType.checkedElementCount(of: Array(type.shape[axis...])) ?? 0
    return try reshape(type.shape[..<axis] + [rest])
  }

  /// `squeeze(x, axes: [2, 3])`: without the named axes, or without all axes of extent 1.
  mutating func readSqueeze() throws(Reported) -> Value {
    try readOperands(.exactly(1))
    let written = labelled("axes")
    try finish()
    let type = operandTypes[0]
    var axes = type.shape.indices.filter { type.shape[$0] == 1 }
    if let written {
      axes = try self.axes(written, rank: type.rank)
      for axis in axes where type.shape[axis] != 1 {
        throw elaborator.report(
          "squeeze needs axes of extent 1, which axis \(axis) of \(type) is not",
          at: written.range)
      }
    }
    return try reshape(type.shape.indices.filter { !axes.contains($0) }.map { type.shape[$0] })
  }

  /// `unsqueeze(x, axes: [0])`: with axes of extent 1 that have the given numbers in the result.
  mutating func readUnsqueeze() throws(Reported) -> Value {
    try readOperands(.exactly(1))
    guard let written = labelled("axes") else {
      miss("axes")
      try finish()
      return .failed
    }
    try finish()
    let type = operandTypes[0]
    let count = try elaborator.integers(written, at: site.nested, what("axes")).count
    let axes = try self.axes(written, rank: type.rank + count)
    var shape: [Int] = []
    var extents = type.shape.makeIterator()
    for axis in 0..<(type.rank + count) {
      shape.append(axes.contains(axis) ? 1 : extents.next() ?? 1)
    }
    return try reshape(shape)
  }

  /// Distinct numbers of axes, ascending, counted from the end where negative.
  func axes(_ written: Expression, rank: Int) throws(Reported) -> [Int] {
    let axes = try elaborator.integers(written, at: site.nested, what("axes"))
    let counted = axes.map { $0 < 0 && $0 >= -rank ? $0 + rank : $0 }.sorted()
    for (index, axis) in counted.enumerated() {
      guard axis >= 0, axis < rank, index == 0 || counted[index - 1] < axis else {
        throw elaborator.report(
          "\(what("axes")) is a list of distinct axes below \(rank)", at: written.range)
      }
    }
    return counted
  }

  private mutating func reshape(_ shape: some Sequence<Int>) throws(Reported) -> Value {
    let name = try nodeName()
    return .tensor(
      try elaborator.addNode(.reshape(Array(shape)), operands, name: name, at: call.range))
  }

  /// `constant(2.0) : f32[]`, `constant([1, -1])`: a known tensor, of the type after the statement
  /// if there is one.
  mutating func readConstant() throws(Reported) -> Value {
    guard let written = positional() else {
      throw elaborator.report("constant needs a value", at: call.range)
    }
    try finish()
    let value = try elaborator.evaluate(written, at: site.nested)
    let isList: Bool
    let elements: [Value]
    if case .list(let values) = value {
      (isList, elements) = (true, values)
    } else {
      (isList, elements) = (false, [value])
    }
    let type = site.expected ?? literalType(elements, isList: isList)
    guard let tensor = literal(elements, isList: isList, type) else {
      throw elaborator.report("the value does not have the type \(type)", at: written.range)
    }
    let name = try nodeName()
    return .tensor(try elaborator.addConstant(tensor, name: name, at: call.range))
  }

  private func literalType(_ elements: [Value], isList: Bool) -> TensorType {
    var element = ElementType.int64
    for value in elements {
      if case .real = value { element = .float32 }
      if case .boolean = value { element = .bool }
    }
    return TensorType(isList ? [elements.count] : [], element: element)
  }

  /// The elements in row-major order as a tensor; one value alone fills a tensor of one element.
  private func literal(_ elements: [Value], isList: Bool, _ type: TensorType) -> Tensor? {
    guard type.elementCount == elements.count else { return nil }
    switch type.element {
    case .float32:
      let values = elements.compactMap(\.asReal)
      return values.count == elements.count ? Tensor(type.shape, floats: values) : nil
    case .int64, .int32, .int8, .uint8:
      let values = elements.compactMap { value -> Int64? in
        if case .integer(let integer) = value { Int64(integer) } else { nil }
      }
      guard values.count == elements.count else { return nil }
      return try? Tensor(type.shape, integers: values).converted(to: type.element)
    case .bool:
      let values = elements.compactMap { value -> Bool? in
        if case .boolean(let boolean) = value { boolean } else { nil }
      }
      return values.count == elements.count ? Tensor(type.shape, booleans: values) : nil
    }
  }
}
