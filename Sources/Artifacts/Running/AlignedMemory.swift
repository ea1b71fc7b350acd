import Diagnostics
import Glibc
import Planning

/// Memory outside of Swift's heap, aligned as compiled models ask for, zeroed, freed with its
/// owner.
public final class AlignedMemory: @unchecked Sendable {
  /// The bytes; the address is valid as long as this object lives.
  public let bytes: UnsafeMutableRawBufferPointer

  private static let hugePage = 2 << 20

  /// Allocates `count` bytes; large ones in huge pages, where the system gives them, because a run
  /// walks through all of its workspace and would miss the translation buffers at every other row
  /// of an image.
  ///
  /// - Throws: where this machine has less memory than that.
  /// - Precondition: `count` is not negative.
  public init(count: Int) throws {
    precondition(count >= 0, "\(count) bytes")
    let alignment = count >= Self.hugePage ? Self.hugePage : ModelInterface.alignment
    var memory: UnsafeMutableRawPointer?
    // The system promises more than it has, and ends the process that takes it at its word.
    guard count <= Self.machineBytes, posix_memalign(&memory, alignment, max(1, count)) == 0,
      let memory
    else {
      throw DiagnosticError(
        "the model needs \(count >> 20) MB in one piece, more than it gets here",
        hint: "compile for a smaller batch")
    }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
    if alignment == Self.hugePage { madvise(memory, count, MADV_HUGEPAGE) }
    memset(memory, 0, count)
  }

  /// Allocates memory and copies bytes into it.
  public convenience init(copying source: UnsafeRawBufferPointer) throws {
    try self.init(count: source.count)
    bytes.copyMemory(from: source)
  }

  private static var machineBytes: Int {
    sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  }

  deinit { free(bytes.baseAddress) }
}
