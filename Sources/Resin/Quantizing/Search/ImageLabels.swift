import Diagnostics
import Foundation
import GraphIR
import TensorFiles

/// Reads the right class of each image: a line for each image with its class, in the order of the images, or with the name of its
/// file, a comma, and its class; or an `.npy` array of classes.
///
/// A class is its number, from 0, or a name that the model has for it. What stands behind a second comma, and a first line
/// that names no image, as tables have it, are passed over.
///
/// - Parameters:
///   - path: the file.
///   - images: what the labels are for.
///   - source: the model, which has scores of classes.
/// - Throws: where an image has no label, or a label is no class of the model.
public func readImageLabels(
  _ path: String, for images: CalibrationImages, of source: ModelFile
) throws -> [Int] {
  let place = Diagnostic.Place.subject(path)
  guard let output = source.graph.classOutput,
    let classes = source.graph[source.graph.outputs[output].node].type.classes
  else {
    throw DiagnosticError(
      "labels are for models that give scores of classes for each image", at: place,
      hint: "leave out --labels")
  }
  let names = output < source.labels.count ? source.labels[output] : []
  if isArray(path) {
    guard let numbers = try readNumpy(path: path).wholeNumbers else {
      throw DiagnosticError("labels are integers, one for each image", at: place)
    }
    try checkCount(numbers.count, images.count, place)
    return try numbers.enumerated().map { index, number in
      guard let label = Int(exactly: number), (0..<classes).contains(label) else {
        throw unknownClass("\(number)", "element \(index)", classes, place)
      }
      return label
    }
  }
  let lines = try readLabels(path, classes: nil).enumerated().filter { !$0.element.isEmpty }
  func label(_ text: String, line: Int) throws -> Int {
    if let number = Int(text), (0..<classes).contains(number) { return number }
    if let index = names.firstIndex(of: text) { return index }
    throw unknownClass(text, "line \(line + 1)", classes, place)
  }
  let rows = lines.map { line in
    (line.offset, line.element.split(separator: ",", maxSplits: 2).map(String.init))
  }
  guard let files = images.names, rows.contains(where: { $0.1.count > 1 }) else {
    try checkCount(rows.count, images.count, place)
    return try lines.map { try label($0.element, line: $0.offset) }
  }
  var labelOf: [String: (text: String, line: Int)] = [:]
  for (line, fields) in rows where fields.count > 1 {
    labelOf[fields[0].trimmingCharacters(in: .whitespaces)] = (
      fields[1].trimmingCharacters(in: .whitespaces), line
    )
  }
  return try files.map { file in
    guard let found = labelOf[file] else {
      throw DiagnosticError(
        "no line is for the image '\(file)'", at: place, hint: "write '\(file),CLASS'")
    }
    return try label(found.text, line: found.line)
  }
}

private func checkCount(_ labels: Int, _ images: Int, _ place: Diagnostic.Place) throws {
  guard labels == images else {
    throw DiagnosticError(
      "\(quantity(labels, "label")) for \(quantity(images, "image"))", at: place)
  }
}

private func unknownClass(
  _ text: String, _ where: String, _ classes: Int, _ place: Diagnostic.Place
) -> DiagnosticError {
  DiagnosticError(
    "\(`where`): '\(text)' is no class of the model", at: place,
    hint: "its classes are numbered from 0 to \(classes - 1)")
}
