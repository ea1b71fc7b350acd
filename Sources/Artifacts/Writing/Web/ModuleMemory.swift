import KernelGen
import LLVMKit
import Planning

/// The object of a module of WebAssembly that has, beside the kernels, all memory and the function that
/// runs the model in it.
///
/// Nothing is allocated when the module is loaded or run: weights, workspace, inputs and outputs are
/// variables, and a module's memory is as large as they are together.
struct ModuleMemory {
  let interface: ModelInterface
  let platform: Platform
  let weights: AlignedMemory

  /// What scripts see: the function that runs the model, and where inputs and outputs are.
  var exports: [String] { ["run"] + inputs + outputs }

  private var inputs: [String] { interface.inputs.indices.map { "input_\($0)" } }
  private var outputs: [String] { interface.outputs.indices.map { "output_\($0)" } }

  /// Bytes of all that is here.
  var byteCount: Int {
    (interface.inputs + interface.outputs).reduce(
      interface.weightsBytes + interface.workspaceBytes
    ) { $0 + $1.type.byteCount }
  }

  func object() throws -> [UInt8] {
    let names = interface.instructionSet.llvmNames
    let target = try Target(triple: platform.triple, cpu: names.cpu, features: names.features)
    let m = IRModule(name: interface.name)
    func zeros(_ name: String, _ bytes: Int) -> Value {
      m.zeroedMemory(name, bytes: bytes, alignment: ModelInterface.alignment)
    }
    let constants = m.constantMemory(
      "weights", UnsafeRawBufferPointer(weights.bytes), alignment: ModelInterface.alignment)
    let bases =
      [constants, zeros("workspace", interface.workspaceBytes)]
      + zip(inputs, interface.inputs).map { zeros($0, $1.type.byteCount) }
      + zip(outputs, interface.outputs).map { zeros($0, $1.type.byteCount) }
    // Steps expect pointers that are 8 bytes apart.
    let table = m.privateTable("bases", pointers: bases.flatMap { [$0, m.zero(m.pointer)] })
    let types = [m.pointer, m.pointer, m.int32, m.int32]
    let steps = m.declareFunction("\(interface.name)_steps", types, returns: m.void)
    _ = m.beginFunction("run", [], returns: m.void, attributes: [])
    m.call(
      steps, [table, m.zero(m.pointer), m.int32(0), m.int32(interface.stepCount)], types,
      returns: m.void)
    m.returnVoid()
    try target.optimize(m, pipeline: "verify")
    return try target.object(m)
  }

  /// The object of what kernels may call of a C library; the linker takes what they do call.
  func library() throws -> [UInt8] {
    let names = interface.instructionSet.llvmNames
    let target = try Target(triple: platform.triple, cpu: names.cpu, features: names.features)
    let m = IRModule(name: "library")
    for function in LibraryFunction.mathematics { function.emit(into: m, isLocal: false) }
    try target.optimize(m, pipeline: "verify")
    return try target.object(m)
  }
}
