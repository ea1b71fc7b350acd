internal import CLLVM

/// The version of LLVM that this process runs, such as `19.1.7`.
public func llvmVersion() -> String {
  var (major, minor, patch): (UInt32, UInt32, UInt32) = (0, 0, 0)
  LLVMGetVersion(&major, &minor, &patch)
  return "\(major).\(minor).\(patch)"
}
