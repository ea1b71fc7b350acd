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
  public func taps(axis: Int, of image: Pair) -> [ResizeTaps] {
    let extent = axis == 0 ? image.height : image.width
    let length = axis == 0 ? size.height : size.width
    let scale = scales.map { Double($0[axis]) }
    return (0..<length).map { index in
      let position = position(of: index, extent: extent, length: length, scale: scale)
      return taps(at: position, extent: extent, scale: scale ?? Double(length) / Double(extent))
    }
  }

  /// Where result `index` lies in the image.
  private func position(of index: Int, extent: Int, length: Int, scale: Double?) -> Double {
    // Without a given scale the division comes last, so that whole positions come out whole.
    func unscaled(_ value: Double) -> Double {
      scale.map { value / $0 } ?? value * Double(extent) / Double(length)
    }
    let x = Double(index)
    switch coordinates {
    case .halfPixel: return unscaled(x + 0.5) - 0.5
    case .halfPixelSymmetric:
      let adjustment = scale.map { Double(length) / ($0 * Double(extent)) } ?? 1
      return Double(extent) / 2 * (1 - adjustment) + unscaled(x + 0.5) - 0.5
    case .pytorchHalfPixel: return length == 1 ? 0 : unscaled(x + 0.5) - 0.5
    case .alignCorners: return length == 1 ? 0 : x * Double(extent - 1) / Double(length - 1)
    case .asymmetric: return unscaled(x)
    case .tfHalfPixel: return unscaled(x + 0.5)
    }
  }

  /// What an element at a position of an axis is made of.
  ///
  /// - Parameter scale: elements of the result per element of the image.
  public func taps(at position: Double, extent: Int, scale: Double) -> ResizeTaps {
    if mode == .nearest {
      return ResizeTaps(indices: [min(max(nearest(to: position), 0), extent - 1)], weights: [1])
    }
    // The element left of the position, or the one before it for a whole position.
    let left = Int(position.rounded(.up)) - 1
    let ratio = position - Double(left)
    let reach = mode == .linear ? 1.0 : 2.0
    let stretch = antialiases ? min(scale, 1) : 1
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
    switch rounding {
    case .preferFloor: Int((position - 0.5).rounded(.up))
    case .preferCeil: Int((position + 0.5).rounded(.down))
    case .floor: Int(position.rounded(.down))
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
