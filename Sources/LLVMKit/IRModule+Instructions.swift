internal import CLLVM

/// Arithmetic, vectors and memory.
extension IRModule {
  // MARK: Integers

  public func add(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildNSWAdd(builder, a.ref, b.ref, ""))
  }
  public func subtract(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildNSWSub(builder, a.ref, b.ref, ""))
  }
  public func multiply(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildNSWMul(builder, a.ref, b.ref, ""))
  }

  /// Quotient of non-negative integers.
  public func divide(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildUDiv(builder, a.ref, b.ref, ""))
  }

  /// Remainder of non-negative integers.
  public func remainder(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildURem(builder, a.ref, b.ref, ""))
  }

  public func compare(_ predicate: IntegerPredicate, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildICmp(builder, predicate.llvm, a.ref, b.ref, ""))
  }

  /// Whether an integer without a sign is less than another.
  public func isBelow(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildICmp(builder, LLVMIntULT, a.ref, b.ref, ""))
  }

  public func minimum(_ a: Value, _ b: Value) -> Value { select(compare(.less, a, b), a, b) }
  public func maximum(_ a: Value, _ b: Value) -> Value { select(compare(.less, a, b), b, a) }

  /// An i32 as i64, sign kept.
  public func signExtend(_ value: Value) -> Value {
    Value(LLVMBuildSExt(builder, value.ref, int64.ref, ""))
  }

  /// Integers, one or a vector, as wider ones of a type, sign kept.
  public func signExtend(_ value: Value, _ type: IRType) -> Value {
    Value(LLVMBuildSExt(builder, value.ref, type.ref, ""))
  }

  /// Bits or integers, one or a vector, as wider ones of a type, without a sign.
  public func zeroExtend(_ value: Value, _ type: IRType) -> Value {
    Value(LLVMBuildZExt(builder, value.ref, type.ref, ""))
  }

  /// The low half of an i64.
  public func truncate(_ value: Value) -> Value {
    Value(LLVMBuildTrunc(builder, value.ref, int32.ref, ""))
  }

  /// The low bits of integers, one or a vector, as narrower ones of a type.
  public func truncate(_ value: Value, _ type: IRType) -> Value {
    Value(LLVMBuildTrunc(builder, value.ref, type.ref, ""))
  }

  /// Bitwise and.
  public func and(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildAnd(builder, a.ref, b.ref, ""))
  }

  /// Bitwise exclusive or.
  public func exclusiveOr(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildXor(builder, a.ref, b.ref, ""))
  }

  /// Bitwise or.
  public func or(_ a: Value, _ b: Value) -> Value { Value(LLVMBuildOr(builder, a.ref, b.ref, "")) }

  /// Logical shift left.
  public func shiftLeft(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildShl(builder, a.ref, b.ref, ""))
  }

  /// The bits of a value as another type of the same size.
  public func bitCast(_ value: Value, to type: IRType) -> Value {
    Value(LLVMBuildBitCast(builder, value.ref, type.ref, ""))
  }

  /// Signed integers as floats.
  public func integerToFloat(_ value: Value, _ type: IRType) -> Value {
    Value(LLVMBuildSIToFP(builder, value.ref, type.ref, ""))
  }

  /// Floats without what is behind their points, as signed integers that hold them.
  public func floatToInteger(_ value: Value, _ type: IRType) -> Value {
    Value(LLVMBuildFPToSI(builder, value.ref, type.ref, ""))
  }

  /// Adds integers that may wrap around.
  public func wrappingAdd(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildAdd(builder, a.ref, b.ref, ""))
  }

  /// Subtracts integers that may wrap around.
  public func wrappingSubtract(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildSub(builder, a.ref, b.ref, ""))
  }

  /// Multiplies integers that may wrap around.
  public func wrappingMultiply(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildMul(builder, a.ref, b.ref, ""))
  }

  /// Logical shift right.
  public func shiftRightUnsigned(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildLShr(builder, a.ref, b.ref, ""))
  }

  /// Arithmetic shift right.
  public func shiftRight(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildAShr(builder, a.ref, b.ref, ""))
  }

  public func select(_ condition: Value, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildSelect(builder, condition.ref, a.ref, b.ref, ""))
  }

  // MARK: Floats, scalars or vectors

  public func floatAdd(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFAdd(builder, a.ref, b.ref, ""))
  }
  public func floatSubtract(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFSub(builder, a.ref, b.ref, ""))
  }
  public func floatMultiply(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFMul(builder, a.ref, b.ref, ""))
  }
  public func floatDivide(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFDiv(builder, a.ref, b.ref, ""))
  }
  /// The C library's `fmod`.
  public func floatRemainder(_ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFRem(builder, a.ref, b.ref, ""))
  }
  public func floatNegate(_ a: Value) -> Value { Value(LLVMBuildFNeg(builder, a.ref, "")) }
  public func compare(_ predicate: FloatPredicate, _ a: Value, _ b: Value) -> Value {
    Value(LLVMBuildFCmp(builder, predicate.llvm, a.ref, b.ref, ""))
  }

  /// a · b + c with one rounding.
  public func fusedMultiplyAdd(_ a: Value, _ b: Value, _ c: Value) -> Value {
    intrinsic("llvm.fma", overload: [typeOf(a)], [a, b, c])
  }

  /// Floats as wider ones of a type.
  public func extend(_ value: Value, to type: IRType) -> Value {
    Value(LLVMBuildFPExt(builder, value.ref, type.ref, ""))
  }

  /// Doubles rounded to floats.
  public func narrowed(_ value: Value, to type: IRType) -> Value {
    Value(LLVMBuildFPTrunc(builder, value.ref, type.ref, ""))
  }

  /// The type of a value.
  public func typeOf(_ value: Value) -> IRType { IRType(LLVMTypeOf(value.ref)) }

  // MARK: Vectors

  /// A scalar in every lane.
  public func broadcast(_ scalar: Value, lanes: Int) -> Value {
    let type = vector(typeOf(scalar), lanes)
    let first = LLVMBuildInsertElement(builder, poison(type).ref, scalar.ref, int32(0).ref, "")
    return Value(
      LLVMBuildShuffleVector(builder, first, poison(type).ref, zero(vector(int32, lanes)).ref, ""))
  }

  /// Lanes of a vector in another order: lane i of the result is lane `lanes[i]`.
  public func shuffle(_ value: Value, _ lanes: [Int]) -> Value {
    let mask = constantVector(lanes.map { int32($0) })
    return Value(
      LLVMBuildShuffleVector(builder, value.ref, poison(typeOf(value)).ref, mask.ref, ""))
  }

  /// Lanes of two vectors of one type: lane i of the result is lane `lanes[i]` of `low` followed by
  /// `high`.
  public func shuffle(_ low: Value, _ high: Value, _ lanes: [Int]) -> Value {
    let mask = constantVector(lanes.map { int32($0) })
    return Value(LLVMBuildShuffleVector(builder, low.ref, high.ref, mask.ref, ""))
  }

  public func extract(_ vector: Value, lane: Int) -> Value {
    Value(LLVMBuildExtractElement(builder, vector.ref, int32(lane).ref, ""))
  }

  public func insert(_ scalar: Value, into vector: Value, lane: Int) -> Value {
    Value(LLVMBuildInsertElement(builder, vector.ref, scalar.ref, int32(lane).ref, ""))
  }

  // MARK: Memory

  /// `pointer` moved by a number of bytes.
  public func offset(_ pointer: Value, bytes: Value) -> Value {
    var indices: [LLVMValueRef?] = [bytes.ref]
    return Value(LLVMBuildInBoundsGEP2(builder, byte.ref, pointer.ref, &indices, 1, ""))
  }

  /// `pointer` moved by a constant number of bytes.
  public func offset(_ pointer: Value, bytes: Int) -> Value {
    bytes == 0 ? pointer : offset(pointer, bytes: int64(bytes))
  }

  /// `pointer` moved by a number of bytes that may lead outside its object, as prefetches do.
  public func wildOffset(_ pointer: Value, bytes: Value) -> Value {
    var indices: [LLVMValueRef?] = [bytes.ref]
    return Value(LLVMBuildGEP2(builder, byte.ref, pointer.ref, &indices, 1, ""))
  }

  /// The address as an i64.
  public func address(_ pointer: Value) -> Value {
    Value(LLVMBuildPtrToInt(builder, pointer.ref, int64.ref, ""))
  }

  /// Loads a value; the address is aligned to `alignment` bytes.
  public func load(_ type: IRType, _ pointer: Value, alignment: Int) -> Value {
    let value = LLVMBuildLoad2(builder, type.ref, pointer.ref, "")!
    LLVMSetAlignment(value, UInt32(alignment))
    return Value(value)
  }

  /// Stores a value; the address is aligned to `alignment` bytes.
  public func store(_ value: Value, _ pointer: Value, alignment: Int) {
    LLVMSetAlignment(LLVMBuildStore(builder, value.ref, pointer.ref), UInt32(alignment))
  }

  /// Loads the first `count` lanes of a vector, zeros elsewhere; the address is aligned to `alignment` bytes.
  public func loadFirst(
    _ count: Int, of type: IRType, lanes: Int, _ pointer: Value, alignment: Int
  ) -> Value {
    let mask = constantVector((0..<lanes).map { bit($0 < count) })
    return intrinsic(
      "llvm.masked.load", overload: [type, self.pointer],
      [pointer, int32(alignment), mask, zero(type)])
  }

  /// Stores the first `count` lanes of a vector; the address is aligned to `alignment` bytes.
  public func storeFirst(
    _ count: Int, of value: Value, lanes: Int, _ pointer: Value, alignment: Int
  ) {
    let mask = constantVector((0..<lanes).map { bit($0 < count) })
    intrinsic(
      "llvm.masked.store", overload: [typeOf(value), self.pointer],
      [value, pointer, int32(alignment), mask])
  }

  /// Asks for a cache line to be read soon, into the first or second level.
  public func prefetch(_ pointer: Value, level: Int) {
    intrinsic(
      "llvm.prefetch", overload: [self.pointer],
      [pointer, int32(0), int32(level == 1 ? 3 : 2), int32(1)])
  }

  /// The same pointer, which LLVM takes for another: what was loaded through the one is loaded again
  /// through the other. No instruction is emitted.
  public func anotherName(of pointer: Value) -> Value { through([pointer], register: "r")[0] }

  /// The same pointer, of which LLVM does not know what it was computed from. No instruction is emitted.
  ///
  /// Its pass over loops (Loop Strength Reduction) looks at every address together with all that it was computed from, in
  /// every loop around it. In a deep nest that takes most of the time of the code generator, and ends in sums that wait
  /// on the stack for the innermost loop.
  public func opaque(_ pointer: Value) -> Value {
    let result = through([pointer], register: "r", stays: false)[0]
    for attribute in ["nounwind", "memory"] {
      let kind = LLVMGetEnumAttributeKindForName(attribute, attribute.utf8.count)
      LLVMAddCallSiteAttribute(
        result.ref, UInt32(bitPattern: Int32(LLVMAttributeFunctionIndex)),
        LLVMCreateEnumAttribute(context, kind, 0))
    }
    return result
  }

  /// The same vectors, which must all have been computed here: LLVM's schedulers move no use of the
  /// results before this point and nothing that leads to it behind. No instruction is emitted.
  ///
  /// - Parameter register: the letter of a class of registers, each of which holds one of them.
  public func inOrder(_ vectors: [Value], register: String) -> [Value] {
    through(vectors, register: register)
  }

  /// Values that pass through an empty statement of assembly, in registers of a class.
  ///
  /// - Parameter stays: whether LLVM must leave the statement where it is.
  private func through(_ values: [Value], register: String, stays: Bool = true) -> [Value] {
    var types = values.map { Optional(typeOf($0).ref) }
    let result =
      types.count == 1 ? types[0] : LLVMStructTypeInContext(context, &types, UInt32(types.count), 0)
    let type = LLVMFunctionType(result, &types, UInt32(types.count), 0)!
    let constraints =
      (values.map { _ in "=\(register)" } + values.indices.map { "\($0)" }).joined(separator: ",")
    var noText: [CChar] = [0]
    let nothing = constraints.withCString {
      LLVMGetInlineAsm(
        type, &noText, 0, UnsafeMutablePointer(mutating: $0), constraints.utf8.count, stays ? 1 : 0,
        0,
        LLVMInlineAsmDialectATT, 0)
    }
    var arguments = values.map { Optional($0.ref) }
    let together = LLVMBuildCall2(builder, type, nothing, &arguments, UInt32(arguments.count), "")
    return values.indices.map {
      Value(
        values.count == 1 ? together! : LLVMBuildExtractValue(builder, together, UInt32($0), ""))
    }
  }

  /// Memory on the stack of the current function, aligned to a cache line. Emit it before any loop.
  public func stackMemory(bytes: Int) -> Value {
    let memory = LLVMBuildAlloca(builder, array(byte, bytes).ref, "")!
    LLVMSetAlignment(memory, 64)
    return Value(memory)
  }
}
