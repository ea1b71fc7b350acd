internal import CLLVM

/// Words of 64 bits that several threads write.
extension IRModule {
  /// The word as it is now.
  public func atomicLoad(_ pointer: Value) -> Value {
    let value = LLVMBuildLoad2(builder, int64.ref, pointer.ref, "")!
    LLVMSetAlignment(value, 8)
    LLVMSetOrdering(value, LLVMAtomicOrderingMonotonic)
    return Value(value)
  }

  /// Writes `new` where the word is `expected`, and whether it was: what other threads did before
  /// they wrote the word has then happened.
  public func compareAndSwap(_ pointer: Value, _ expected: Value, _ new: Value) -> Value {
    let result = LLVMBuildAtomicCmpXchg(
      builder, pointer.ref, expected.ref, new.ref, LLVMAtomicOrderingAcquire,
      LLVMAtomicOrderingMonotonic, 0)
    return Value(LLVMBuildExtractValue(builder, result, 1, ""))
  }

  /// Clears bits of the word after everything that this thread has done.
  public func atomicAnd(_ pointer: Value, _ mask: Value) {
    LLVMBuildAtomicRMW(
      builder, LLVMAtomicRMWBinOpAnd, pointer.ref, mask.ref, LLVMAtomicOrderingRelease, 0)
  }

  /// Emits `body` to be repeated until the bit that it gives is set, and gives its value of then.
  public func repeatUntilDone(_ body: () -> (isDone: Value, value: Value)) -> Value {
    let function = currentFunction.ref
    let again = LLVMAppendBasicBlockInContext(context, function, "again")!
    let after = LLVMAppendBasicBlockInContext(context, function, "done")!
    LLVMBuildBr(builder, again)
    LLVMPositionBuilderAtEnd(builder, again)
    let (isDone, value) = body()
    LLVMBuildCondBr(builder, isDone.ref, after, again)
    LLVMPositionBuilderAtEnd(builder, after)
    return value
  }

  /// The function that code is emitted into.
  public var currentFunction: Value {
    Value(LLVMGetBasicBlockParent(LLVMGetInsertBlock(builder)))
  }
}
