import Artifacts
import GraphIR
import Planning

/// A model that is ready to run on any number of images, with code for one or several numbers of them.
///
/// Images go through the largest number that there are enough for, what is left over through smaller ones;
/// results are those of each image by itself. One run at a time.
public final class BatchedSession {
  /// The model's code for the number of images that was asked for.
  public let model: any ExecutableModel
  /// How many images the largest run has, each computed by itself; nil where they depend on each other.
  public let imagesPerRun: Int?
  private let models: [any ExecutableModel]
  let pool: ThreadPool
  /// Made when they are needed, since each has a workspace.
  private var sessions: [Int: Session] = [:]

  /// Creates a session.
  ///
  /// - Throws: where a library's code for one of its numbers of images cannot be loaded.
  public init(_ ready: ReadyModel, pool: ThreadPool) throws {
    model = ready.model
    models = try ready.forAllBatches()
    imagesPerRun = models.compactMap(\.interface.imagesPerRun).max()
    self.pool = pool
  }

  private init(like other: BatchedSession, pool: ThreadPool) {
    (model, models, imagesPerRun) = (other.model, other.models, other.imagesPerRun)
    self.pool = pool
  }

  /// Another session of the same model, for runs beside those of this one.
  func another(on pool: ThreadPool) -> BatchedSession { BatchedSession(like: self, pool: pool) }

  /// Runs the model on any number of images.
  ///
  /// - Parameter tensors: per input, a tensor of its type; with images, the first extent is their number.
  /// - Throws: where types or numbers of images do not fit, or this machine has less memory than runs need.
  public func run(_ tensors: [Tensor]) throws -> BatchedResults {
    var runs: [(end: Int, time: Duration)] = []
    let sizes = models.dropFirst().compactMap(\.interface.imagesPerRun)
    let outputs = try model.interface.inChunks(tensors, sizes: sizes) { chunk in
      let index = models.firstIndex { $0.interface.inputs.map(\.type) == chunk.map(\.type) } ?? 0
      let session = try session(index)
      let start = ContinuousClock.now
      let results = try session.run(inputs: chunk)
      let images = models[index].interface.imagesPerRun ?? .max
      let end = (runs.last?.end ?? 0).addingReportingOverflow(images).partialValue
      runs.append((end, ContinuousClock.now - start))
      return results
    }
    return BatchedResults(outputs: outputs, runs: runs)
  }

  private func session(_ index: Int) throws -> Session {
    if let session = sessions[index] { return session }
    let session = try Session(models[index], pool: pool)
    sessions[index] = session
    return session
  }
}

/// What a model gave for some images, and how long that took.
public struct BatchedResults {
  /// Per output, a tensor; with images, for all of them.
  public let outputs: [Tensor]
  /// The image that each run ends before, and its time.
  fileprivate let runs: [(end: Int, time: Duration)]

  /// The time of the run that an image was in.
  public func time(ofImage image: Int) -> Duration {
    (runs.first { image < $0.end } ?? runs.last)?.time ?? .zero
  }
}
