/// Memory that a task has for itself while it runs: what does not fit into registers, and is too much
/// for the stack of a caller who has little.
///
/// Scratches are numbered. A task takes the lowest that is free when it begins and gives it back when
/// it ends, so that a thread works in the same one from task to task, which stays in its caches, and
/// never in more of them than there are threads.
public struct TaskScratch: Hashable, Sendable {
  /// Bytes that a task needs.
  public var bytes: Int
  /// How many there are: 1 where tasks run one after the other.
  public var count: Int
  /// So many of the first are `nearStride` bytes apart, in all steps alike; the others follow, `stride`
  /// apart.
  public var near: Int
  public var nearStride: Int

  /// The most that there are; more tasks at once than this wait for each other.
  public static let most = 64

  /// Bytes from the scratch of one task to that of the next, at least.
  public var stride: Int { roundUp(bytes, to: ModelInterface.alignment) }

  /// Bytes of all.
  public var totalBytes: Int {
    let first = min(count, near)
    return first * nearStride + (count - first) * stride
  }

  /// The scratch of tasks that run one after the other.
  init(bytes: Int) {
    self.bytes = bytes
    count = 1
    near = 0
    nearStride = 0
  }
}

extension Planner {
  /// Gives the steps whose tasks need it their scratch, the operand before the output.
  ///
  /// On one thread that is memory which nothing else uses during the step. For several, all steps
  /// share one memory, in which the first scratches have the same places: a thread writes in every
  /// step to lines that its own caches hold. Where cores share no cache, lines that another core has
  /// written take ten times as long to write, a tenth of such a step.
  mutating func placeScratch() {
    let users = steps.indices.filter { steps[$0].kernel.spec.scratchBytes > 0 }
    for index in users {
      var scratch = TaskScratch(bytes: steps[index].kernel.spec.scratchBytes)
      if !isPartOfPlan { scratch.count = min(steps[index].kernel.tasks, TaskScratch.most) }
      steps[index].kernel.scratch = scratch
    }
    let scratches = users.compactMap { steps[$0].kernel.scratch }
    guard options.threads > 1, !isPartOfPlan, let widest = scratches.map(\.stride).max() else {
      for index in users {
        let bytes = steps[index].kernel.scratch!.totalBytes
        insertScratch(newBuffer(steps[index].name, bytes: bytes), index)
      }
      return
    }
    for index in users {
      steps[index].kernel.scratch!.near = options.threads
      steps[index].kernel.scratch!.nearStride = widest
    }
    let bytes = users.map { steps[$0].kernel.scratch!.totalBytes }.max()!
    let shared = newBuffer("scratch", bytes: bytes)
    for index in users { insertScratch(shared, index) }
  }

  private mutating func insertScratch(_ place: Place, _ index: Int) {
    steps[index].arguments.insert(place, at: steps[index].arguments.count - 1)
  }
}
