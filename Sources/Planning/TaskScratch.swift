extension Kernel {
  /// Bytes that a task has for itself while it runs; 0 for kernels that need none.
  public var scratchBytes: Int {
    switch self {
    case .winogradBlocks(let kernel): kernel.scratchBytes
    case .strassen(let kernel): kernel.scratchBytes
    default: 0
    }
  }

  /// Sets the bytes from the scratch of one task to that of the next.
  mutating func setScratchStride(_ stride: Int) {
    switch self {
    case .winogradBlocks(var kernel):
      kernel.scratchStride = stride
      self = .winogradBlocks(kernel)
    case .strassen(var kernel):
      kernel.scratchStride = stride
      self = .strassen(kernel)
    default: break
    }
  }
}

extension Planner {
  /// Gives the steps whose tasks need it their scratch, the operand before the output.
  ///
  /// On one thread that is memory which nothing else uses during the step. For several, all steps
  /// share one memory, divided evenly among their tasks: since neighbouring tasks are one thread's,
  /// a thread writes in every step to lines that its own caches hold. Where cores share no cache,
  /// lines that another core has written take ten times as long to write, a tenth of such a step.
  mutating func placeScratch() {
    let users = steps.indices.filter { steps[$0].kernel.scratchBytes > 0 }
    func bytes(_ step: DraftStep) -> Int {
      step.kernel.tasks * roundUp(step.kernel.scratchBytes, to: ModelInterface.alignment)
    }
    let most = users.map { bytes(steps[$0]) }.max() ?? 0
    let shared = options.threads > 1 && most > 0 ? newBuffer("scratch", bytes: most) : nil
    for index in users {
      let own = bytes(steps[index])
      let place = shared ?? newBuffer(steps[index].name, bytes: own)
      let stride = (shared == nil ? own : most) / steps[index].kernel.tasks
      steps[index].kernel.setScratchStride(
        stride / ModelInterface.alignment * ModelInterface.alignment)
      steps[index].arguments.insert(place, at: steps[index].arguments.count - 1)
    }
  }
}
