import Diagnostics
import GraphIR

/// `ArgMax` and `ArgMin` of integers.
func evaluateExtremePlace(
  smallest: Bool
) -> @Sendable (OperatorContext) throws -> [KnownTensor] {
  { context in
    let x = try context.known(0)
    let axis = try context.axis(try context.integer("axis", default: 0), rank: x.shape.count)
    let keepsAxis = try context.flag("keepdims", default: true)
    let prefersLast = try context.flag("select_last_index")
    let values = try x.integers("operand")
    try context.reserve(x.shape)
    let lines = Lines(x.shape, axis)
    guard lines.extent > 0 else { throw Refusal("\(x.tensor.type) has no elements to search") }
    let places = lines.starts.map { start -> Int64 in
      var best = 0
      for index in 1..<max(lines.extent, 1) {
        let (a, b) = (values[start + index * lines.stride], values[start + best * lines.stride])
        if a == b ? prefersLast : smallest ? a < b : a > b { best = index }
      }
      return Int64(best)
    }
    var shape = x.shape
    shape[axis] = 1
    if !keepsAxis { shape.remove(at: axis) }
    return [KnownTensor(Tensor(shape, integers: places), .int64)]
  }
}

/// `TopK` of integers: the elements, and where they are; the first of equal ones comes first.
func evaluateTopK(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  let axis = try context.axis(try context.integer("axis", default: -1), rank: x.shape.count)
  let largest = try context.flag("largest", default: true)
  // What is not sorted may have any order.
  _ = try context.flag("sorted", default: true)
  let stated =
    context.opset < 10 ? [try context.integer("k") ?? -1] : try context.knownIntegers(1, "k")
  let values = try x.integers("operand")
  try context.reserve(x.shape, steps: 32)
  let lines = Lines(x.shape, axis)
  guard stated.count == 1, (0...lines.extent).contains(stated[0]) else {
    throw Refusal("its k, \(stated), does not fit axis \(axis) of \(x.tensor.type)")
  }
  var shape = x.shape
  shape[axis] = stated[0]
  var sources = [Int](repeating: 0, count: shape.reduce(1, *))
  var indices = [Int64](repeating: 0, count: sources.count)
  for (start, target) in zip(lines.starts, Lines(shape, axis).starts) {
    let order = (0..<lines.extent).sorted { left, right in
      let (a, b) = (values[start + left * lines.stride], values[start + right * lines.stride])
      return a == b ? left < right : largest ? a > b : a < b
    }
    for (rank, index) in order.prefix(stated[0]).enumerated() {
      sources[target + rank * lines.stride] = start + index * lines.stride
      indices[target + rank * lines.stride] = Int64(index)
    }
  }
  return [x.gathered(sources, shape), KnownTensor(Tensor(shape, integers: indices), .int64)]
}

/// `NonZero`: the indices of the elements that are not 0, one axis a row.
func evaluateNonZero(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  try context.reserve(x.shape, steps: max(x.shape.count, 1))
  let found = x.numbers.enumerated().filter { $0.element != 0 }.map(\.offset)
  let strides = rowMajorStrides(of: x.shape)
  let rows = x.shape.indices.flatMap { axis in
    found.map { Int64($0 / strides[axis] % x.shape[axis]) }
  }
  return [KnownTensor(Tensor([x.shape.count, found.count], integers: rows), .int64)]
}

/// `Compress`: the entries of an axis, or of all elements, for which a condition holds.
func evaluateCompress(_ context: OperatorContext) throws -> [KnownTensor] {
  let (x, condition) = (try context.known(0), try context.known(1))
  let stated = try context.integer("axis")
  let choices = try condition.booleans("condition")
  let shape = stated == nil ? [x.tensor.count] : x.shape
  let axis = try context.axis(stated ?? 0, rank: shape.count)
  guard choices.count <= shape[axis] else {
    throw Refusal(
      "its condition has \(quantity(choices.count, "value")) for an axis of \(shape[axis])")
  }
  try context.reserve(x.shape)
  let chosen = choices.indices.filter { choices[$0] }
  return [x.entries(chosen, of: axis, in: shape)]
}

/// `Unique` elements, or entries of an axis: in order, or as they are found first; where each is found
/// first, which each element is, and how often each is there.
func evaluateUnique(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  let isSorted = try context.flag("sorted", default: true)
  let stated = try context.integer("axis")
  let shape = stated == nil ? [x.tensor.count] : x.shape
  let axis = try context.axis(stated ?? 0, rank: shape.count)
  try context.reserve(x.shape, steps: 32)
  let (numbers, lines) = (x.numbers, Lines(shape, axis))
  let entries = (0..<lines.extent).map { index in
    lines.starts.map { numbers[$0 + index * lines.stride] }
  }
  // Equal entries stand together, the first of them first.
  let order = entries.indices.sorted {
    let (a, b) = (entries[$0], entries[$1])
    return a == b ? $0 < $1 : a.lexicographicallyPrecedes(b)
  }
  var groups: [[Int]] = []
  for index in order {
    if let last = groups.last, entries[last[0]] == entries[index] {
      groups[groups.count - 1].append(index)
    } else {
      groups.append([index])
    }
  }
  if !isSorted { groups.sort { $0[0] < $1[0] } }
  var inverse = [Int64](repeating: 0, count: entries.count)
  for (number, group) in groups.enumerated() {
    for index in group { inverse[index] = Int64(number) }
  }
  func list(_ values: [Int64]) -> KnownTensor {
    KnownTensor(Tensor([values.count], integers: values), .int64)
  }
  return [
    x.entries(groups.map { $0[0] }, of: axis, in: shape),
    list(groups.map { Int64($0[0]) }), list(inverse), list(groups.map { Int64($0.count) }),
  ]
}

extension KnownTensor {
  /// Entries of an axis of the tensor under a shape.
  fileprivate func entries(_ chosen: [Int], of axis: Int, in shape: [Int]) -> KnownTensor {
    let strides = rowMajorStrides(of: shape)
    let outer = places(in: Array(shape[..<axis]), strides: Array(strides[..<axis]))
    let inner = Array(0..<strides[axis])
    let sources = outer.flatMap { start in
      chosen.flatMap { index in inner.map { start + index * strides[axis] + $0 } }
    }
    var result = shape
    result[axis] = chosen.count
    return gathered(sources, result)
  }
}
