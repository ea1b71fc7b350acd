internal import CLLVM

/// Several modules as one, so that one object has all of them and no linker is needed.
extension IRModule {
  /// The module in LLVM's binary form, which any other context reads.
  public var bitcode: [UInt8] {
    let buffer = LLVMWriteBitcodeToMemoryBuffer(module)!
    defer { LLVMDisposeMemoryBuffer(buffer) }
    return Array(
      UnsafeRawBufferPointer(start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer)))
  }

  /// Takes over what another module defines. Functions that either declares and the other defines become
  /// one; what is local keeps its meaning, under another name where its own is taken.
  ///
  /// - Throws: what LLVM has to say of bytes that are no module, or of one that does not go with this.
  public func link(bitcode: [UInt8]) throws(LLVMFailure) {
    let buffer = bitcode.withUnsafeBytes {
      LLVMCreateMemoryBufferWithMemoryRangeCopy($0.baseAddress, $0.count, "bitcode")
    }
    defer { LLVMDisposeMemoryBuffer(buffer) }
    var other: LLVMModuleRef?
    guard LLVMParseBitcodeInContext2(context, buffer, &other) == 0, let other,
      LLVMLinkModules2(module, other) == 0
    else { throw LLVMFailure(description: complaints.words.first ?? "no module") }
  }
}
