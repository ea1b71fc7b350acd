import Diagnostics
import GraphIR

/// `Col2Im`: the sum of blocks of an image that overlap, given as columns `[N, C · block, positions]`: for
/// every element of a block, what all positions have there, put where it belongs.
func importColumnsToImage(_ context: OperatorContext) throws -> [GraphAssembly.Value] {
  let x = try context.operand(0)
  let image = try context.knownIntegers(1, "image_shape")
  let block = try context.knownIntegers(2, "block_shape")
  let rank = image.count
  func numbers(_ name: String, _ count: Int, default value: Int) throws -> [Int] {
    let stated = try context.integers(name) ?? Array(repeating: value, count: count)
    guard stated.count == count, stated.allSatisfy({ $0 >= value && $0 <= 1 << 20 }) else {
      throw Refusal(
        "\(name) \(stated) do not fit \(quantity(rank, "spatial axis", "spatial axes"))")
    }
    return stated
  }
  let dilations = try numbers("dilations", rank, default: 1)
  let strides = try numbers("strides", rank, default: 1)
  let pads = try numbers("pads", 2 * rank, default: 0)
  let shape = context.shape(of: x)
  try checkSize(of: image)
  try checkSize(of: block)
  guard rank >= 1, block.count == rank, shape.count == 3, !shape.contains(0),
    !block.contains(0), shape[1] % block.reduce(1, *) == 0, block.reduce(1, *) <= 4096
  else {
    throw Refusal("blocks \(block) of an image \(image) do not fit \(context.type(of: x))")
  }
  let padded = image.indices.map { image[$0] + pads[$0] + pads[rank + $0] }
  let counts = try image.indices.map { axis in
    let room = padded[axis] - ((block[axis] - 1) * dilations[axis] + 1)
    guard room >= 0 else { throw Refusal("blocks \(block) do not fit an image \(image)") }
    return room / strides[axis] + 1
  }
  guard counts.reduce(1, *) == shape[2] else {
    throw Refusal("an image \(image) has \(counts) blocks, not \(shape[2])")
  }
  let size = block.reduce(1, *)
  let channels = shape[1] / size
  let columns = try context.add(
    .reshape([shape[0], channels, size] + counts), [x], suffix: "columns")
  var sum: NodeID?
  for element in 0..<size {
    let ranges = context.shape(of: columns).enumerated().map { axis, extent in
      axis == 2
        ? SliceRange(start: element, end: element + 1) : SliceRange(start: 0, end: extent)
    }
    let part = try context.add(.slice(ranges), [columns], suffix: "part")
    let spread = try context.spread(part, [shape[0], channels], counts, strides)
    // Where the element is in its block.
    let place = zip(rowMajorStrides(of: block), block).map { element / $0 % $1 }
    let before = image.indices.map { place[$0] * dilations[$0] }
    let after = image.indices.map {
      padded[$0] - before[$0] - ((counts[$0] - 1) * strides[$0] + 1)
    }
    let whole = try context.add(
      .pad(PadAmounts(before: [0, 0] + before, after: [0, 0] + after)), [spread], suffix: "part")
    sum = try sum.map { try context.step(.add, $0, whole) } ?? whole
  }
  let kept =
    [shape[0], channels].map { SliceRange(start: 0, end: $0) }
    + image.indices.map { SliceRange(start: pads[$0], end: pads[$0] + image[$0]) }
  return [.node(try context.add(.slice(kept), [sum!]))]
}

extension OperatorContext {
  /// Elements `lead + counts` with zeros between them, so that they stand `strides` apart.
  fileprivate func spread(
    _ x: NodeID, _ lead: [Int], _ counts: [Int], _ strides: [Int]
  ) throws -> NodeID {
    let single = try add(.reshape(lead + counts.flatMap { [$0, 1] }), [x], suffix: "part")
    guard strides.contains(where: { $0 > 1 }) else {
      return try add(.reshape(lead + counts), [single], suffix: "part")
    }
    let none = [Int](repeating: 0, count: lead.count + 2 * counts.count)
    let after = lead.map { _ in 0 } + strides.flatMap { [0, $0 - 1] }
    let padded = try add(.pad(PadAmounts(before: none, after: after)), [single], suffix: "part")
    let wide = zip(counts, strides).map(*)
    let flat = try add(.reshape(lead + wide), [padded], suffix: "part")
    let ranges = (lead + zip(counts, strides).map { ($0 - 1) * $1 + 1 }).map {
      SliceRange(start: 0, end: $0)
    }
    return try add(.slice(ranges), [flat], suffix: "part")
  }
}
