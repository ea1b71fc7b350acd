import Foundation
import GraphIR

/// A class with its probability.
public struct RankedClass: Sendable, Equatable {
  /// The number of the class.
  public let index: Int
  /// The label; nil where the model has none.
  public let label: String?
  /// From 0 to 1.
  public let probability: Float

  /// Creates a ranked class.
  public init(index: Int, label: String?, probability: Float) {
    self.index = index
    self.label = label
    self.probability = probability
  }
}

/// The most probable classes of every image, most probable first, the lower index first among
/// equals.
///
/// Values that are probabilities already (none negative, their sum 1 within 0.001) are taken as
/// they are; others as logits, whose softmax is computed in Double.
///
/// - Parameters:
///   - scores: `[N, classes]`, or any shape whose first extent is N.
///   - labels: one per class, or empty.
///   - count: how many classes per image.
public func rankClasses(_ scores: Tensor, labels: [String], count: Int) -> [[RankedClass]] {
  guard let images = scores.shape.first, images > 0 else { return [] }
  let values = scores.floats
  let classes = values.count / images
  return (0..<images).map { image in
    let row = values[image * classes..<(image + 1) * classes].map(Double.init)
    let probabilities = isDistribution(row) ? row : softmax(row)
    let order = row.indices.sorted { left, right in
      let (a, b) = (probabilities[left], probabilities[right])
      return a != b && !a.isNaN && !b.isNaN ? a > b : left < right
    }
    return order.prefix(count).map { index in
      RankedClass(
        index: index, label: index < labels.count ? labels[index] : nil,
        probability: Float(probabilities[index]))
    }
  }
}

private func isDistribution(_ row: [Double]) -> Bool {
  row.allSatisfy { $0 >= 0 } && abs(row.reduce(0, +) - 1) < 1e-3
}

private func softmax(_ row: [Double]) -> [Double] {
  let largest = row.max() ?? 0
  let powers = row.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
