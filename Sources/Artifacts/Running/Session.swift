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
        "the model has \(ports.count) inputs, not \(tensors.count)",
        at: .subject("model '\(model.interface.name)'"))
    }
    for (port, tensor) in zip(ports, tensors) where tensor.type != port.type {
      throw DiagnosticError(
        "expected \(port.type), found \(tensor.type)", at: .subject("input '\(port.name)'"))
    }
    for (memory, tensor) in zip(inputs, tensors) { tensor.copyBytes(to: memory.bytes) }
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

extension Tensor {
  /// Copies the elements to memory in the layout of compiled code.
  fileprivate func copyBytes(to memory: UnsafeMutableRawBufferPointer) {
    switch storage {
    case .float32(let values): values.withUnsafeBytes { memory.copyMemory(from: $0) }
    case .int64(let values): values.withUnsafeBytes { memory.copyMemory(from: $0) }
    case .int32(let values): values.withUnsafeBytes { memory.copyMemory(from: $0) }
    case .int8(let values): values.withUnsafeBytes { memory.copyMemory(from: $0) }
    case .uint8(let values): values.withUnsafeBytes { memory.copyMemory(from: $0) }
    case .bool(let values):
      for (index, value) in values.enumerated() { memory[index] = value ? 1 : 0 }
    }
  }

  /// Creates a tensor from memory in the layout of compiled code.
  fileprivate init(_ type: TensorType, copying memory: UnsafeRawBufferPointer) {
    switch type.element {
    case .float32: self.init(type.shape, floats: Array(memory.bindMemory(to: Float.self)))
    case .int64: self.init(type.shape, integers: Array(memory.bindMemory(to: Int64.self)))
    case .int32: self.init(type.shape, elements: Array(memory.bindMemory(to: Int32.self)))
    case .int8: self.init(type.shape, elements: Array(memory.bindMemory(to: Int8.self)))
    case .uint8: self.init(type.shape, elements: Array(memory.bindMemory(to: UInt8.self)))
    case .bool: self.init(type.shape, booleans: memory.map { $0 != 0 })
    }
  }
}
