import Diagnostics
import GraphIR

/// `Slice`: ranges as attributes (before set 10) or operands; indices count from the end where
/// negative and are clamped to the axis.
func importSlice(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let shape = context.shape(of: x)
  let asOperands = context.opset >= 10
  func list(_ name: String, _ index: Int) throws -> [Int]? {
    if !asOperands { return try context.integers(name) }
    return context.hasOperand(index) ? try context.knownIntegers(index, name) : nil
  }
  guard let starts = try list("starts", 1), let ends = try list("ends", 2) else {
    throw Refusal("starts or ends are missing")
  }
  let axes = try context.axes(
    try list("axes", 3) ?? Array(0..<starts.count), rank: shape.count)
  let steps =
    (asOperands ? try list("steps", 4) : nil) ?? [Int](repeating: 1, count: starts.count)
  guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
    throw Refusal(
      "starts \(starts), ends \(ends), axes \(axes) and steps \(steps) differ in length")
  }
  var ranges = shape.map { SliceRange(start: 0, end: $0) }
  for (index, axis) in axes.enumerated() {
    guard steps[index] != 0 else { throw Refusal("a step is 0") }
    ranges[axis] = clampedRange(
      start: starts[index], end: ends[index], step: steps[index], extent: shape[axis])
  }
  return [.node(try context.add(.slice(ranges), [x]))]
}

/// A range as ONNX writes it, clamped to an axis; empty ranges end where they start.
private func clampedRange(start: Int, end: Int, step: Int, extent: Int) -> SliceRange {
  func fromFront(_ index: Int) -> Int { index < 0 ? index &+ extent : index }
  // A step past the axis takes one element, however far it goes.
  let step = min(max(step, -max(extent, 1)), max(extent, 1))
  if step > 0 {
    let first = min(max(fromFront(start), 0), extent)
    return SliceRange(start: first, end: max(min(fromFront(end), extent), first), step: step)
  }
  let first = min(max(fromFront(start), -1), extent - 1)
  return SliceRange(start: first, end: min(max(fromFront(end), -1), first), step: step)
}

/// `Split` as one slice per part: sizes as an attribute (before set 13) or operand, or equal ones.
func importSplit(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.ownOperand(0)
  let shape = context.shape(of: x)
  let axis = try context.axis(try context.integer("axis", default: 0), rank: shape.count)
  var sizes =
    context.hasOperand(1)
    ? try context.knownIntegers(1, "split") : try context.integers("split") ?? []
  if sizes.isEmpty {
    sizes = try equalParts(
      of: shape[axis], count: try context.integer("num_outputs") ?? context.resultCount)
  }
  guard sizes.allSatisfy({ $0 >= 0 && $0 <= shape[axis] }), sizes.reduce(0, +) == shape[axis],
    sizes.count >= context.resultCount
  else {
    throw Refusal("parts of \(sizes) do not make up axis \(axis) of \(context.type(of: x))")
  }
  var results: [GraphAssembly.Value] = []
  var start = 0
  for (index, size) in sizes.enumerated() {
    var ranges = shape.map { SliceRange(start: 0, end: $0) }
    ranges[axis] = SliceRange(start: start, end: start + size)
    results.append(.node(try context.add(.slice(ranges), [x], suffix: "\(index)")))
    start += size
  }
  return results
}

/// Parts of equal size, the last one smaller where the extent does not divide.
private func equalParts(of extent: Int, count: Int) throws -> [Int] {
  guard count >= 1, count <= max(extent, 1) else {
    throw Refusal("an axis of \(extent) cannot be split into \(quantity(count, "part"))")
  }
  let size = (extent + count - 1) / count
  return (0..<count).map { max(0, min(size, extent - $0 * size)) }
}
