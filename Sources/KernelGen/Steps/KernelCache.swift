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
    let host: InstructionSet
    let core: CoreModel

    init(_ kernel: Kernel, _ unit: VectorUnit) {
      self.kernel = kernel
      set = unit.instructionSet
      host = unit.host
      core = unit.core
    }
  }

  /// The object with a kernel's function, once it is there.
  private final class Entry: Sendable {
    let object = Mutex<[UInt8]?>(nil)
  }

  private struct Contents {
    var symbols: [Key: String] = [:]
    var entries: [Key: Entry] = [:]
  }

  private let contents = Mutex(Contents())

  /// Creates an empty cache.
  public init() {}

  /// The number of kernels whose code was asked for.
  public var count: Int { contents.withLock { $0.entries.count } }

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

  /// The object with a kernel's function, compiled where it is not there. Of threads that ask for the
  /// same one, the first compiles and the others wait: plans of one family ask in the same order, and
  /// would compile everything twice side by side.
  func object(
    of kernel: Kernel, for unit: VectorUnit, compile: () throws -> [UInt8]
  ) throws -> [UInt8] {
    let key = Key(kernel, unit)
    let entry = contents.withLock { contents in
      let entry = contents.entries[key] ?? Entry()
      contents.entries[key] = entry
      return entry
    }
    return try entry.object.withLock { object in
      if let object { return object }
      let compiled = try compile()
      object = compiled
      return compiled
    }
  }
}
