internal import CLLVM

/// What went wrong inside LLVM, in its words.
public struct LLVMFailure: Error, CustomStringConvertible {
  public let description: String

  /// Whether a function needs more stack than its attribute `warn-stack-size` says.
  public var isAboutStack: Bool { description.contains("stack frame size") }
}

/// A CPU to compile for, with LLVM's code generator for it.
public struct Target: ~Copyable {
  let machine: LLVMTargetMachineRef

  /// LLVM's name of the system that code is compiled for.
  private let triple: String

  private static let initialized: Void = {
    LLVMInitializeX86TargetInfo()
    LLVMInitializeX86Target()
    LLVMInitializeX86TargetMC()
    LLVMInitializeX86AsmPrinter()
    LLVMInitializeX86AsmParser()
    LLVMInitializeAArch64TargetInfo()
    LLVMInitializeAArch64Target()
    LLVMInitializeAArch64TargetMC()
    LLVMInitializeAArch64AsmPrinter()
    LLVMInitializeAArch64AsmParser()
    LLVMInitializeWebAssemblyTargetInfo()
    LLVMInitializeWebAssemblyTarget()
    LLVMInitializeWebAssemblyTargetMC()
    LLVMInitializeWebAssemblyAsmPrinter()
    LLVMInitializeWebAssemblyAsmParser()
  }()

  /// Creates a code generator for a CPU of a system, `x86_64-unknown-linux-gnu`, by LLVM's name for it,
  /// `x86-64-v4`, and features that it has besides, `+avx512vnni`.
  public init(triple: String, cpu: String, features: String = "") throws(LLVMFailure) {
    Self.initialized
    self.triple = triple
    var target: LLVMTargetRef?
    var message: UnsafeMutablePointer<CChar>?
    guard LLVMGetTargetFromTriple(triple, &target, &message) == 0 else {
      defer { LLVMDisposeMessage(message) }
      throw LLVMFailure(description: String(cString: message!))
    }
    // A module of WebAssembly is loaded at one place.
    let relocation = triple.hasPrefix("wasm") ? LLVMRelocStatic : LLVMRelocPIC
    machine = LLVMCreateTargetMachine(
      target, triple, cpu, features, LLVMCodeGenLevelAggressive, relocation, LLVMCodeModelSmall)
  }

  deinit { LLVMDisposeTargetMachine(machine) }

  /// Gives the module the target's data layout and runs a pipeline of LLVM passes over it.
  ///
  /// - Parameter pipeline: in the syntax of `opt -passes=`.
  public func optimize(_ module: borrowing IRModule, pipeline: String) throws(LLVMFailure) {
    let layout = LLVMCreateTargetDataLayout(machine)
    defer { LLVMDisposeTargetData(layout) }
    LLVMSetTarget(module.module, triple)
    LLVMSetModuleDataLayout(module.module, layout)
    let options = LLVMCreatePassBuilderOptions()
    defer { LLVMDisposePassBuilderOptions(options) }
    if let error = LLVMRunPasses(module.module, pipeline, machine, options) {
      throw LLVMFailure(error)
    }
  }

  /// The module as a relocatable object file; what LLVM complains about is an error.
  public func object(_ module: borrowing IRModule) throws(LLVMFailure) -> [UInt8] {
    try emit(module, LLVMObjectFile)
  }

  /// The module as assembly text.
  public func assembly(_ module: borrowing IRModule) throws(LLVMFailure) -> String {
    String(decoding: try emit(module, LLVMAssemblyFile), as: UTF8.self)
  }

  private func emit(
    _ module: borrowing IRModule, _ kind: LLVMCodeGenFileType
  ) throws(LLVMFailure) -> [UInt8] {
    var message: UnsafeMutablePointer<CChar>?
    var buffer: LLVMMemoryBufferRef?
    let failed =
      LLVMTargetMachineEmitToMemoryBuffer(machine, module.module, kind, &message, &buffer) != 0
    guard !failed, let buffer else {
      defer { LLVMDisposeMessage(message) }
      throw LLVMFailure(description: message.map { String(cString: $0) } ?? "no code")
    }
    defer { LLVMDisposeMemoryBuffer(buffer) }
    if let complaint = module.complaints.words.first { throw LLVMFailure(description: complaint) }
    let bytes = UnsafeRawBufferPointer(
      start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer))
    return Array(bytes)
  }
}

extension LLVMFailure {
  /// Takes over an LLVM error.
  init(_ error: LLVMErrorRef) {
    let message = LLVMGetErrorMessage(error)!
    defer { LLVMDisposeErrorMessage(message) }
    self.init(description: String(cString: message))
  }
}
