import Artifacts
import Resin

/// Prints what a model says of images, as the options of `run` want it: for people, or as records for other programs.
struct ClassList {
  private let model: any ExecutableModel
  private let labels: [String]?
  private let count: Int
  private let records: ImageRecords?

  /// - Throws: where the labels cannot be read or do not fit.
  init(_ command: Run, of model: any ExecutableModel) throws {
    let count = command.top ?? 5
    let labels = try command.labels.map { try readLabels($0, for: model.interface.outputs) }
    records = try command.format.map {
      try ImageRecords($0, of: model, labels: labels, count: count)
    }
    (self.model, self.labels, self.count) = (model, labels, count)
  }

  /// - Parameters:
  ///   - files: the picture that each image is from; empty where they are from arrays.
  ///   - first: the number of the first image.
  /// - Throws: where no output is a list of classes.
  func print(_ results: BatchedResults, files: [String], first: Int = 0) throws {
    guard let records else {
      let captions = files.enumerated().map { image, file in
        file + String(format: "  %.3f ms", results.time(ofImage: image) / .milliseconds(1))
      }
      let text = try outputsText(
        results.outputs, of: model, labels: labels, count: count, captions: captions, first: first)
      // Of no image there is nothing to say.
      if !text.isEmpty { Swift.print(text) }
      return
    }
    let images = results.outputs.first?.shape.first ?? 0
    let names = files.isEmpty ? (0..<images).map { "image \(first + $0)" } : files
    let lines = try records.lines(results.outputs, files: names)
    for line in (first == 0 ? [records.header].compactMap { $0 } : []) + lines { Swift.print(line) }
  }
}
