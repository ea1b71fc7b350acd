import Planning
import Synchronization

/// Machine code of kernels that several plans need, each compiled once: networks of one family
/// share most of theirs, and so do the plans for one network with more and with fewer outputs.
///
/// Code made with a cache is for this process: its symbols are the cache's own.
public final class KernelCache: Sendable {
  private struct Key: Hashable {
    let kernel: Kernel
    let set: InstructionSet
    let core: CoreModel

    init(_ kernel: Kernel, _ unit: VectorUnit) {
      self.kernel = kernel
      set = unit.instructionSet
      core = unit.core
    }
  }

  private struct Contents {
    var symbols: [Key: String] = [:]
    var objects: [Key: [UInt8]] = [:]
  }

  private let contents = Mutex(Contents())

  /// Creates an empty cache.
  public init() {}

  /// The number of kernels whose code is there.
  public var count: Int { contents.withLock { $0.objects.count } }

  /// The symbol of a kernel's function; the same for equal kernels, and no other's.
  func symbol(of kernel: Kernel, for unit: VectorUnit) -> String {
    contents.withLock { contents in
      let key = Key(kernel, unit)
      if let symbol = contents.symbols[key] { return symbol }
      let symbol = "kernel_\(contents.symbols.count)_\(kernel.symbolSuffix)"
      contents.symbols[key] = symbol
      return symbol
    }
  }

  /// The object with a kernel's function, compiled where it is not there. Two threads may compile
  /// the same one: waiting for each other would cost as much.
  func object(
    of kernel: Kernel, for unit: VectorUnit, compile: () throws -> [UInt8]
  ) rethrows -> [UInt8] {
    let key = Key(kernel, unit)
    if let object = contents.withLock({ $0.objects[key] }) { return object }
    let object = try compile()
    contents.withLock { $0.objects[key] = object }
    return object
  }
}
