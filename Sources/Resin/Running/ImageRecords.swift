import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning

/// What a model says of images, for other programs: JSON, an object a line and image, or CSV, a row for each class of an image.
///
///     {"file": "3.png", "outputs": [{"name": "logits", "classes": [{"class": 3, "label": "three", "probability": 0.998}]}]}
///
///     file,output,rank,class,label,probability
///     3.png,logits,1,3,three,0.998
///
/// Where an output is integers, they are the classes, and have no probability.
public struct ImageRecords: Sendable {
  /// How records are written.
  public enum Format: Sendable {
    /// An object a line for each image.
    case json
    /// A header, then a row for each class of each image (RFC 4180).
    case csv
  }

  private let format: Format
  private let outputs: [ModelInterface.Port]
  private let labels: [[String]]
  private let count: Int

  /// Records of what a model gives.
  ///
  /// - Parameters:
  ///   - format: how records are written.
  ///   - model: what gives the outputs.
  ///   - labels: for outputs with so many classes; those of the model where nil.
  ///   - count: how many classes per image.
  /// - Throws: where no output is a list of classes, or `count` is not positive.
  public init(
    _ format: Format, of model: any ExecutableModel, labels: [String]?, count: Int
  ) throws {
    guard count >= 1 else {
      throw DiagnosticError(
        "cannot print \(quantity(count, "class", "classes"))", hint: "give --top a number from 1")
    }
    self.format = format
    self.count = count
    let ports = model.interface.outputs
    outputs = ports
    self.labels = zip(ports, model.labels).map { port, own in
      guard let labels, port.type.classes == labels.count || ports.count == 1 else { return own }
      return labels
    }
  }

  /// The line that precedes all records; nil in JSON.
  public var header: String? {
    format == .csv ? "file,output,rank,class,label,probability" : nil
  }

  /// The lines of images.
  ///
  /// - Parameters:
  ///   - results: per output, a tensor whose first extent is the number of images.
  ///   - files: the name of every image.
  /// - Throws: where no output is a list of classes.
  public func lines(_ results: [Tensor], files: [String]) throws -> [String] {
    let found = results.indices.compactMap { index in
      classes(of: results[index], labels: labels[index]).map { (outputs[index].name, $0) }
    }
    guard !found.isEmpty else {
      throw DiagnosticError(
        "no output is a list of classes per image", hint: "write outputs with --output")
    }
    return files.enumerated().flatMap { image, file in
      let own = found.map { ($0.0, image < $0.1.count ? $0.1[image] : []) }
      return format == .json ? [json(file, own)] : rows(file, own)
    }
  }

  /// A class of an image.
  private struct Entry {
    var index: Int64
    var label: String?
    var probability: Float?
  }

  private func classes(of tensor: Tensor, labels: [String]) -> [[Entry]]? {
    if let numbers = tensor.wholeNumbers {
      return firstIntegers(
        numbers, images: tensor.shape.first ?? 1, labels: labels, count: count
      ).map { $0.map { Entry(index: $0.number, label: $0.label) } }
    }
    guard let classes = tensor.classCount, classes > 1 else { return nil }
    return rankClasses(tensor, labels: labels.count == classes ? labels : [], count: count).map {
      $0.map { Entry(index: Int64($0.index), label: $0.label, probability: $0.probability) }
    }
  }

  private func json(_ file: String, _ outputs: [(String, [Entry])]) -> String {
    let objects = outputs.map { name, entries in
      let classes = entries.map { entry in
        object(
          [("class", "\(entry.index)")] + (entry.label.map { [("label", quoted($0))] } ?? [])
            + (entry.probability.map { [("probability", text($0))] } ?? []))
      }
      return object([("name", quoted(name)), ("classes", "[\(classes.joined(separator: ", "))]")])
    }
    return object([
      ("file", quoted(file)), ("outputs", "[\(objects.joined(separator: ", "))]"),
    ])
  }

  private func rows(_ file: String, _ outputs: [(String, [Entry])]) -> [String] {
    outputs.flatMap { name, entries in
      entries.enumerated().map { rank, entry in
        [
          field(file), field(name), "\(rank + 1)", "\(entry.index)", field(entry.label ?? ""),
          entry.probability.map(text) ?? "",
        ].joined(separator: ",")
      }
    }
  }

  /// A probability; of one that is no number, what JSON has for it.
  private func text(_ value: Float) -> String {
    value.isFinite ? number(Double(value)) : format == .json ? "null" : ""
  }

  /// A field of CSV (RFC 4180).
  private func field(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ["\"", ",", "\n", "\r"].contains($0) }) else {
      return text
    }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}
