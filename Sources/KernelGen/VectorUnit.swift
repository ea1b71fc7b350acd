import LLVMKit
import Planning

/// The vector unit that kernels are emitted for, and the types and idioms that depend on it.
struct VectorUnit {
  let platform: Platform
  let instructionSet: InstructionSet
  /// What the code runs on. Where it lacks instructions of the set, these have bodies that it has: so the plan of a CPU
  /// runs on another, with the same bits.
  let host: InstructionSet
  let core: CoreModel
  /// Whether code loads again what it has loaded before, instead of keeping it on the stack where
  /// there are not enough registers.
  var loadsAgain = false
  /// Whether LLVM refuses code that needs much of the caller's stack.
  var limitsFrames = true

  init(_ machine: Machine, on host: InstructionSet? = nil) {
    platform = machine.platform
    instructionSet = machine.instructionSet
    self.host = host ?? machine.instructionSet
    core = machine.core
    // Vectors are spread over more registers than the plan counts on.
    limitsFrames = !isEmulated
  }

  /// Whether the code runs on another CPU than the plan is for.
  var isEmulated: Bool { host != instructionSet }

  var architecture: Architecture { platform.architecture }

  var lanes: Int { instructionSet.lanes }

  /// Registers that a vector takes.
  var registersPerVector: Int { architecture == .aarch64 ? 2 : 1 }

  /// Bytes of a pointer in memory.
  var pointerBytes: Int { architecture == .wasm32 ? 4 : 8 }

  /// The section of the tables of steps, in formats of objects where sections have names of any kind.
  var planSection: String? { platform == .arm64MacOS ? nil : KernelGen.planSection }

  /// Whether loops stay loops where it costs little: a module of WebAssembly is downloaded.
  var keepsCodeShort: Bool { architecture == .wasm32 }

  /// Bytes of a vector.
  var bytes: Int { instructionSet.vectorBytes }

  /// Function attributes that let LLVM use the vector unit at its full width.
  var attributes: [(String, String)] {
    let width = [
      ("prefer-vector-width", String(host.lanes * 32)),
      ("min-legal-vector-width", String(host.lanes * 32)),
    ]
    return [("target-cpu", host.llvmNames.cpu)]
      + (architecture == .x86 ? width : [])
      + [("no-trapping-math", "true"), Self.linkedFrames]
      + (limitsFrames ? [Self.limitedFrames] : [])
      + additionalFeatures
  }

  /// The function attribute that names what is used besides the level, if there is anything.
  private var additionalFeatures: [(String, String)] {
    let features = host.llvmNames.features
    return features.isEmpty ? [] : [("target-features", features)]
  }

  /// The function attribute that keeps frame pointers, by which profilers find the callers.
  static let linkedFrames = ("frame-pointer", "all")

  /// The function attribute by which LLVM refuses code that needs more of the caller's stack: a run
  /// takes 4 KB at most, for a kernel, what calls it and what it calls.
  static let limitedFrames = ("warn-stack-size", "3072")
}

extension IRModule {
  /// A vector of floats.
  func vectorType(_ unit: VectorUnit) -> IRType { vector(float, unit.lanes) }

  /// a · b + c: one rounding where the machine has the instruction, two elsewhere.
  func multiplyAdd(_ a: Value, _ b: Value, _ c: Value, _ unit: VectorUnit) -> Value {
    if unit.instructionSet.hasFusedMultiplyAdd { return fusedMultiplyAdd(a, b, c) }
    let type = typeOf(c)
    // Vectors alone have it.
    if unit.instructionSet.hasRelaxedMultiplyAdd, type == vectorType(unit) {
      return intrinsic("llvm.wasm.relaxed.madd", overload: [type], [a, b, c])
    }
    return floatAdd(floatMultiply(a, b), c)
  }

  /// The same vectors, which LLVM's schedulers take for computed here; see `inOrder(_:register:)`. The engine
  /// of a browser orders instructions itself.
  func inOrder(_ vectors: [Value], _ unit: VectorUnit) -> [Value] {
    // A vector fills several registers.
    guard !unit.isEmulated else { return vectors }
    switch unit.architecture {
    case .x86: return inOrder(vectors, register: "v")
    case .wasm32: return vectors
    case .aarch64:
      let halves = inOrder(vectors.flatMap { parts(of: $0, lanes: unit.lanes) }, register: "w")
      return vectors.indices.map {
        joined([halves[2 * $0], halves[2 * $0 + 1]], lanes: unit.lanes / 2)
      }
    }
  }

  /// The same pointer, to whose loads and stores constant offsets are left. LLVM's pass over loops takes for
  /// granted that WebAssembly's instructions have room for offsets to a pointer that a loop moves, and then
  /// gives them none.
  func settled(_ pointer: Value, _ unit: VectorUnit) -> Value {
    unit.architecture == .wasm32 ? anotherName(of: pointer) : pointer
  }

  /// `pointer`, which may be outside of its object, moved by a constant number of bytes into it. An instruction
  /// of WebAssembly has room for an offset only where the sum is known not to wrap around.
  func nearby(_ pointer: Value, bytes: Int, _ unit: VectorUnit) -> Value {
    unit.architecture == .wasm32
      ? offset(pointer, bytes: bytes) : wildOffset(pointer, bytes: int64(bytes))
  }

  /// Both halves of a vector.
  func parts(of vector: Value, lanes: Int) -> [Value] {
    [shuffle(vector, Array(0..<lanes / 2)), shuffle(vector, Array(lanes / 2..<lanes))]
  }

  /// Two vectors of so many lanes as one.
  func joined(_ parts: [Value], lanes: Int) -> Value {
    shuffle(parts[0], parts[1], Array(0..<2 * lanes))
  }

  /// Emits `body` for whole vectors in a loop, then for the rest: where a vector starts, and how many
  /// of its lanes are in use.
  func forEachVector(_ count: Int, _ unit: VectorUnit, _ body: (Value, Int) -> Void) {
    let whole = count / unit.lanes * unit.lanes
    if whole > 0 {
      loop(from: int64(0), to: int64(whole), step: unit.lanes) { start, _ in
        body(start, unit.lanes)
        return []
      }
    }
    if count > whole { body(int64(whole), count - whole) }
  }

  /// The first pixel of a block of channels of an image.
  func blockPointer(
    _ pointer: Value, _ view: ImageView, image: Value, block: Value
  ) -> ElementPointer {
    let elements = add(
      multiply(image, int64(view.batchStride)), multiply(block, int64(view.blockStride)))
    return offset(ElementPointer(pointer, view.element), by: elements)
  }

  /// The image and the rows of a task, where tasks are groups of `rowsPerTask` rows of every image of
  /// `height` rows.
  func rows(
    ofTask task: Value, rowsPerTask: Int, height: Int
  ) -> (image: Value, first: Value, end: Value) {
    let (image, group) = split(task, by: (height + rowsPerTask - 1) / rowsPerTask)
    let (first, end) = run(group, of: rowsPerTask, total: height)
    return (image, first, end)
  }

  /// Quotient and remainder of an index: which part it belongs to, and its number there.
  func split(_ index: Value, by count: Int) -> (Value, Value) {
    (divide(index, int64(count)), remainder(index, int64(count)))
  }

  /// The items of a group, where `total` items are dealt out in groups of `count`: the last group may
  /// have fewer.
  func run(_ group: Value, of count: Int, total: Int) -> (first: Value, end: Value) {
    let first = multiply(group, int64(count))
    return (first, minimum(add(first, int64(count)), int64(total)))
  }

  /// Opens a kernel: `void name(ptr arguments, i32 task)`. Whoever calls it has set denormals to
  /// count as zero.
  ///
  /// - Returns: the pointers that the step gives, and the task as i64.
  func beginKernel(
    _ name: String, arguments count: Int, _ unit: VectorUnit
  ) -> (arguments: [Value], task: Value) {
    let function = beginFunction(
      name, [pointer, int32], returns: void, attributes: unit.attributes)
    let table = parameter(0, of: function)
    let arguments = (0..<count).map { load(pointer, offset(table, bytes: 8 * $0), alignment: 8) }
    return (arguments, signExtend(parameter(1, of: function)))
  }

  /// Opens a kernel of one operand and one result, whose tasks each take a block of channels of an image.
  func beginBlockKernel(_ name: String, reading view: ImageView, _ unit: VectorUnit) -> BlockTask {
    let (arguments, task) = beginKernel(name, arguments: 2, unit)
    let (image, block) = split(task, by: view.blockCount(lanes: unit.lanes))
    let input = blockPointer(arguments[0], view, image: image, block: block)
    return BlockTask(image: image, block: block, input: input, result: arguments[1])
  }

  /// Emits code for the channels of a block, and other code where it is the last one and has fewer.
  func withChannels(
    ofBlock block: Value, of view: ImageView, _ unit: VectorUnit, _ emit: (_ channels: Int) -> Void
  ) {
    let partial = view.channels % unit.lanes
    guard partial > 0 else { return emit(unit.lanes) }
    let last = view.blockCount(lanes: unit.lanes) - 1
    either(compare(.equal, block, int64(last))) {
      emit(partial)
    } otherwise: {
      emit(unit.lanes)
    }
  }
}

/// A block of channels of an image, which a task takes.
struct BlockTask {
  let image: Value
  let block: Value
  /// The first pixel of the block in the operand.
  let input: ElementPointer
  /// The result, of all images.
  let result: Value
}
