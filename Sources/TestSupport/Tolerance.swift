import GraphIR

/// How far two float tensors are apart.
public struct TensorDifference: Sendable {
  /// The largest absolute difference; infinite where one is NaN and the other is not.
  public let absolute: Float
  /// That difference, relative to the largest element of the expected tensor.
  public let relative: Float
  /// The row-major index of the largest difference.
  public let index: Int
}

/// The largest difference of two float tensors of the same shape; equal infinities and two NaNs are
/// no difference.
public func largestDifference(_ actual: Tensor, _ expected: Tensor) -> TensorDifference {
  precondition(actual.shape == expected.shape, "\(actual.type) compared with \(expected.type)")
  let (a, b) = (actual.floats, expected.floats)
  var (absolute, index, scale) = (Float(0), 0, Float(0))
  for i in a.indices {
    if b[i].isFinite { scale = max(scale, b[i].magnitude) }
    if a[i] == b[i] || (a[i].isNaN && b[i].isNaN) { continue }
    let difference = (a[i] - b[i]).magnitude
    let bounded = difference.isNaN ? .infinity : difference
    if bounded > absolute { (absolute, index) = (bounded, i) }
  }
  let relative = absolute == 0 ? 0 : absolute / max(scale, .leastNormalMagnitude)
  return TensorDifference(absolute: absolute, relative: relative, index: index)
}

/// What is wrong with a tensor in words, or nil where it has the expected type and values: floats
/// within `tolerance` of the largest expected element, other elements exactly.
public func mismatch(_ actual: Tensor, _ expected: Tensor, tolerance: Float = 1e-5) -> String? {
  guard actual.type == expected.type else { return "\(actual.type), expected \(expected.type)" }
  guard actual.element == .float32 else {
    return actual == expected ? nil : "\(actual.storage), expected \(expected.storage)"
  }
  let difference = largestDifference(actual, expected)
  guard difference.relative > tolerance else { return nil }
  let (a, b) = (actual.floats[difference.index], expected.floats[difference.index])
  return "element \(difference.index) is \(a), expected \(b) (relative \(difference.relative))"
}
