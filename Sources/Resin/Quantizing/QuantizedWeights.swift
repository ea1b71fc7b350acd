import GraphIR

/// A layer's weights in 8 bits, symmetric, with a scale for each output channel.
struct QuantizedWeights {
  /// i8, of the weights' shape, from -127 to 127.
  let levels: Tensor
  /// One per output channel, the first axis.
  let scales: [Float]

  /// Rounds weights so that their squared error is least: the largest weight of a channel may be cut a little.
  ///
  /// - Parameters:
  ///   - weights: f32, output channels first.
  ///   - minimumScales: how small scales may be, per channel, so that the bias fits beside them.
  init(_ weights: Tensor, minimumScales: [Float]) {
    let channels = weights.shape[0]
    let size = channels > 0 ? weights.count / channels : 0
    var levels = [Int8](repeating: 0, count: weights.count)
    var scales: [Float] = []
    weights.floats.withUnsafeBufferPointer { values in
      for channel in 0..<channels {
        let row = UnsafeBufferPointer(rebasing: values[channel * size..<(channel + 1) * size])
        let scale = Self.scale(of: row, minimum: minimumScales[channel])
        scales.append(scale)
        for index in row.indices {
          levels[channel * size + index] = Int8(Self.level(row[index], scale))
        }
      }
    }
    self.levels = Tensor(weights.shape, elements: levels)
    self.scales = scales
  }

  private static func level(_ value: Float, _ scale: Float) -> Float {
    min(127, max(-127, (value / scale).rounded(.toNearestOrEven)))
  }

  private static func scale(of row: UnsafeBufferPointer<Float>, minimum: Float) -> Float {
    var largest: Float = 0
    for index in row.indices { largest = max(largest, abs(row[index])) }
    // Where the largest is 0, or less than a scale of full precision stands for, so is every level.
    let floor = max(minimum, .leastNormalMagnitude)
    guard largest / 127 > floor else { return largest == 0 && minimum == 0 ? 1 : floor }
    var (best, least) = (largest / 127, Float.infinity)
    for step in 0...10 {
      let scale = max(floor, largest / 127 * (1 - 0.02 * Float(step)))
      var error: Float = 0
      for index in row.indices {
        let difference = level(row[index], scale) * scale - row[index]
        error += difference * difference
      }
      if error < least { (best, least) = (scale, error) }
    }
    return best
  }
}

/// A layer's bias in the units of its sums.
struct QuantizedBias {
  /// i32, one per output channel.
  let levels: Tensor
  /// The scale of the layer's input times that of the channel's weights.
  let scales: [Float]

  /// The largest magnitude of a level: sums of products are added to it in 32 bits.
  static let largestLevel = 0x1p30

  /// Rounds a bias to multiples of its scales.
  init(_ bias: [Double], scales: [Float]) {
    self.scales = scales
    levels = Tensor(
      [bias.count],
      elements: zip(bias, scales).map { value, scale in
        Int32(min(Self.largestLevel, max(-Self.largestLevel, (value / Double(scale)).rounded())))
      })
  }
}
