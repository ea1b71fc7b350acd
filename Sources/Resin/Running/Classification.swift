import CResinRuntime
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
/// they are; others as logits, whose softmax is computed in Double. The code is that of libraries.
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
    let row = Array(values[image * classes..<(image + 1) * classes])
    var best = [resin_class](repeating: resin_class(), count: max(0, min(count, classes)))
    resin_best_classes(row, Int64(classes), &best, best.count)
    return best.map {
      let index = Int($0.index)
      return RankedClass(
        index: index, label: index < labels.count ? labels[index] : nil, probability: $0.probability
      )
    }
  }
}
