import Planning

/// A step of a run as profiles show it.
public struct StepSummary: Sendable, Equatable {
  /// The name of the node whose result it writes.
  public var name: String
  /// The kernel in words: `direct 3×3/2 64→128 @28×28 +relu`.
  public var kernel: String
  /// Floating-point operations by the definition, a multiply-add counted as two.
  public var flops: Int
  /// Floating-point operations that the kernel does.
  public var operations: Int
  /// Bytes of weights, each counted once.
  public var weightBytes: Int
  /// Bytes of activations that are read and that are written, each counted once.
  public var readBytes: Int
  public var writtenBytes: Int

  /// All bytes that are read and written.
  public var bytes: Int { weightBytes + readBytes + writtenBytes }

  /// Creates a summary.
  public init(
    name: String, kernel: String, flops: Int, operations: Int, weightBytes: Int, readBytes: Int,
    writtenBytes: Int
  ) {
    self.name = name
    self.kernel = kernel
    self.flops = flops
    self.operations = operations
    self.weightBytes = weightBytes
    self.readBytes = readBytes
    self.writtenBytes = writtenBytes
  }
}

extension Plan {
  /// The steps as profiles show them.
  public var stepSummaries: [StepSummary] {
    steps.map { step in
      let weightBytes = weightBytes(of: step)
      return StepSummary(
        name: step.name, kernel: step.kernel.printedName, flops: step.flops,
        operations: step.operations, weightBytes: weightBytes,
        readBytes: max(0, step.bytesRead - weightBytes), writtenBytes: step.bytesWritten)
    }
  }
}
