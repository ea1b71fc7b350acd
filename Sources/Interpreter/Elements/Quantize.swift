import GraphIR

/// `x / scale`, rounded half to even, then moved by the zero point, in f32; the nearest integer of the type, and its
/// lowest for NaN.
func quantize(_ attributes: Quantization, _ operands: [Tensor]) -> Tensor {
  let (x, scales) = (operands[0].floats, operands[1].floats)
  let zeros = operands[2].asFloats
  let entries = ScaleEntries(shape: operands[0].shape, axis: attributes.axis)
  let range = attributes.element.integers!
  let (low, high) = (Float(range.lowerBound), Float(range.upperBound))
  let numbers = x.indices.map { place in
    let entry = entries[place]
    let moved = (x[place] / scales[entry]).rounded(.toNearestOrEven) + zeros[entry]
    return moved > low ? min(moved, high) : low
  }
  return cast(Tensor(operands[0].shape, floats: numbers), to: attributes.element)
}

/// `(x - zero point) · scale` in f32.
func dequantize(axis: Int?, _ operands: [Tensor]) -> Tensor {
  let (x, scales) = (operands[0].asFloats, operands[1].floats)
  let zeros = operands[2].asFloats
  let entries = ScaleEntries(shape: operands[0].shape, axis: axis)
  return Tensor(
    operands[0].shape,
    floats: x.indices.map { (x[$0] - zeros[entries[$0]]) * scales[entries[$0]] })
}

/// Which scale each element has, by its row-major place.
private struct ScaleEntries {
  /// How many elements in a row have the same scale, and how many scales there are.
  private var (length, count) = (1, 1)

  init(shape: [Int], axis: Int?) {
    guard let axis else { return }
    length = shape[(axis + 1)...].reduce(1, *)
    count = shape[axis]
  }

  subscript(place: Int) -> Int { place / length % count }
}
