import Diagnostics
import Foundation
import GraphIR
import ModelLanguage
import ONNXImport
import TensorFiles

/// Writes an ONNX model as a model's text and a file of weights beside it.
///
/// The text has the repeated sections of the model as blocks (see `printStructured`). It is read
/// back before it is written: where it gave another graph, it is the flat form. Where the file
/// leaves the batch open, so does the text.
///
/// - Parameters:
///   - path: an `.onnx` file.
///   - dimensions: extents of axes that the file leaves open, but for the batch, by name.
///   - recipe: how pictures become the inputs that are images, which the text then says.
///   - target: the text's file, or a folder; in the current folder, after the model, where nil.
///   - replaces: whether files that are there are written over.
/// - Returns: the two files, written together or not at all.
/// - Throws: what is wrong with the model, or where a file cannot be written.
public func importModel(
  _ path: String, dimensions: [String: Int] = [:], recipe: PictureRecipe? = nil,
  to target: String? = nil, replaces: Bool = false
) throws -> [String] {
  guard URL(fileURLWithPath: path).pathExtension.lowercased() == "onnx" else {
    throw DiagnosticError(
      "only ONNX models are imported", at: .subject(path), hint: "give a file that ends in .onnx")
  }
  var graph = try ModelFile(path: path, dimensions: dimensions).graph
  if let recipe { try graph.takePictures(by: recipe, of: path) }
  let text = outputPath(target, usual: "\(graph.name).resin")
  guard URL(fileURLWithPath: text).pathExtension == "resin" else {
    throw DiagnosticError(
      "a model's text needs a name that ends in '.resin'", at: .subject(text))
  }
  let weights = ModelFile.weightsBeside(text)
  for file in [text, weights] where !replaces && FileManager.default.fileExists(atPath: file) {
    throw DiagnosticError(
      "the file is there already", at: .subject(file),
      hint: "write to another with -o, or write over it with --force")
  }
  try checkOutputs([text, weights])
  let model = modelText(of: graph) { batch in
    var other = try? ModelFile(path: path, batch: batch, dimensions: dimensions).graph
    if let recipe { try? other?.takePictures(by: recipe, of: path) }
    return other
  }
  let files = StagedFiles()
  try writeSafetensors(model.weights, to: weights, in: files)
  try files.write(text) { try $0.write(Array(model.text.utf8)) }
  try files.commit()
  return [text, weights]
}

extension Graph {
  /// Says how pictures become the inputs that are images.
  ///
  /// - Throws: where there are none, or a picture does not become one of them this way.
  fileprivate mutating func takePictures(by recipe: PictureRecipe, of path: String) throws {
    let images = inputs.indices.filter { index in
      [1, 3].contains { PictureLayout(of: self[inputs[index].node].type, channels: $0) != nil }
    }
    guard !images.isEmpty else {
      throw DiagnosticError(
        "none of the model's inputs is an image, [N, 3, height, width] or of 1 channel",
        at: .subject(path), hint: "leave --preprocess out")
    }
    for index in images {
      let input = self[inputs[index].node]
      setPreprocessing(try recipe.clause(for: input.type, of: input.name), ofInput: index)
    }
  }
}

typealias TextAndWeights = (text: String, weights: [(String, Tensor)])

/// The best text that gives the graph when it is read.
///
/// - Parameter others: the graph for another batch, nil where there is none.
func modelText(of graph: Graph, others: (Int) -> Graph?) -> TextAndWeights {
  let structured = printStructured(graph)
  let weights: [(String, Tensor)] = structured.weights.compactMap { weight in
    graph.constantValue(of: weight.node).map { (weight.name, $0.reshaped(to: weight.shape)) }
  }
  // A batch that is no factor of anything else shows where the batch stands.
  let batch = 3
  if let other = others(batch),
    let text = withBatchSymbol(structured.text, printStructured(other).text, batch),
    gives(graph, (text, weights))
  {
    return (text, weights)
  }
  if gives(graph, (structured.text, weights)) { return (structured.text, weights) }
  let all: [(String, Tensor)] = graph.constants.compactMap { id in
    graph.constantValue(of: id).map { (graph[id].name, $0) }
  }
  let flat = printModel(graph)
  let wanted = (try? parseModel(text: flat)).map { again in
    Set(again.constants.filter { again[$0].operation == .parameter }.map { again[$0].name })
  }
  return (flat, all.filter { wanted?.contains($0.0) ?? true })
}

/// Whether a text with weights gives a graph again.
private func gives(_ graph: Graph, _ model: TextAndWeights) -> Bool {
  guard var again = try? parseModel(text: model.text) else { return false }
  let tensors = Dictionary(model.weights) { first, _ in first }
  for id in again.constants where again[id].operation == .parameter {
    guard let tensor = tensors[again[id].name], tensor.type == again[id].type else { return false }
    again.bind(id, to: tensor)
  }
  return again.computesTheSame(as: graph)
}

/// A text in which the batch is `N`: of two texts of the same model for a batch of 1 and of
/// `batch`, nil where they differ in anything but factors of the batch.
package func withBatchSymbol(_ one: String, _ many: String, _ batch: Int) -> String? {
  let (ones, manies) = (Substring(one).chunkedByDigits, Substring(many).chunkedByDigits)
  guard ones.count == manies.count else { return nil }
  var result = ""
  for (a, b) in zip(ones, manies) {
    if a == b {
      result += a
    } else if let a = Int(a), let b = Int(b), a * batch == b {
      // An extent, and no part of a name.
      guard let last = result.last, "[ (".contains(last) else { return nil }
      result += a == 1 ? "N" : "\(a) * N"
    } else {
      return nil
    }
  }
  return result
}

extension Substring {
  /// The text in pieces that are all digits or hold none.
  fileprivate var chunkedByDigits: [Substring] {
    var (pieces, start) = ([Substring](), startIndex)
    var position = startIndex
    while position < endIndex {
      let next = index(after: position)
      if next == endIndex || Self.isDigit(self[position]) != Self.isDigit(self[next]) {
        pieces.append(self[start..<next])
        start = next
      }
      position = next
    }
    return pieces
  }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
