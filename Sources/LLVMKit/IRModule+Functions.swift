internal import CLLVM

/// Functions, blocks, branches and loops.
extension IRModule {
  /// Declares a function of another object.
  public func declareFunction(_ name: String, _ parameters: [IRType], returns: IRType) -> Value {
    if let known = LLVMGetNamedFunction(module, name) { return Value(known) }
    let function = LLVMAddFunction(module, name, functionType(parameters, returns).ref)!
    LLVMSetVisibility(function, LLVMHiddenVisibility)
    return Value(function)
  }

  /// Opens a function, seen in the library or program it is linked into and not outside of it: what
  /// is emitted next goes into its entry block.
  ///
  /// - Parameters:
  ///   - attributes: LLVM's string attributes, such as `target-cpu`.
  ///   - isLocal: whether it is seen in this object only.
  public func beginFunction(
    _ name: String, _ parameters: [IRType], returns: IRType,
    attributes: [(String, String)], isLocal: Bool = false
  ) -> Value {
    let function =
      LLVMGetNamedFunction(module, name)
      ?? LLVMAddFunction(module, name, functionType(parameters, returns).ref)!
    if isLocal {
      LLVMSetLinkage(function, LLVMInternalLinkage)
    } else {
      LLVMSetVisibility(function, LLVMHiddenVisibility)
    }
    for (key, value) in attributes {
      let attribute = LLVMCreateStringAttribute(
        context, key, UInt32(key.utf8.count), value, UInt32(value.utf8.count))
      LLVMAddAttributeAtIndex(
        function, UInt32(bitPattern: Int32(LLVMAttributeFunctionIndex)), attribute)
    }
    addEnumAttribute(
      "nounwind", to: function, at: UInt32(bitPattern: Int32(LLVMAttributeFunctionIndex)))
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(context, function, "entry"))
    return Value(function)
  }

  /// Keeps all functions from using memory below the stack pointer, which an interrupt on the same stack writes
  /// over: x86-64 code may use 128 bytes there in programs with a system.
  public func leaveMemoryBelowStack() {
    var next = LLVMGetFirstFunction(module)
    while let function = next {
      addEnumAttribute(
        "noredzone", to: function, at: UInt32(bitPattern: Int32(LLVMAttributeFunctionIndex)))
      next = LLVMGetNextFunction(function)
    }
  }

  private func addEnumAttribute(_ name: String, to function: LLVMValueRef, at index: UInt32) {
    let kind = LLVMGetEnumAttributeKindForName(name, name.utf8.count)
    LLVMAddAttributeAtIndex(function, index, LLVMCreateEnumAttribute(context, kind, 0))
  }

  func functionType(_ parameters: [IRType], _ returns: IRType) -> IRType {
    var refs: [LLVMTypeRef?] = parameters.map(\.ref)
    return IRType(LLVMFunctionType(returns.ref, &refs, UInt32(refs.count), 0))
  }

  /// A parameter of a function.
  public func parameter(_ index: Int, of function: Value) -> Value {
    Value(LLVMGetParam(function.ref, UInt32(index)))
  }

  /// Calls a function value with a given signature.
  @discardableResult
  public func call(
    _ function: Value, _ arguments: [Value], _ parameters: [IRType], returns: IRType
  ) -> Value {
    var refs: [LLVMValueRef?] = arguments.map(\.ref)
    return Value(
      LLVMBuildCall2(
        builder, functionType(parameters, returns).ref, function.ref, &refs, UInt32(refs.count), "")
    )
  }

  /// Calls an intrinsic, overloaded on the given types.
  @discardableResult
  public func intrinsic(_ name: String, overload: [IRType], _ arguments: [Value]) -> Value {
    let id = LLVMLookupIntrinsicID(name, name.utf8.count)
    precondition(id != 0, "LLVM has no intrinsic \(name)")
    var types: [LLVMTypeRef?] = overload.map(\.ref)
    let function = LLVMGetIntrinsicDeclaration(module, id, &types, types.count)
    let type = LLVMIntrinsicGetType(context, id, &types, types.count)
    var refs: [LLVMValueRef?] = arguments.map(\.ref)
    return Value(LLVMBuildCall2(builder, type, function, &refs, UInt32(refs.count), ""))
  }

  /// Lets a function be seen by whoever loads what it is linked into.
  public func export(_ function: Value) {
    LLVMSetVisibility(function.ref, LLVMDefaultVisibility)
  }

  /// Returns from the function with a value.
  public func `return`(_ value: Value) { LLVMBuildRet(builder, value.ref) }

  /// Returns from the function without a value.
  public func returnVoid() { LLVMBuildRetVoid(builder) }

  /// Emits `body` for i = start, start + step, … while i < end, carrying values from turn to turn;
  /// returns what the last turn carried, or the initial values where there was none.
  @discardableResult
  public func loop(
    from start: Value, to end: Value, step: Int = 1, carrying initial: [Value] = [],
    _ body: (Value, [Value]) -> [Value]
  ) -> [Value] {
    let function = LLVMGetBasicBlockParent(LLVMGetInsertBlock(builder))
    let before = LLVMGetInsertBlock(builder)
    let header = LLVMAppendBasicBlockInContext(context, function, "loop")!
    let inside = LLVMAppendBasicBlockInContext(context, function, "body")!
    let after = LLVMAppendBasicBlockInContext(context, function, "done")!
    LLVMBuildBr(builder, header)

    LLVMPositionBuilderAtEnd(builder, header)
    let counter = phi(of: LLVMTypeOf(start.ref), start, from: before!)
    let carried = initial.map { phi(of: LLVMTypeOf($0.ref), $0, from: before!) }
    LLVMBuildCondBr(builder, compare(.less, counter, end).ref, inside, after)

    LLVMPositionBuilderAtEnd(builder, inside)
    let next = body(counter, carried)
    precondition(next.count == carried.count, "a loop must carry what it began with")
    let stepValue = LLVMConstInt(LLVMTypeOf(start.ref), UInt64(step), 1)
    let advanced = LLVMBuildNSWAdd(builder, counter.ref, stepValue, "")!
    let latch = LLVMGetInsertBlock(builder)!
    LLVMBuildBr(builder, header)
    for (phi, value) in zip([counter] + carried, [Value(advanced)] + next) {
      addIncoming(phi, value, from: latch)
    }
    LLVMPositionBuilderAtEnd(builder, after)
    return carried
  }

  /// Emits `body` under a condition.
  public func when(_ condition: Value, _ body: () -> Void) {
    let function = LLVMGetBasicBlockParent(LLVMGetInsertBlock(builder))
    let inside = LLVMAppendBasicBlockInContext(context, function, "then")!
    let after = LLVMAppendBasicBlockInContext(context, function, "after")!
    LLVMBuildCondBr(builder, condition.ref, inside, after)
    LLVMPositionBuilderAtEnd(builder, inside)
    body()
    LLVMBuildBr(builder, after)
    LLVMPositionBuilderAtEnd(builder, after)
  }

  /// Emits one of two bodies by a condition.
  public func either(_ condition: Value, _ yes: () -> Void, otherwise no: () -> Void) {
    let function = LLVMGetBasicBlockParent(LLVMGetInsertBlock(builder))
    let first = LLVMAppendBasicBlockInContext(context, function, "then")!
    let second = LLVMAppendBasicBlockInContext(context, function, "else")!
    let after = LLVMAppendBasicBlockInContext(context, function, "after")!
    LLVMBuildCondBr(builder, condition.ref, first, second)
    LLVMPositionBuilderAtEnd(builder, first)
    yes()
    LLVMBuildBr(builder, after)
    LLVMPositionBuilderAtEnd(builder, second)
    no()
    LLVMBuildBr(builder, after)
    LLVMPositionBuilderAtEnd(builder, after)
  }

  private func phi(of type: LLVMTypeRef?, _ value: Value, from block: LLVMBasicBlockRef) -> Value {
    let phi = Value(LLVMBuildPhi(builder, type, ""))
    addIncoming(phi, value, from: block)
    return phi
  }

  private func addIncoming(_ phi: Value, _ value: Value, from block: LLVMBasicBlockRef) {
    var values: [LLVMValueRef?] = [value.ref]
    var blocks: [LLVMBasicBlockRef?] = [block]
    LLVMAddIncoming(phi.ref, &values, &blocks, 1)
  }
}
