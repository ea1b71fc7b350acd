import Foundation
import GraphIR

/// See `LocalResponse`; computed in Double.
func normalizeLocally(_ attributes: LocalResponse, _ x: Tensor) -> Tensor {
  let (channels, pixels) = (x.shape[1], x.shape[2] * x.shape[3])
  let values = x.floats
  var result = values
  for image in 0..<x.shape[0] {
    for channel in 0..<channels {
      let first = max(0, channel - attributes.before)
      let last = min(channels - 1, channel + attributes.after)
      for pixel in 0..<pixels {
        func element(_ channel: Int) -> Double {
          Double(values[(image * channels + channel) * pixels + pixel])
        }
        let sum = (first...last).reduce(0.0) { $0 + element($1) * element($1) }
        let base =
          Double(attributes.bias) + Double(attributes.alpha) / Double(attributes.size) * sum
        result[(image * channels + channel) * pixels + pixel] = Float(
          element(channel) / pow(base, Double(attributes.beta)))
      }
    }
  }
  return Tensor(x.shape, floats: result)
}

/// Channels become blocks of pixels; see `DepthBlocks`.
func depthToSpace(_ blocks: DepthBlocks, _ x: Tensor) -> Tensor {
  let (n, h, w, b) = (x.shape[0], x.shape[2], x.shape[3], blocks.block)
  let c = x.shape[1] / (b * b)
  let (apart, order) =
    blocks.order == .dcr
    ? ([n, b, b, c, h, w], [0, 3, 4, 1, 5, 2]) : ([n, c, b, b, h, w], [0, 1, 4, 2, 5, 3])
  return move(.transpose(order), [x.reshaped(to: apart)]).reshaped(to: [n, c, h * b, w * b])
}

/// Blocks of pixels become channels; see `DepthBlocks`.
func spaceToDepth(_ blocks: DepthBlocks, _ x: Tensor) -> Tensor {
  let (n, c, b) = (x.shape[0], x.shape[1], blocks.block)
  let (h, w) = (x.shape[2] / b, x.shape[3] / b)
  let order = blocks.order == .dcr ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
  return move(.transpose(order), [x.reshaped(to: [n, c, h, b, w, b])])
    .reshaped(to: [n, c * b * b, h, w])
}
