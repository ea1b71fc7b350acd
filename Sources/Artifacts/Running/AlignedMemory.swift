import Glibc
import Planning

/// Memory outside of Swift's heap, aligned as compiled models ask for, zeroed, freed with its owner.
public final class AlignedMemory: @unchecked Sendable {
  /// The bytes; the address is valid as long as this object lives.
  public let bytes: UnsafeMutableRawBufferPointer

  private static let hugePage = 2 << 20

  /// Allocates `count` bytes; large ones in huge pages, where the system gives them, because a run walks through all
  /// of its workspace and would miss the translation buffers at every other row of an image.
  ///
  /// - Precondition: `count` is not negative.
  public init(count: Int) {
    precondition(count >= 0, "\(count) bytes")
    let alignment = count >= Self.hugePage ? Self.hugePage : ModelInterface.alignment
    let base = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: alignment)
    bytes = UnsafeMutableRawBufferPointer(start: base, count: count)
    if alignment == Self.hugePage { madvise(base, count, MADV_HUGEPAGE) }
    memset(base, 0, count)
  }

  /// Allocates memory and copies bytes into it.
  public convenience init(copying source: UnsafeRawBufferPointer) {
    self.init(count: source.count)
    bytes.copyMemory(from: source)
  }

  deinit { bytes.baseAddress?.deallocate() }
}
