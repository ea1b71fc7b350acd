import Artifacts
import Diagnostics
import Foundation
import GraphIR
import TensorFiles

/// The runs of a model on many pictures, each by itself.
///
/// Pictures are read while others are computed, and what was computed can be printed meanwhile. Where there are enough of
/// them, as many runs as threads go on beside one another, each on one thread: together they take less time than one
/// after the other on all threads. What is in memory at once does not grow with the number of pictures.
public final class PictureRuns {
  /// One run.
  public struct Run {
    /// The pictures that it was on.
    public let files: [String]
    /// Why others before them could not be read.
    public let failures: [DiagnosticError]
    /// What the model gave; nil where none of the pictures could be read.
    public let results: BatchedResults?
  }

  /// Bytes of the images that may wait to be computed.
  private static let waitingBytes = 32 << 20
  /// How many pixels are decoded at once, unless one picture has more.
  private static let decodedPixels = 16 << 20

  private typealias Entry = (path: String, image: Result<Tensor, any Error>)
  private struct Chunk {
    var files: [String] = []
    var images: [Tensor] = []
    var failures: [DiagnosticError] = []
  }

  private let runs: WorkAhead<Chunk, Result<Run, any Error>>

  /// Begins to read and to run.
  ///
  /// - Parameters:
  ///   - paths: the pictures, in the order of the runs.
  ///   - reader: makes images of them.
  ///   - session: runs the model on any number of images; for nothing else meanwhile.
  /// - Throws: where the system gives no threads.
  public init(on paths: [String], reader: PictureReader, session: BatchedSession) throws {
    let threads = session.pool.threads
    let perRun = session.imagesPerRun ?? 1
    let atOnce = paths.count / perRun >= threads ? threads : 1
    let alone = try ThreadPool(threads: 1)
    let sessions =
      atOnce == 1 ? [session] : (0..<atOnce).map { _ in session.another(on: alone) }

    var rest = paths[...]
    let budget = Budget(Self.decodedPixels)
    let pictures = WorkAhead<String, Entry>(
      threads: threads,
      limit: max(1, min(2 * atOnce * perRun, Self.waitingBytes / max(1, reader.imageBytes))),
      take: { rest.popFirst() },
      work: { _, path in
        let image = Result {
          let file = try PictureFile(path: path)
          return try budget.spending(file.pixelCount) { try reader.read(file) }
        }
        return (path, image)
      })
    runs = WorkAhead(
      threads: atOnce, limit: 2 * atOnce,
      take: {
        var chunk = Chunk()
        while chunk.files.count < perRun, let (path, image) = pictures.next() {
          switch image {
          case .success(let image):
            chunk.images.append(image)
            chunk.files.append(path)
          case .failure(let error):
            chunk.failures.append(
              error as? DiagnosticError ?? DiagnosticError("\(error)", at: .subject(path)))
          }
        }
        return chunk.files.isEmpty && chunk.failures.isEmpty ? nil : chunk
      },
      work: { thread, chunk in
        Result {
          try Run(
            files: chunk.files, failures: chunk.failures,
            results: chunk.images.isEmpty
              ? nil : sessions[thread].run([joinedImages(chunk.images)]))
        }
      })
  }

  /// The next run, or nil behind the last one; waits until it is done.
  ///
  /// - Throws: where this machine has less memory than it needs.
  public func next() throws -> Run? { try runs.next()?.get() }
}

/// An amount of something that threads take parts of for a while.
private final class Budget: @unchecked Sendable {
  private let all: Int
  /// Guards what is left; signalled when that becomes more.
  private let condition = NSCondition()
  private var left: Int

  init(_ all: Int) { (self.all, left) = (all, all) }

  /// Waits until so much is left, or all where that is less, and does something meanwhile.
  func spending<Result>(_ amount: Int, _ body: () throws -> Result) rethrows -> Result {
    let amount = min(amount, all)
    condition.withLock {
      while left < amount { condition.wait() }
      left -= amount
    }
    defer {
      condition.withLock {
        left += amount
        condition.broadcast()
      }
    }
    return try body()
  }
}
