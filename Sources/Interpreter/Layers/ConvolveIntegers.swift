import Dispatch
import GraphIR

/// A convolution of integers with exact sums; see `IntegerConvolution`.
func convolveIntegers(_ attributes: IntegerConvolution, _ operands: [Tensor]) -> Tensor {
  let (x, weight) = (operands[0], operands[1])
  guard let type = try? Operation.integerConvolution(attributes).resultType(operands.map(\.type))
  else { preconditionFailure("the operands of an integer convolution do not fit it") }
  let sums = IntegerSums(attributes, x: x.shape, weight: weight.shape, result: type.shape)
  let (images, weights) = (x.elements(UInt8.self), weight.elements(Int8.self))
  let (biases, scales) = (operands[2].elements(Int32.self), operands[3].floats)
  let plane = type.shape[2] * type.shape[3]
  var results = [Float](repeating: 0, count: type.elementCount)
  results.withUnsafeMutableBufferPointer { results in
    // Outputs are split, never a sum.
    nonisolated(unsafe) let target = results
    DispatchQueue.concurrentPerform(iterations: type.shape[0] * type.shape[1]) { index in
      let (image, channel) = (index / type.shape[1], index % type.shape[1])
      images.withUnsafeBufferPointer { images in
        weights.withUnsafeBufferPointer { weights in
          for pixel in 0..<plane {
            let sum =
              Int(biases[channel])
              + sums.sum(
                image, channel, pixel / type.shape[3], pixel % type.shape[3], images, weights)
            target[index * plane + pixel] = attributes.value(of: sum, scale: scales[channel])
          }
        }
      }
    }
  }
  return type.element == .float32
    ? Tensor(type.shape, floats: results)
    : Tensor(type.shape, elements: results.map { UInt8($0) })
}

extension IntegerConvolution {
  /// What a sum becomes, as f32.
  fileprivate func value(of sum: Int, scale: Float) -> Float {
    let scaled = Float(sum) * scale
    guard result == .uint8 else { return scaled }
    // NaN, of an infinite scale, gives the least.
    let least = Float(low - resultZero)
    let bounded = scaled > least ? Swift.min(scaled, Float(high - resultZero)) : least
    return bounded.rounded(.toNearestOrEven) + Float(resultZero)
  }
}

/// The sums of products of one convolution.
private struct IntegerSums {
  let attributes: IntegerConvolution
  let channels, height, width: Int
  let groupInputs, groupOutputs, rows, columns: Int

  init(_ attributes: IntegerConvolution, x: [Int], weight: [Int], result: [Int]) {
    self.attributes = attributes
    (channels, height, width) = (x[1], x[2], x[3])
    groupInputs = weight[1]
    groupOutputs = weight[0] / attributes.groups
    (rows, columns) = (weight[2], weight[3])
  }

  func sum(
    _ image: Int, _ output: Int, _ y: Int, _ x: Int, _ images: UnsafeBufferPointer<UInt8>,
    _ weights: UnsafeBufferPointer<Int8>
  ) -> Int {
    let top = y * attributes.stride.height - attributes.padding.top
    let left = x * attributes.stride.width - attributes.padding.left
    var sum = 0
    for input in 0..<groupInputs {
      let plane = (image * channels + output / groupOutputs * groupInputs + input) * height
      for row in 0..<rows {
        let line = top + row * attributes.dilation.height
        guard line >= 0, line < height else { continue }
        let start = (plane + line) * width
        let taps = ((output * groupInputs + input) * rows + row) * columns
        for column in 0..<columns {
          let place = left + column * attributes.dilation.width
          guard place >= 0, place < width else { continue }
          sum += (Int(images[start + place]) - attributes.inputZero) * Int(weights[taps + column])
        }
      }
    }
    return sum
  }
}
