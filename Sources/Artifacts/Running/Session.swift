import Diagnostics
import GraphIR
import Planning

/// A model ready to run, with its workspace and threads. One run at a time; for more, create more
/// sessions.
public final class Session {
  public let model: any ExecutableModel
  public let pool: ThreadPool
  private let workspace: AlignedMemory
  private let inputs: [AlignedMemory]
  private let outputs: [AlignedMemory]

  /// Creates a session, allocating all memory that runs need.
  ///
  /// - Throws: where this machine has less memory than that.
  public init(_ model: any ExecutableModel, pool: ThreadPool) throws {
    self.model = model
    self.pool = pool
    let interface = model.interface
    workspace = try AlignedMemory(count: interface.workspaceBytes)
    inputs = try interface.inputs.map { try AlignedMemory(count: $0.type.byteCount) }
    outputs = try interface.outputs.map { try AlignedMemory(count: $0.type.byteCount) }
  }

  /// Creates a session with a pool of its own.
  ///
  /// - Throws: where `threads` is not 1 to 256, or this machine has less memory than runs need.
  public convenience init(_ model: any ExecutableModel, threads: Int = 1) throws {
    try self.init(model, pool: try ThreadPool(threads: threads))
  }

  /// Runs the model once.
  ///
  /// - Parameter tensors: per input, a tensor of its type.
  /// - Returns: per output, a tensor of its type.
  /// - Throws: where count or types differ from the interface, or the CPU is not one that the code
  ///   is for.
  public func run(inputs tensors: [Tensor]) throws -> [Tensor] {
    try setInputs(tensors)
    try runOnce()
    return readOutputs()
  }

  /// Copies tensors to where runs read them.
  ///
  /// - Throws: where count or types differ from the interface.
  public func setInputs(_ tensors: [Tensor]) throws {
    let ports = model.interface.inputs
    guard tensors.count == ports.count else {
      throw DiagnosticError(
        "the model has \(quantity(ports.count, "input")), not \(tensors.count)",
        at: .subject("model '\(model.interface.name)'"))
    }
    for (port, tensor) in zip(ports, tensors) where tensor.type != port.type {
      throw DiagnosticError(
        "expected \(port.type), found \(tensor.type)", at: .subject("input '\(port.name)'"))
    }
    for (memory, tensor) in zip(inputs, tensors) {
      tensor.withBytes { memory.bytes.copyMemory(from: $0) }
    }
  }

  /// Runs the model on the inputs that were set last.
  public func runOnce() throws { try run(steps: 0..<model.interface.stepCount) }

  /// Runs some steps on the inputs that were set last and on what earlier steps have left.
  ///
  /// - Precondition: the range lies within the model's steps.
  public func run(steps: Range<Int>) throws {
    try model.run(
      steps: steps, inputs: inputs.map { UnsafeRawPointer($0.bytes.baseAddress!) },
      outputs: outputs.map { $0.bytes.baseAddress! }, workspace: workspace.bytes,
      parallel: pool.parallel)
  }

  /// Runs the model step by step.
  ///
  /// - Returns: the time that each step took.
  public func runTimed() throws -> [Duration] {
    let clock = ContinuousClock()
    return try (0..<model.interface.stepCount).map { step in
      try clock.measure { try run(steps: step..<step + 1) }
    }
  }

  /// The outputs of the last run.
  public func readOutputs() -> [Tensor] {
    zip(model.interface.outputs, outputs).map { port, memory in
      Tensor(port.type, copying: UnsafeRawBufferPointer(memory.bytes))
    }
  }
}
