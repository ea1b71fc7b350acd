import LLVMKit
import Planning

/// Which scratches of a step's tasks are taken.
enum TaskScratchEmitter {
  /// Bytes before the pointers of a step that hold a word with a bit for every scratch, in a cache
  /// line of its own.
  static let wordBytes = 64
}

extension IRModule {
  /// Takes a scratch for the task of the kernel that is open, emits `body`, and gives it back.
  ///
  /// - Parameter start: where the first scratch is.
  func withScratch(_ scratch: TaskScratch, at start: Value, _ body: (Value) -> Void) {
    guard scratch.count > 1 else { return body(start) }
    let word = wildOffset(
      parameter(0, of: currentFunction), bytes: int64(-TaskScratchEmitter.wordBytes))
    let bit = repeatUntilDone {
      let taken = atomicLoad(word)
      let free = exclusiveOr(taken, int64(-1))
      // Where none is free that is no bit, and nothing is taken.
      let lowest = and(free, wrappingSubtract(int64(0), free))
      let isMine = compareAndSwap(word, taken, or(taken, lowest))
      return (and(isMine, compare(.notEqual, lowest, int64(0))), lowest)
    }
    let number = intrinsic("llvm.cttz", overload: [int64], [bit, self.bit(true)])
    let near = multiply(
      minimum(number, int64(scratch.near)), int64(scratch.nearStride - scratch.stride))
    body(offset(start, bytes: add(multiply(number, int64(scratch.stride)), near)))
    atomicAnd(word, exclusiveOr(bit, int64(-1)))
  }
}
