import Foundation

/// The rows of an image that one row of a resized image is made of, or columns alike.
public struct ResizeTaps: Hashable, Sendable {
  /// Ascending, each once.
  public var indices: [Int]
  /// As many; their sum is 1.
  public var weights: [Float]
}

extension Resize {
  /// What the rows (axis 0) or columns (axis 1) of the result are made of.
  ///
  /// An axis whose scale is 1 is not resampled, wherever `coordinates` would put its elements, and
  /// neither is one that keeps its size where windows grow.
  public func taps(axis: Int, of image: Pair) -> [ResizeTaps] {
    let extent = axis == 0 ? image.height : image.width
    let length = axis == 0 ? size.height : size.width
    let scale = scale(axis: axis, of: image)
    let isAveraged = antialiases && mode != .nearest
    guard scale != 1, !isAveraged || length != extent else {
      return (0..<length).map { ResizeTaps(indices: [min($0, extent - 1)], weights: [1]) }
    }
    return (0..<length).map { index in
      let position = position(of: index, extent: extent, length: length, scale: scale)
      return taps(at: position, extent: extent, scale: scale)
    }
  }

  /// Elements of the result per element of the image: as given, or as the sizes have it.
  func scale(axis: Int, of image: Pair) -> Float {
    let (extent, length) = axis == 0 ? (image.height, size.height) : (image.width, size.width)
    return scales.map { $0[axis] } ?? Float(length) / Float(extent)
  }

  /// Where result `index` lies in the image, in the arithmetic of f32: which of two elements is the
  /// nearest one depends on it.
  private func position(of index: Int, extent: Int, length: Int, scale: Float) -> Float {
    let (x, extent, length) = (Float(index), Float(extent), Float(length))
    switch coordinates {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      let offset = extent / 2 * (1 - length / (scale * extent))
      return Float(Double(offset) + (Double(x) + 0.5) / Double(scale) - 0.5)
    case .pytorchHalfPixel: return length == 1 ? 0 : (x + 0.5) / scale - 0.5
    case .alignCorners: return length == 1 ? 0 : x * (extent - 1) / (length - 1)
    case .asymmetric: return x / scale
    case .tfHalfPixel: return (x + 0.5) / scale
    }
  }

  /// What an element at a position of an axis is made of.
  ///
  /// - Parameter scale: elements of the result per element of the image.
  public func taps(at position: Float, extent: Int, scale: Float) -> ResizeTaps {
    // Far outside there is only the border.
    let limit = 4 * Float(Resize.maximumExtent)
    let position = Double(min(max(position, -limit), limit))
    if mode == .nearest {
      return ResizeTaps(indices: [min(max(nearest(to: position), 0), extent - 1)], weights: [1])
    }
    // The element left of the position, or the one before it for a whole position.
    let left = Int(position.rounded(.up)) - 1
    let ratio = position - Double(left)
    let reach = mode == .linear ? 1.0 : 2.0
    let stretch = antialiases ? min(Double(scale), 1) : 1
    let first = Int((-reach / stretch).rounded(.down)) + 1
    var weights = (first...(1 - first)).map { kernel((Double($0) - ratio) * stretch) }
    if antialiases {
      let sum = weights.reduce(0, +)
      weights = weights.map { $0 / sum }
    }
    if excludesOutside {
      for tap in weights.indices where !(0..<extent).contains(left + first + tap) {
        weights[tap] = 0
      }
      let sum = weights.reduce(0, +)
      if sum != 0 { weights = weights.map { $0 / sum } }
    }
    return joined(weights, from: left + first, extent: extent)
  }

  private func nearest(to position: Double) -> Int {
    // Halves are rarely exact after a division by a scale; ONNX Runtime has the same limit.
    let below = position.rounded(.down)
    let isHalf = (position - below - 0.5).magnitude < 1e-6
    return switch rounding {
    case .preferFloor: Int(isHalf ? below : (position - 0.5).rounded(.up))
    case .preferCeil: Int(isHalf ? below + 1 : (position + 0.5).rounded(.down))
    case .floor: Int(below)
    case .ceil: Int(position.rounded(.up))
    }
  }

  /// The weight of an element at a distance.
  private func kernel(_ distance: Double) -> Double {
    let d = distance.magnitude
    guard mode == .cubic else { return max(0, 1 - d) }
    let a = Double(cubicCoefficient)
    if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }

  /// Weights of indices from `first` on, those outside the image added to its border, without
  /// zeros.
  private func joined(_ weights: [Double], from first: Int, extent: Int) -> ResizeTaps {
    var result: [(index: Int, weight: Double)] = []
    for (tap, weight) in weights.enumerated() {
      let index = min(max(first + tap, 0), extent - 1)
      if result.last?.index == index {
        result[result.count - 1].weight += weight
      } else {
        result.append((index, weight))
      }
    }
    let kept = result.filter { $0.weight != 0 }
    let taps = kept.isEmpty ? [result[0]] : kept
    return ResizeTaps(indices: taps.map(\.index), weights: taps.map { Float($0.weight) })
  }
}
