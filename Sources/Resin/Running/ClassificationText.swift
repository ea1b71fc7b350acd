import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import TensorFiles

/// Outputs as text. Of one output, the most probable classes of every image: a block per image, a
/// row per class; of integers, which are classes or the like already, the first of every image. Of
/// several, each under its name: its classes where it is a list of them for every image, else its type
/// with its smallest and largest value.
///
/// - Parameters:
///   - outputs: the model's outputs.
///   - model: what gave them.
///   - labels: for outputs with so many classes; those of the model where nil.
///   - count: how many classes per image.
///   - captions: per image, what to say of it behind its number; nothing where empty.
///   - first: the number of the first image.
/// - Throws: where the one output is no list of classes, or no output has as many as there are labels.
public func outputsText(
  _ outputs: [Tensor], of model: any ExecutableModel, labels: [String]?, count: Int,
  captions: [String] = [], first: Int = 0
) throws -> String {
  guard count >= 1 else {
    throw DiagnosticError(
      "cannot print \(quantity(count, "class", "classes"))", hint: "give --top a number from 1")
  }
  func lines(_ scores: Tensor, _ labels: [String]) -> [String] {
    classLines(scores, labels: labels, count: count, captions: captions, first: first)
  }
  if outputs.count == 1, let numbers = outputs[0].wholeNumbers {
    return integerText(
      numbers, images: outputs[0].shape.first ?? 1, labels: labels ?? model.labels[0], count: count,
      captions: captions, first: first)
  }
  if outputs.count == 1 {
    guard let classes = outputs[0].classCount else {
      throw DiagnosticError(
        "the output is \(outputs[0].type), no list of classes per image",
        hint: "write it with --output")
    }
    let labels = labels ?? model.labels[0]
    guard labels.isEmpty || labels.count == classes else {
      throw DiagnosticError(
        "\(quantity(labels.count, "label")) for \(quantity(classes, "class", "classes"))")
    }
    return lines(outputs[0], labels).joined(separator: "\n")
  }
  return zip(model.interface.outputs, outputs).enumerated().flatMap { index, output in
    let (port, tensor) = output
    if let numbers = tensor.wholeNumbers, !model.labels[index].isEmpty {
      let text = integerText(
        numbers, images: tensor.shape.first ?? 1, labels: model.labels[index], count: count,
        captions: captions, first: first)
      return ["output \(port.name): \(tensor.type)", text]
    }
    guard let classes = tensor.classCount, classes > 1 else {
      return ["output \(port.name): \(tensor.type)\(tensor.rangeText)"]
    }
    let names = [labels, model.labels[index]].compactMap { $0 }.first { $0.count == classes }
    return ["output \(port.name): \(tensor.type)"] + lines(tensor, names ?? [])
  }.joined(separator: "\n")
}

/// A block per image, a row per class.
private func classLines(
  _ scores: Tensor, labels: [String], count: Int, captions: [String], first: Int
) -> [String] {
  var lines: [String] = []
  for (image, ranks) in rankClasses(scores, labels: labels, count: count).enumerated() {
    let caption = image < captions.count ? "  \(captions[image])" : ""
    lines.append("image \(first + image)\(caption)")
    for rank in ranks {
      let name = rank.label.map { "  \($0)" } ?? ""
      let probability = rank.probability
      lines.append(
        String(format: "%7d  ", rank.index)
          + (probability.isNaN ? "NaN" : String(format: "%.4f", probability)) + name)
    }
  }
  return lines
}

extension Tensor {
  /// How many classes every image has, where the tensor is a list of them; nil else.
  var classCount: Int? {
    guard element == .float32, shape.count >= 1, shape.dropFirst().filter({ $0 != 1 }).count <= 1
    else { return nil }
    return shape.dropFirst().reduce(1, *)
  }

  /// The smallest and the largest value, and whether some are no numbers; empty where there are none.
  fileprivate var rangeText: String {
    switch storage {
    case .float32(let values):
      let numbers = values.filter { !$0.isNaN }
      let nan = numbers.count < values.count ? ", \(values.count - numbers.count) NaN" : ""
      guard let least = numbers.min(), let most = numbers.max() else { return nan }
      return String(format: ", %.6g to %.6g", least, most) + nan
    case .int64, .int32, .int8, .uint8:
      guard let numbers = wholeNumbers, let least = numbers.min(), let most = numbers.max() else {
        return ""
      }
      return ", \(least) to \(most)"
    case .bool(let values): return ", \(values.count { $0 }) of \(values.count) true"
    }
  }
}

/// Reads labels for one of the outputs of a model.
///
/// - Throws: where the file cannot be read, or no output has so many classes.
public func readLabels(_ path: String, for outputs: [ModelInterface.Port]) throws -> [String] {
  let counts = outputs.map(\.type.classes)
  guard counts.count > 1 else { return try readLabels(path, classes: counts.first ?? nil) }
  let labels = try readLabels(path, classes: nil)
  guard counts.contains(labels.count) else {
    throw DiagnosticError(
      "\(quantity(labels.count, "label")), and no output has so many classes", at: .subject(path),
      hint: "write one label per line")
  }
  return labels
}

/// The first integers of every image, each with the label whose place it is.
///
/// - Parameters:
///   - labels: one per class, or empty.
///   - count: how many per image.
func firstIntegers(
  _ numbers: [Int64], images: Int, labels: [String], count: Int
) -> [[(number: Int64, label: String?)]] {
  let each = numbers.count / max(images, 1)
  return (0..<images).map { image in
    numbers[image * each..<(image + 1) * each].prefix(count).map { number in
      (number, Int(exactly: number).flatMap { labels.indices.contains($0) ? labels[$0] : nil })
    }
  }
}

private func integerText(
  _ numbers: [Int64], images: Int, labels: [String], count: Int, captions: [String], first: Int
) -> String {
  let each = numbers.count / max(images, 1)
  let found = firstIntegers(numbers, images: images, labels: labels, count: count)
  return found.enumerated().map { image, entries in
    var lines = ["image \(first + image)" + (image < captions.count ? "  \(captions[image])" : "")]
    for (number, label) in entries {
      lines.append(String(format: "%7ld", number) + (label.map { "  \($0)" } ?? ""))
    }
    if each > count { lines.append("        and \(each - count) more: write them with --output") }
    return lines.joined(separator: "\n")
  }.joined(separator: "\n")
}
