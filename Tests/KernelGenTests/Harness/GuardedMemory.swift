import Glibc

/// Memory between two pages nobody may touch: code that reads or writes past one of its ends dies.
final class GuardedMemory {
  /// Which end touches a forbidden page.
  enum Side: CaseIterable { case start, end }

  let pointer: UnsafeMutableRawPointer
  private let base: UnsafeMutableRawPointer
  private let mapped: Int

  private static let page = 4096

  /// - Parameter alignment: of the first byte; the memory ends so many bytes before the page at
  ///   most, and right before it where `bytes` is a multiple.
  init(bytes: Int, alignment: Int = 1, against side: Side = .end) {
    let page = GuardedMemory.page
    let pages = (bytes + page - 1) / page * page
    mapped = pages + 2 * page
    base = mmap(nil, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    precondition(base != MAP_FAILED, "no memory for a test")
    let first = base + page
    precondition(mprotect(first, pages, PROT_READ | PROT_WRITE) == 0, "no memory for a test")
    pointer = side == .start ? first : first + (pages - bytes) / alignment * alignment
  }

  deinit { munmap(base, mapped) }
}
