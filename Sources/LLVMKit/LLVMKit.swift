internal import CLLVM
public func llvmProbe() -> Bool { let c = LLVMContextCreate(); LLVMContextDispose(c); return true }
