import GraphIR

/// Truth values of a comparison, broadcast.
func compare(_ comparison: Comparison, _ a: Tensor, _ b: Tensor) -> Tensor {
  let (shape, operands) = broadcastTogether([a, b])
  let result: [Bool]
  switch (operands[0].storage, operands[1].storage) {
  case (.float32(let a), .float32(let b)): result = zip(a, b).map { comparison.holds($0, $1) }
  case (.int64(let a), .int64(let b)): result = zip(a, b).map { comparison.holds($0, $1) }
  case (.bool(let a), .bool(let b)): result = zip(a, b).map { $0 == $1 }
  default: preconditionFailure("\(a.type) and \(b.type) do not compare")
  }
  return Tensor(shape, booleans: result)
}

/// Elements of `a` where the condition holds and of `b` elsewhere, broadcast.
func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  let (shape, operands) = broadcastTogether([condition, a, b])
  let choosing = Choosing(choices: operands[0].booleans)
  return Tensor(shape, from: Array(operands[1...]), by: choosing)
}

/// Elements of one of two operands.
private struct Choosing: Rearrangement {
  /// Whether each comes from the first.
  let choices: [Bool]

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    let (a, b) = (operands[0], operands[1])
    return choices.indices.map { choices[$0] ? a[$0] : b[$0] }
  }
}

/// See `TopIndices`.
func topIndices(_ attributes: TopIndices, _ x: Tensor) -> Tensor {
  let (axis, values) = (attributes.axis, x.floats.map { $0.isNaN ? .infinity : $0 })
  let (extent, inner) = (x.shape[axis], x.shape[(axis + 1)...].reduce(1, *))
  var shape = x.shape
  shape[axis] = attributes.count
  var result = [Int64](repeating: 0, count: shape.reduce(1, *))
  for line in 0..<(result.count / attributes.count) {
    let (outer, column) = (line / inner, line % inner)
    func value(_ index: Int) -> Float { values[(outer * extent + index) * inner + column] }
    let order = (0..<extent).sorted { left, right in
      let (a, b) = (value(left), value(right))
      if a != b { return attributes.smallest ? a < b : a > b }
      return attributes.prefersLast ? left > right : left < right
    }
    for place in 0..<attributes.count {
      result[(outer * attributes.count + place) * inner + column] = Int64(order[place])
    }
  }
  return Tensor(shape, integers: result)
}

/// For every index, the element of its line that it names; negative indices count from the end, and
/// one out of range is clamped into it.
func gatherElements(_ x: Tensor, indices: Tensor, axis: Int) -> Tensor {
  x.elements(at: places(in: x, indices: indices, axis: axis), shape: indices.shape)
}

/// x with the updates at the places that the indices name, joined with what is there; see
/// `gatherElements`.
func scatterElements(
  _ x: Tensor, indices: Tensor, updates: Tensor, axis: Int, by function: ScatterFunction
) -> Tensor {
  let places = places(in: x, indices: indices, axis: axis)
  guard let function = function.binary else {
    return Tensor(x.shape, from: [x, updates], by: Replacing(places: places))
  }
  if x.element == .int64 {
    var result = x.integers
    for (place, update) in zip(places, updates.integers) {
      result[place] = function(result[place], update)
    }
    return Tensor(x.shape, integers: result)
  }
  var result = x.floats
  for (place, update) in zip(places, updates.floats) {
    result[place] = function(result[place], update)
  }
  return Tensor(x.shape, floats: result)
}

/// The first operand with the elements of the second at some places.
private struct Replacing: Rearrangement {
  let places: [Int]

  func callAsFunction<Element: TensorElement>(_ operands: [[Element]]) -> [Element] {
    var result = operands[0]
    for (place, update) in zip(places, operands[1]) { result[place] = update }
    return result
  }
}

/// Where in x the element is that each index names, along an axis of its line.
private func places(in x: Tensor, indices: Tensor, axis: Int) -> [Int] {
  let (extent, inner) = (x.shape[axis], x.shape[(axis + 1)...].reduce(1, *))
  let count = indices.shape[axis]
  return indices.integers.enumerated().map { position, index -> Int in
    let (outer, column) = (position / inner / count, position % inner)
    let fromStart = index < 0 ? index &+ Int64(extent) : index
    return (outer * extent + Int(min(max(fromStart, 0), Int64(extent) - 1))) * inner + column
  }
}

extension Comparison {
  fileprivate func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    }
  }
}

func broadcastTogether(_ tensors: [Tensor]) -> (shape: [Int], operands: [Tensor]) {
  let shape = tensors.reduce([] as [Int]) { shape, tensor in
    guard let joined = broadcastShape(shape, tensor.shape) else {
      preconditionFailure("\(tensors.map(\.type)) do not broadcast")
    }
    return joined
  }
  return (shape, tensors.map { $0.shape == shape ? $0 : move(.broadcast(shape), [$0]) })
}
