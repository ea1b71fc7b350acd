internal import CLLVM

/// A module of LLVM IR under construction, with its context and its one instruction builder.
///
/// Emitters append to the function that `beginFunction` opened last. Vectors hold float32 or int32
/// elements and count of lanes is the caller's affair.
public struct IRModule: ~Copyable {
  let context: LLVMContextRef
  let module: LLVMModuleRef
  let builder: LLVMBuilderRef
  /// What LLVM says about the code while it is compiled.
  let complaints = Complaints()

  /// Creates an empty module.
  public init(name: String) {
    context = LLVMContextCreate()
    module = LLVMModuleCreateWithNameInContext(name, context)
    builder = LLVMCreateBuilderInContext(context)
    complaints.collect(from: context)
  }

  deinit {
    LLVMDisposeBuilder(builder)
    LLVMDisposeModule(module)
    LLVMContextDispose(context)
  }

  /// The module as textual IR.
  public var text: String {
    let message = LLVMPrintModuleToString(module)!
    defer { LLVMDisposeMessage(message) }
    return String(cString: message)
  }

  /// What the LLVM verifier finds wrong with the module, or nil.
  public func firstBrokenInvariant() -> String? {
    var message: UnsafeMutablePointer<CChar>?
    let broken = LLVMVerifyModule(module, LLVMReturnStatusAction, &message) != 0
    defer { LLVMDisposeMessage(message) }
    return broken ? String(cString: message!) : nil
  }

  // MARK: Types

  public var void: IRType { IRType(LLVMVoidTypeInContext(context)) }
  public var float: IRType { IRType(LLVMFloatTypeInContext(context)) }
  /// IEEE 754 binary16.
  public var half: IRType { IRType(LLVMHalfTypeInContext(context)) }
  public var double: IRType { IRType(LLVMDoubleTypeInContext(context)) }
  public var bit: IRType { IRType(LLVMInt1TypeInContext(context)) }
  public var byte: IRType { IRType(LLVMInt8TypeInContext(context)) }
  public var int16: IRType { IRType(LLVMInt16TypeInContext(context)) }
  public var int32: IRType { IRType(LLVMInt32TypeInContext(context)) }
  public var int64: IRType { IRType(LLVMInt64TypeInContext(context)) }
  public var pointer: IRType { IRType(LLVMPointerTypeInContext(context, 0)) }

  /// `<count x element>`.
  public func vector(_ element: IRType, _ count: Int) -> IRType {
    IRType(LLVMVectorType(element.ref, UInt32(count)))
  }

  /// `[count x element]`.
  public func array(_ element: IRType, _ count: Int) -> IRType {
    IRType(LLVMArrayType2(element.ref, UInt64(count)))
  }

  // MARK: Constants

  /// An i64.
  public func int64(_ value: Int) -> Value {
    Value(LLVMConstInt(int64.ref, UInt64(bitPattern: Int64(value)), 1))
  }

  /// An i32.
  public func int32(_ value: Int) -> Value {
    Value(LLVMConstInt(int32.ref, UInt64(bitPattern: Int64(value)), 1))
  }

  /// An i1.
  public func bit(_ value: Bool) -> Value { Value(LLVMConstInt(bit.ref, value ? 1 : 0, 0)) }

  /// A float.
  public func float(_ value: Float) -> Value {
    // A double holds every float exactly, NaN payloads aside.
    Value(LLVMConstReal(float.ref, Double(value)))
  }

  /// A double.
  public func double(_ value: Double) -> Value { Value(LLVMConstReal(double.ref, value)) }

  /// A vector whose elements are all the same constant.
  public func splat(_ element: Value, lanes: Int) -> Value {
    constantVector([Value](repeating: element, count: lanes))
  }

  /// A vector of constants.
  public func constantVector(_ elements: [Value]) -> Value {
    var refs: [LLVMValueRef?] = elements.map(\.ref)
    return Value(LLVMConstVector(&refs, UInt32(refs.count)))
  }

  /// The all-zero constant of a type.
  public func zero(_ type: IRType) -> Value { Value(LLVMConstNull(type.ref)) }

  /// A constant of any value, which the reader promises not to use.
  public func poison(_ type: IRType) -> Value { Value(LLVMGetPoison(type.ref)) }

  /// A private constant array of i64, as a pointer to its first element.
  ///
  /// - Parameter section: the section of the object that it goes to; that of all constants where nil.
  public func privateTable(_ name: String, _ values: [Int], section: String? = nil) -> Value {
    var refs: [LLVMValueRef?] = values.map { int64($0).ref }
    let initializer = LLVMConstArray2(int64.ref, &refs, UInt64(refs.count))
    let table = privateGlobal(name, array(int64, values.count), Value(initializer!))
    if let section { LLVMSetSection(table.ref, section) }
    return table
  }

  /// A private constant array of pointers to functions or memory, as a pointer to its first element.
  public func privateTable(_ name: String, pointers: [Value]) -> Value {
    var refs: [LLVMValueRef?] = pointers.map(\.ref)
    let initializer = LLVMConstArray2(pointer.ref, &refs, UInt64(refs.count))
    return privateGlobal(name, array(pointer, pointers.count), Value(initializer!))
  }

  /// A private constant array of floats, as a pointer to its first element.
  public func privateTable(_ name: String, floats values: [Float]) -> Value {
    var refs: [LLVMValueRef?] = values.map { float($0).ref }
    let initializer = LLVMConstArray2(float.ref, &refs, UInt64(refs.count))
    return privateGlobal(name, array(float, values.count), Value(initializer!))
  }

  private func privateGlobal(_ name: String, _ type: IRType, _ initializer: Value) -> Value {
    let global = LLVMAddGlobal(module, type.ref, name)!
    LLVMSetInitializer(global, initializer.ref)
    LLVMSetGlobalConstant(global, 1)
    LLVMSetLinkage(global, LLVMPrivateLinkage)
    return Value(global)
  }
}
