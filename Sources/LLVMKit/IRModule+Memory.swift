internal import CLLVM

/// Memory that an object brings with it, for other objects to use.
extension IRModule {
  /// Constant bytes behind a symbol.
  ///
  /// - Parameters:
  ///   - alignment: of the first byte.
  ///   - section: the section of the object that they go to; that of all constants where nil.
  public func constantMemory(
    _ symbol: String, _ bytes: UnsafeRawBufferPointer, alignment: Int, section: String? = nil
  ) -> Value {
    let text = LLVMConstStringInContext2(
      context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, 1)!
    let memory = self.memory(symbol, text, alignment)
    LLVMSetGlobalConstant(memory.ref, 1)
    if let section { LLVMSetSection(memory.ref, section) }
    return memory
  }

  /// Bytes behind a symbol that are zero before anything is written, and take no room in the object.
  ///
  /// - Parameter alignment: of the first byte.
  public func zeroedMemory(_ symbol: String, bytes: Int, alignment: Int) -> Value {
    memory(symbol, LLVMConstNull(array(byte, bytes).ref), alignment)
  }

  private func memory(_ symbol: String, _ initializer: LLVMValueRef, _ alignment: Int) -> Value {
    let global = LLVMAddGlobal(module, LLVMTypeOf(initializer), symbol)!
    LLVMSetInitializer(global, initializer)
    LLVMSetVisibility(global, LLVMHiddenVisibility)
    LLVMSetAlignment(global, UInt32(alignment))
    return Value(global)
  }
}
