internal import CLLVM

/// An SSA value, a constant or a function of a module; valid as long as its module.
public struct Value {
  let ref: LLVMValueRef

  init(_ ref: LLVMValueRef) { self.ref = ref }
}

/// A type; valid as long as its context.
public struct IRType: Equatable {
  let ref: LLVMTypeRef

  init(_ ref: LLVMTypeRef) { self.ref = ref }
}

/// A basic block of a function.
public struct Block {
  let ref: LLVMBasicBlockRef

  init(_ ref: LLVMBasicBlockRef) { self.ref = ref }
}

/// Signed integer comparison.
public enum IntegerPredicate {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  var llvm: LLVMIntPredicate {
    switch self {
    case .equal: LLVMIntEQ
    case .notEqual: LLVMIntNE
    case .less: LLVMIntSLT
    case .lessOrEqual: LLVMIntSLE
    case .greater: LLVMIntSGT
    case .greaterOrEqual: LLVMIntSGE
    }
  }
}

/// Ordered (false on NaN) or unordered (true on NaN) comparison of floats.
public enum FloatPredicate {
  case orderedEqual, orderedLess, orderedLessOrEqual, orderedGreater, orderedGreaterOrEqual
  case unorderedNotEqual, unorderedLess, unorderedGreater, unordered

  var llvm: LLVMRealPredicate {
    switch self {
    case .orderedEqual: LLVMRealOEQ
    case .orderedLess: LLVMRealOLT
    case .orderedLessOrEqual: LLVMRealOLE
    case .orderedGreater: LLVMRealOGT
    case .orderedGreaterOrEqual: LLVMRealOGE
    case .unorderedNotEqual: LLVMRealUNE
    case .unorderedLess: LLVMRealULT
    case .unorderedGreater: LLVMRealUGT
    case .unordered: LLVMRealUNO
    }
  }
}
