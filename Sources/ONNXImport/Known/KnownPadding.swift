import GraphIR

/// Whether a `Pad` is of integers; its amounts always are.
@Sendable func padsIntegers(_ context: OperatorContext) throws -> Bool {
  try context.operandType(0).element == .int64 && context.knowsAllOperands()
}

/// `Pad` of integers, whose value need not be exact as f32; negative amounts crop.
func evaluatePad(_ context: OperatorContext) throws -> [KnownTensor] {
  let x = try context.known(0)
  let mode = try context.string("mode", default: "constant")
  let pads = try padAmounts(context, rank: x.shape.count)
  guard pads.count == 2 * x.shape.count, pads.allSatisfy({ $0.magnitude <= 1 << 31 }) else {
    throw Refusal("pads \(pads) do not fit \(x.tensor.type): two per axis are needed")
  }
  let value = try context.optionalKnown(2)?.integers("constant_value") ?? [0]
  guard value.count == 1 else { throw Refusal("its constant_value must be one number") }
  let shape = x.shape.enumerated().map { $1 + pads[$0] + pads[x.shape.count + $0] }
  try context.reserve(shape, steps: 2)
  let strides = rowMajorStrides(of: x.shape)
  var sources: [Int?] = [0]
  for (axis, extent) in shape.enumerated() {
    let offsets = try (0..<extent).map { index in
      try source(of: index - pads[axis], extent: x.shape[axis], mode).map { $0 * strides[axis] }
    }
    sources = sources.flatMap { start in
      offsets.map { offset in start.flatMap { start in offset.map { start + $0 } } }
    }
  }
  let values = try x.integers("operand")
  let padded = sources.map { $0.map { values[$0] } ?? value[0] }
  return [KnownTensor(Tensor(shape, integers: padded), x.type)]
}

/// Which element of an axis stands at a position that may lie outside of it; nil for the value that is
/// filled in.
private func source(of position: Int, extent: Int, _ mode: String) throws -> Int? {
  if position >= 0, position < extent { return position }
  guard extent > 0 || mode == "constant" else { throw Refusal("it repeats an axis of 0") }
  switch mode {
  case "constant": return nil
  case "edge": return min(max(position, 0), extent - 1)
  case "wrap": return (position % extent + extent) % extent
  case "reflect":
    let period = max(2 * (extent - 1), 1)
    let index = (position % period + period) % period
    return index < extent ? index : period - index
  default: throw Refusal("mode '\(mode)' is not one that ONNX defines")
  }
}
