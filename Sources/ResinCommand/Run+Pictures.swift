import ArgumentParser
import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import Resin

/// Many pictures, each classified by itself: they are read when they are needed, so that memory does not grow with their
/// number, and one that cannot be read does not keep the others from being classified.
extension Run {
  /// - Parameter paths: the pictures, in the order in which they are classified.
  /// - Throws: where the model cannot take them, and in the end where some could not be read.
  func classify(_ paths: [String], _ pool: ThreadPool) throws {
    if let array = paths.first(where: { $0.lowercased().hasSuffix(".npy") }) {
      throw DiagnosticError(
        "is an array, no picture", at: .subject(array), hint: "give it with --input")
    }
    let source = try PictureSource(self)
    var (left, failures) = (paths[...], 0)
    /// The next picture that can be read; what is wrong with others is said.
    func next() -> (path: String, image: Tensor)? {
      while let path = left.popFirst() {
        do {
          return (path, try readInputs([path], for: source.ports)[0])
        } catch let error as DiagnosticError {
          note(error.rendered(isColored: messageOptions.color.hasColorsOnStandardError))
          failures += 1
        } catch {
          return nil
        }
      }
      return nil
    }
    // Two say whether the model takes images one by one.
    var waiting = [next(), next()].compactMap { $0 }
    guard !waiting.isEmpty else { throw ExitCode(2) }
    let ready = try source.ready(for: joinedImages(waiting.map(\.image)), self)
    let interface = ready.model.interface
    guard waiting.count == 1 || interface.imagesPerRun != nil else {
      throw DiagnosticError(
        "the model's results depend on all images together", at: .subject(model),
        hint: "give these with --input")
    }
    let names = try labels.map { try readLabels($0, for: interface.outputs) }
    let records = try format.map {
      try ImageRecords($0, of: ready.model, labels: names, count: top ?? 5)
    }
    let session = try Session(ready.model, pool: pool)
    if let header = records?.header { print(header) }
    let begin = ContinuousClock.now
    var done = 0
    while !waiting.isEmpty {
      while waiting.count < interface.imagesPerRun ?? 1, let picture = next() {
        waiting.append(picture)
      }
      let chunk = Array(waiting.prefix(interface.imagesPerRun ?? 1))
      waiting.removeFirst(chunk.count)
      let start = ContinuousClock.now
      let outputs = try interface.inChunks([joinedImages(chunk.map(\.image))]) {
        try session.run(inputs: $0)
      }
      let time = ContinuousClock.now - start
      if let records {
        try records.lines(outputs, files: chunk.map(\.path)).forEach { print($0) }
      } else {
        print(
          try outputsText(
            outputs, of: ready.model, labels: names, count: top ?? 5,
            captions: chunk.map { caption($0.path, time) }, first: done))
      }
      done += chunk.count
      if waiting.isEmpty, let picture = next() { waiting.append(picture) }
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let missing = failures > 0 ? "; \(failures) could not be read" : ""
    note(
      "\(done) image\(done == 1 ? "" : "s") in \(String(format: "%.3f", seconds)) s, "
        + String(format: "%.4g", Double(done) / seconds) + " images a second\(missing)")
    if failures > 0 { throw ExitCode(2) }
  }
}

/// A model that takes one picture at a time, before it is known how many images a run has.
private enum PictureSource {
  case library(ReadyModel)
  case file(ModelFile)

  init(_ command: Run) throws {
    if isLibrary(command.model) {
      self = .library(try command.library())
    } else {
      self = .file(try command.sourceOptions.model(command.model))
    }
    guard ports.count == 1 else {
      throw DiagnosticError(
        "the model has \(ports.count) inputs, and pictures are for one",
        at: .subject(command.model),
        hint: "give one --input for each")
    }
  }

  var ports: [ModelInterface.Port] {
    switch self {
    case .library(let ready): ready.model.interface.inputs
    case .file(let file): file.inputPorts
    }
  }

  /// The model for such images.
  func ready(for images: Tensor, _ command: Run) throws -> ReadyModel {
    switch self {
    case .library(let ready):
      try ready.fitting([images], sizes: command.sourceOptions.extents())
    case .file(let file): try command.compiled(file.fitting([images]))
    }
  }
}
