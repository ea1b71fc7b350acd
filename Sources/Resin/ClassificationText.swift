import Artifacts
import Diagnostics
import Foundation
import GraphIR
import TensorFiles

/// The most probable classes of every image as text: a block per image, a row per class.
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

/// Writes outputs as `.npy`: one to the path itself, several to the path with the output's name
/// before the ending.
///
/// - Returns: the files that were written.
/// - Throws: where one cannot be written.
@discardableResult
public func writeOutputs(
  _ outputs: [Tensor], of model: any ExecutableModel, to path: String
) throws -> [String] {
  let stem = path.hasSuffix(".npy") ? String(path.dropLast(4)) : path
  return try zip(model.interface.outputs, outputs).map { port, tensor in
    let safeName = port.name.replacingOccurrences(of: "/", with: "_")
    let file = outputs.count == 1 ? path : "\(stem).\(safeName).npy"
    try writeNumpy(tensor, to: file)
    return file
  }
}
