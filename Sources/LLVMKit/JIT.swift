internal import CLLVM

/// Code linked into this process, through LLVM's ORC.
public struct JIT: ~Copyable {
  private let jit: LLVMOrcLLJITRef

  /// Creates an empty JIT session.
  public init() throws(LLVMFailure) { jit = try Self.session() }

  private static func session() throws(LLVMFailure) -> LLVMOrcLLJITRef {
    let triple = LLVMGetDefaultTargetTriple()!
    defer { LLVMDisposeMessage(triple) }
    _ = try Target(triple: String(cString: triple), cpu: "")
    var created: LLVMOrcLLJITRef?
    if let error = LLVMOrcCreateLLJIT(&created, nil) { throw LLVMFailure(error) }
    let jit = created!
    // Code may call libm: `expf` and its kin come from this process.
    var generator: LLVMOrcDefinitionGeneratorRef?
    let prefix = LLVMOrcLLJITGetGlobalPrefix(jit)
    let error = LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(&generator, prefix, nil, nil)
    if let error { throw LLVMFailure(error) }
    LLVMOrcJITDylibAddGenerator(LLVMOrcLLJITGetMainJITDylib(jit), generator)
    return jit
  }

  deinit {
    if let error = LLVMOrcDisposeLLJIT(jit) { LLVMConsumeError(error) }
  }

  /// Links a relocatable object file in.
  public func add(object: [UInt8]) throws(LLVMFailure) {
    let buffer = object.withUnsafeBytes {
      LLVMCreateMemoryBufferWithMemoryRangeCopy($0.baseAddress, $0.count, "object")
    }
    let library = LLVMOrcLLJITGetMainJITDylib(jit)
    if let error = LLVMOrcLLJITAddObjectFile(jit, library, buffer) { throw LLVMFailure(error) }
  }

  /// The address of a function.
  public func address(of symbol: String) throws(LLVMFailure) -> UnsafeRawPointer {
    var address: LLVMOrcExecutorAddress = 0
    if let error = LLVMOrcLLJITLookup(jit, &address, symbol) { throw LLVMFailure(error) }
    return UnsafeRawPointer(bitPattern: UInt(address))!
  }
}
