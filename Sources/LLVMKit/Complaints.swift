internal import CLLVM

/// What LLVM complains about in a context, in its words: errors, and warnings such as that of a
/// function which needs more stack than its attribute `warn-stack-size` says.
final class Complaints {
  private(set) var words: [String] = []

  /// Takes what LLVM would print; the context must not outlive this.
  func collect(from context: LLVMContextRef) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    LLVMContextSetDiagnosticHandler(
      context,
      { info, receiver in
        guard let info, let receiver else { return }
        let severity = LLVMGetDiagInfoSeverity(info)
        guard severity == LLVMDSError || severity == LLVMDSWarning else { return }
        let message = LLVMGetDiagInfoDescription(info)!
        defer { LLVMDisposeMessage(message) }
        Unmanaged<Complaints>.fromOpaque(receiver).takeUnretainedValue().words.append(
          String(cString: message))
      }, me)
  }
}
