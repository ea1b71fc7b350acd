import ArgumentParser
import Artifacts
import Diagnostics
import Foundation
import GraphIR
import Planning
import Resin

/// Many pictures, each classified by itself: they are read shortly before they are needed, so that memory does not grow
/// with their number, and one that cannot be read does not keep the others from being classified.
extension Run {
  /// Bytes of the images that may wait for those before them to be classified.
  private static let waitingBytes = 32 << 20

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
    let perRun = session.imagesPerRun ?? 1
    let list = try ClassList(self, of: session.model)
    let begin = ContinuousClock.now
    let limit = max(1, min(perRun, Self.waitingBytes / max(1, reader.imageBytes)))
    let pictures = PicturesAhead(paths, limit: limit, reader: reader)
    var (done, failures) = (0, 0)
    while true {
      var (files, images): ([String], [Tensor]) = ([], [])
      while files.count < perRun, let (path, image) = pictures.next() {
        do {
          images.append(try image.get())
          files.append(path)
        } catch let error as DiagnosticError {
          show(error.diagnostics)
          failures += 1
        }
      }
      guard !files.isEmpty else { break }
      try list.print(session.run([joinedImages(images)]), files: files, first: done)
      done += files.count
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let missing = failures > 0 ? "; \(failures) could not be read" : ""
    note(
      "\(quantity(done, "image")) in \(String(format: "%.3f", seconds)) s, "
        + String(format: "%.4g", Double(done) / seconds) + " images a second\(missing)")
    if failures > 0 { throw ExitCode(2) }
  }
}
