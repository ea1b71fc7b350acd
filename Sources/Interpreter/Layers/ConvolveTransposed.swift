import Dispatch
import GraphIR

/// `then(transposed convolution(x, weight) + bias)`; see `TransposedConvolution`.
///
/// Each result is one sum over (channel, kernel row, kernel column) in this order, in Double; bias
/// is added to it before it is rounded.
func convolveTransposed(_ attributes: TransposedConvolution, _ operands: [Tensor]) -> Tensor {
  guard
    let type = try? Operation.transposedConvolution(attributes).resultType(operands.map(\.type))
  else { preconditionFailure("\(operands.map(\.type)) do not fit") }
  let shape = type.shape
  let plane = shape[2] * shape[3]
  let bias = attributes.hasBias ? operands[2].floats : nil
  let sums = TransposedSums(
    attributes: attributes, image: operands[0].shape, weight: operands[1].shape,
    height: shape[2], width: shape[3])
  let result = [Float](unsafeUninitializedCapacity: type.elementCount) { result, filled in
    filled = type.elementCount
    result.initialize(repeating: 0)
    // Planes of the result are disjoint, so that any thread may write any of them.
    nonisolated(unsafe) let target = result
    operands[0].floats.withUnsafeBufferPointer { x in
      operands[1].floats.withUnsafeBufferPointer { weight in
        nonisolated(unsafe) let (x, weight) = (x, weight)
        DispatchQueue.concurrentPerform(iterations: shape[0] * shape[1]) { index in
          let channel = index % shape[1]
          var totals = [Double](repeating: 0, count: plane)
          sums.add(to: &totals, x, weight, image: index / shape[1], channel: channel)
          let shift = bias.map { Double($0[channel]) } ?? 0
          for (element, total) in totals.enumerated() {
            let value = Float(total + shift)
            target[index * plane + element] = attributes.then?(value) ?? value
          }
        }
      }
    }
  }
  return Tensor(shape, floats: result)
}

/// The sums of one plane of the result at a time.
private struct TransposedSums: Sendable {
  let attributes: TransposedConvolution
  /// Shapes of the operands.
  let image, weight: [Int]
  /// Extents of the result.
  let height, width: Int

  func add(
    to totals: inout [Double], _ x: UnsafeBufferPointer<Float>,
    _ weights: UnsafeBufferPointer<Float>, image index: Int, channel: Int
  ) {
    let (perGroup, inputs) = (weight[1], image[1] / attributes.groups)
    let group = channel / perGroup
    for input in group * inputs..<(group + 1) * inputs {
      let plane = (index * image[1] + input) * image[2] * image[3]
      let filter = (input * perGroup + channel % perGroup) * weight[2] * weight[3]
      for r in 0..<weight[2] {
        for s in 0..<weight[3] {
          let factor = Double(weights[filter + r * weight[3] + s])
          for i in 0..<image[2] {
            let row =
              i * attributes.stride.height + r * attributes.dilation.height - attributes.padding.top
            guard row >= 0, row < height else { continue }
            for j in 0..<image[3] {
              let column =
                j * attributes.stride.width + s * attributes.dilation.width
                - attributes.padding.left
              guard column >= 0, column < width else { continue }
              totals[row * width + column] += Double(x[plane + i * image[3] + j]) * factor
            }
          }
        }
      }
    }
  }
}
