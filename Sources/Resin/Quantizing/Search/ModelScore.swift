import Artifacts
import GraphIR

/// How a model in 8 bits does on images, compared with itself in f32.
public struct ModelScore: Sendable, Equatable {
  /// How many images were looked at.
  public var images = 0
  /// For how many of them both name the same class; nil where the model has no scores of classes.
  public var agreeing: Int?
  /// How many of them the model in f32 names rightly; nil where no labels are known.
  public var rightInFloat: Int?
  /// How many of them the model in 8 bits names rightly; nil where no labels are known.
  public var right: Int?
  /// The root of the squared error of all outputs over that of their squares.
  public var relativeError = 0.0

  /// What is lost: right answers where labels are known, else answers that are the same, else exactness; from 0 to 1.
  public var loss: Double {
    if let right, let rightInFloat { return part(rightInFloat - right) }
    if let agreeing { return part(images - agreeing) }
    return relativeError
  }

  private func part(_ number: Int) -> Double { Double(number) / Double(max(1, images)) }
}

/// Compares outputs with those in f32, run by run.
struct ScoreKeeper {
  /// The class of each image; nil where it is not known.
  let labels: [Int]?
  /// Which output has scores of classes, if any.
  let classOutput: Int?
  private(set) var score = ModelScore()
  private var (errors, squares) = (0.0, 0.0)

  init(labels: [Int]?, classOutput: Int?) {
    self.labels = labels
    self.classOutput = classOutput
    guard classOutput != nil else { return }
    score.agreeing = 0
    if labels != nil { (score.right, score.rightInFloat) = (0, 0) }
  }

  /// Adds the outputs of a run.
  ///
  /// - Parameter newImages: how many images count, from the first.
  mutating func add(_ computed: [Tensor], float: [Tensor], newImages: Int) {
    for (value, wanted) in zip(computed, float) where wanted.element == .float32 {
      let (error, square) = squaredError(of: value, from: wanted)
      errors += error
      squares += square
    }
    score.relativeError = relativeError(errors, squares)
    if let classOutput {
      let classes = topClasses(computed[classOutput])
      for (image, (own, wanted)) in zip(classes, topClasses(float[classOutput])).enumerated()
        .prefix(newImages)
      {
        if own == wanted { score.agreeing! += 1 }
        guard let label = labels?[score.images + image] else { continue }
        if own == label { score.right! += 1 }
        if wanted == label { score.rightInFloat! += 1 }
      }
    }
    score.images += newImages
  }
}

/// The sum of squared differences, and the sum of the squares of what is right.
func squaredError(of computed: Tensor, from wanted: Tensor) -> (error: Double, square: Double) {
  var (error, square) = (0.0, 0.0)
  computed.floats.withUnsafeBufferPointer { values in
    wanted.floats.withUnsafeBufferPointer { right in
      var index = 0
      while index < right.count {
        let difference = Double(values[index]) - Double(right[index])
        error += difference * difference
        square += Double(right[index]) * Double(right[index])
        index += 1
      }
    }
  }
  return (error, square)
}

/// The root of an error over that of the squares of what is right.
func relativeError(_ error: Double, _ square: Double) -> Double {
  error == 0 ? 0 : (error / max(square, .leastNormalMagnitude)).squareRoot()
}

/// The class with the largest score, the first of several, of each image.
func topClasses(_ scores: Tensor) -> [Int] {
  let images = scores.shape.first ?? 0
  let classes = images > 0 ? scores.count / images : 0
  let values = scores.floats
  return (0..<images).map { image in
    var best = 0
    for index in 1..<max(1, classes)
    where values[image * classes + index] > values[image * classes + best] { best = index }
    return best
  }
}

extension Graph {
  /// The first output that has scores of several classes for every image.
  var classOutput: Int? {
    outputs.firstIndex { output in
      let type = self[output.node].type
      return type.rank == 2 && (type.classes ?? 0) > 1
    }
  }
}
