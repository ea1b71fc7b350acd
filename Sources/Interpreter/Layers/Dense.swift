import Foundation
import GraphIR

/// `then(x · weightᵀ + bias)`; operands x `[…, I]`, weight `[O, I]`, maybe bias `[O]`.
func linear(_ operands: [Tensor], then: UnaryFunction?) -> Tensor {
  let (x, weight) = (operands[0], operands[1])
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  let bias = operands.count == 3 ? operands[2].floats : nil
  let rows = x.shape.dropLast().reduce(1, *)
  var result: [Float] = []
  result.reserveCapacity(rows * outputs)
  x.floats.withUnsafeBufferPointer { x in
    weight.floats.withUnsafeBufferPointer { weight in
      for row in 0..<rows {
        for output in 0..<outputs {
          var sum = 0.0
          for i in 0..<inputs {
            sum += Double(x[row * inputs + i]) * Double(weight[output * inputs + i])
          }
          if let bias { sum += Double(bias[output]) }
          let value = Float(sum)
          result.append(then?(value) ?? value)
        }
      }
    }
  }
  return Tensor(x.shape.dropLast() + [outputs], floats: result)
}

/// a `[…, M, K]` times b `[…, K, N]`, batch dimensions broadcast.
func matrixMultiply(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (m, k, n) = (a.shape[a.shape.count - 2], a.shape.last!, b.shape.last!)
  let (aBatch, bBatch) = (Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
  guard let batch = broadcastShape(aBatch, bBatch) else {
    preconditionFailure("\(a.type) and \(b.type) do not broadcast")
  }
  let aStarts = offsets(broadcastTables(of: aBatch, to: batch)).map { $0 * m * k }
  let bStarts = offsets(broadcastTables(of: bBatch, to: batch)).map { $0 * k * n }
  var result: [Float] = []
  result.reserveCapacity(aStarts.count * m * n)
  a.floats.withUnsafeBufferPointer { a in
    b.floats.withUnsafeBufferPointer { b in
      for (aStart, bStart) in zip(aStarts, bStarts) {
        for row in 0..<m {
          var sums = [Double](repeating: 0, count: n)
          for i in 0..<k {
            let factor = Double(a[aStart + row * k + i])
            for column in 0..<n { sums[column] += factor * Double(b[bStart + i * n + column]) }
          }
          result += sums.map { Float($0) }
        }
      }
    }
  }
  return Tensor(batch + [m, n], floats: result)
}

/// `(x - mean) / sqrt(variance + epsilon) · scale + shift`, per channel.
func batchNormalize(_ operands: [Tensor], epsilon: Float) -> Tensor {
  let x = operands[0]
  let (scale, shift) = (operands[1].floats, operands[2].floats)
  let (mean, variance) = (operands[3].floats, operands[4].floats)
  let channels = x.shape[1]
  let extent = x.shape.dropFirst(2).reduce(1, *)
  var result: [Float] = []
  result.reserveCapacity(x.count)
  x.floats.withUnsafeBufferPointer { x in
    for row in 0..<(extent == 0 ? 0 : x.count / extent) {
      let c = row % channels
      let deviation = (Double(variance[c]) + Double(epsilon)).squareRoot()
      let (a, b, m) = (Double(scale[c]), Double(shift[c]), Double(mean[c]))
      for i in 0..<extent {
        result.append(Float((Double(x[row * extent + i]) - m) / deviation * a + b))
      }
    }
  }
  return Tensor(x.shape, floats: result)
}

/// Combines the elements along `axes`. NaN gives NaN.
func reduce(
  _ function: ReduceFunction, _ x: Tensor, axes: [Int], keepDimensions: Bool
) -> Tensor {
  let strides = rowMajorStrides(of: x.shape)
  func tables(_ chosen: [Int]) -> [[Int]] {
    chosen.map { axis in (0..<x.shape[axis]).map { $0 * strides[axis] } }
  }
  let kept = x.shape.indices.filter { !axes.contains($0) }
  let inner = offsets(tables(axes))
  let shape =
    keepDimensions
    ? x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] } : kept.map { x.shape[$0] }
  if x.element == .int64 {
    let values = x.integers
    let result = offsets(tables(kept)).map { start in
      function.joined(inner.map { values[start + $0] })
    }
    return Tensor(shape, integers: result)
  }
  let values = x.floats
  let result = offsets(tables(kept)).map { start -> Float in
    switch function {
    case .product: Float(inner.reduce(1.0) { $0 * Double(values[start + $1]) })
    case .sum: Float(inner.reduce(0.0) { $0 + Double(values[start + $1]) })
    case .mean: Float(inner.reduce(0.0) { $0 + Double(values[start + $1]) } / Double(inner.count))
    case .maximum:
      inner.reduce(-.infinity) { best, offset in
        let value = values[start + offset]
        return best.isNaN || best >= value ? best : value
      }
    case .minimum:
      inner.reduce(.infinity) { best, offset in
        let value = values[start + offset]
        return best.isNaN || best <= value ? best : value
      }
    }
  }
  return Tensor(shape, floats: result)
}

extension ReduceFunction {
  /// The reduction of integers, at least one of them; sums and products wrap.
  fileprivate func joined(_ values: [Int64]) -> Int64 {
    switch self {
    case .sum: values.reduce(0, &+)
    case .product: values.reduce(1, &*)
    case .maximum: values.max()!
    case .minimum: values.min()!
    case .mean: preconditionFailure("the mean of integers is no integer")
    }
  }
}

/// `exp(x - max) / sum(exp(x - max))` along `axis`; NaN anywhere makes the whole line NaN.
func softmax(_ x: Tensor, axis: Int) -> Tensor {
  let strides = rowMajorStrides(of: x.shape)
  let (extent, step) = (x.shape[axis], strides[axis])
  let values = x.floats
  var result = values
  let outer = x.shape.indices.filter { $0 != axis }.map { axis in
    (0..<x.shape[axis]).map { $0 * strides[axis] }
  }
  for start in offsets(outer) {
    let line = (0..<extent).map { Double(values[start + $0 * step]) }
    let largest = line.max() ?? 0
    let powers = line.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    for i in 0..<extent { result[start + i * step] = Float(powers[i] / sum) }
  }
  return Tensor(x.shape, floats: result)
}
