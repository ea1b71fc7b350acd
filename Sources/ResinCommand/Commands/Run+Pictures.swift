import ArgumentParser
import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import Resin

/// Many pictures, each classified by itself: one that cannot be read does not keep the others from being classified.
extension Run {
  /// - Parameter paths: the pictures, in the order in which they are classified.
  /// - Throws: where the model cannot take them, and in the end where some could not be read.
  func classify(_ paths: [String], _ pool: ThreadPool) throws {
    if let array = paths.first(where: isArray) {
      throw DiagnosticError(
        "is an array, no picture", at: .subject(array), hint: "give it with --input")
    }
    let source = try source()
    let ports = source.inputPorts
    guard ports.count == 1 else {
      throw DiagnosticError(
        "the model has \(ports.count) inputs, and pictures are for one", at: .subject(model),
        hint: "give one --input for each")
    }
    let reader = try pictureReader(for: ports[0])
    let session = try session(source.fitting(pictures: paths.count, of: model), pool)
    let list = try ClassList(self, of: session.model)
    let begin = ContinuousClock.now
    let runs = try PictureRuns(on: paths, reader: reader, session: session)
    var (done, failures) = (0, 0)
    while let run = try runs.next() {
      for failure in run.failures { show(failure.diagnostics) }
      failures += run.failures.count
      if let results = run.results { try list.print(results, files: run.files, first: done) }
      done += run.files.count
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let missing = failures > 0 ? "; \(failures) could not be read" : ""
    note(
      "\(quantity(done, "image")) in \(String(format: "%.3f", seconds)) s, "
        + String(format: "%.4g", Double(done) / seconds) + " images a second\(missing)")
    if failures > 0 { throw ExitCode(2) }
  }
}
