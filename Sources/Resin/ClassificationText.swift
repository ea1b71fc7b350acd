import Artifacts
import Diagnostics
import Foundation
import GraphIR
import TensorFiles

/// The most probable classes of every image as text: a block per image, a row per class. Of integers,
/// which are classes or the like already, the first of every image.
///
/// - Parameters:
///   - outputs: the model's outputs; the first is ranked.
///   - model: what gave them.
///   - labels: one per class; those of the model where nil.
///   - count: how many classes per image.
///   - captions: per image, what to say of it behind its number; nothing where empty.
/// - Throws: where the output is no list of scores, or there is another number of labels.
public func classificationText(
  _ outputs: [Tensor], of model: any ExecutableModel, labels: [String]?, count: Int,
  captions: [String] = []
) throws -> String {
  guard count >= 1 else {
    throw DiagnosticError("cannot print \(count) classes", hint: "give --top a number from 1")
  }
  if let output = outputs.first, let numbers = output.wholeNumbers {
    return integerText(
      numbers, images: output.shape.first ?? 1, labels: labels ?? model.labels[0], count: count,
      captions: captions)
  }
  guard let scores = outputs.first, scores.element == .float32, scores.shape.count >= 1,
    scores.shape.dropFirst().filter({ $0 != 1 }).count <= 1
  else {
    let type = outputs.first.map { "\($0.type)" } ?? "nothing"
    throw DiagnosticError(
      "the output is \(type), no list of classes per image", hint: "write it with --output")
  }
  let classes = scores.shape.dropFirst().reduce(1, *)
  let labels = labels ?? model.labels[0]
  guard labels.isEmpty || labels.count == classes else {
    throw DiagnosticError("\(labels.count) labels for \(classes) classes")
  }
  var lines: [String] = []
  for (image, ranks) in rankClasses(scores, labels: labels, count: count).enumerated() {
    let caption = image < captions.count ? "  \(captions[image])" : ""
    lines.append("image \(image)\(caption)")
    for rank in ranks {
      let name = rank.label.map { "  \($0)" } ?? ""
      lines.append(String(format: "%7d  %.4f", rank.index, rank.probability) + name)
    }
  }
  return lines.joined(separator: "\n")
}

private func integerText(
  _ numbers: [Int64], images: Int, labels: [String], count: Int, captions: [String]
) -> String {
  let each = numbers.count / max(images, 1)
  return (0..<images).map { image in
    var lines = ["image \(image)" + (image < captions.count ? "  \(captions[image])" : "")]
    for number in numbers[image * each..<(image + 1) * each].prefix(count) {
      let label = Int(exactly: number).flatMap { labels.indices.contains($0) ? labels[$0] : nil }
      lines.append(String(format: "%7ld", number) + (label.map { "  \($0)" } ?? ""))
    }
    if each > count { lines.append("        and \(each - count) more: write them with --output") }
    return lines.joined(separator: "\n")
  }.joined(separator: "\n")
}

/// Writes outputs as `.npy`: one to the path itself, several to the path with the output's name
/// before the ending.
///
/// - Returns: the files that were written, together or not at all.
/// - Throws: where one cannot be written, or the names of two outputs give one name of a file.
@discardableResult
public func writeOutputs(
  _ outputs: [Tensor], of model: any ExecutableModel, to path: String
) throws -> [String] {
  let stem = path.hasSuffix(".npy") ? String(path.dropLast(4)) : path
  let files = StagedFiles()
  let paths = try zip(model.interface.outputs, outputs).map { port, tensor in
    let safeName = port.name.replacingOccurrences(of: "/", with: "_")
    let file = outputs.count == 1 ? path : "\(stem).\(safeName).npy"
    try writeNumpy(tensor, to: file, in: files)
    return file
  }
  try files.commit()
  return paths
}
