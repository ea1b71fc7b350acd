import CResinRuntime
import KernelGen
import LLVMKit
import Planning

/// The one function that an object without a system exports, `NAME_run`: checks what it is given, sets the
/// unit for floats as every run does, and runs the steps in the thread that calls.
struct FreestandingRun {
  let interface: ModelInterface

  private var portCount: Int { interface.inputs.count + interface.outputs.count }

  /// Emits the function.
  ///
  /// - Parameter weights: where they are; nil where the caller says it.
  func emit(weights: Value?, into m: borrowing IRModule) {
    let given = (weights == nil ? 1 : 0) + portCount
    let types = [IRType](repeating: m.pointer, count: given + 1) + [m.int64]
    let function = m.beginFunction(
      "\(interface.name)_run", types, returns: m.int32, attributes: [("frame-pointer", "all")])
    m.export(function)
    let pointers = (0...given).map { m.parameter($0, of: function) }
    let bytes = m.parameter(given + 1, of: function)
    let (ports, workspace) = (Array(pointers.dropLast().suffix(portCount)), pointers[given])
    let code = self.code(
      weights: weights == nil ? pointers[0] : nil, ports, workspace, bytes, into: m)

    let places = [weights ?? pointers[0], workspace] + ports
    let bases = m.stackMemory(bytes: 8 * places.count)
    let state = FloatState(m, interface.instructionSet.architecture)
    m.when(m.compare(.equal, code, m.int32(Int(RESIN_OK.rawValue)))) {
      for (index, place) in places.enumerated() {
        m.store(place, m.offset(bases, bytes: 8 * index), alignment: 8)
      }
      let parameters = [m.pointer, m.pointer, m.int32, m.int32]
      let steps = m.declareFunction("\(interface.name)_steps", parameters, returns: m.void)
      let before = state.get(m)
      state.set(state.ofRuns, m)
      m.call(
        steps, [bases, m.zero(m.pointer), m.int32(0), m.int32(interface.stepCount)], parameters,
        returns: m.void)
      state.set(before, m)
    }
    m.return(code)
  }

  /// The `resin_code` for what the function is given: the first that applies, in the order in which a library
  /// with a system looks.
  private func code(
    weights: Value?, _ ports: [Value], _ workspace: Value, _ bytes: Value,
    into m: borrowing IRModule
  ) -> Value {
    func isNull(_ pointer: Value) -> Value { m.compare(.equal, pointer, m.zero(m.pointer)) }
    func isMisaligned(_ pointer: Value) -> Value {
      let rest = m.and(m.address(pointer), m.int64(ModelInterface.alignment - 1))
      return m.compare(.notEqual, rest, m.int64(0))
    }
    var checks: [(fails: Value, code: resin_code)] = ports.map {
      (isNull($0), RESIN_NULL_POINTER)
    }
    if interface.workspaceBytes > 0 {
      let isSmall = m.isBelow(bytes, m.int64(interface.workspaceBytes))
      checks += [
        (isNull(workspace), RESIN_NULL_POINTER), (isSmall, RESIN_WORKSPACE_TOO_SMALL),
        (isMisaligned(workspace), RESIN_WORKSPACE_MISALIGNED),
      ]
    }
    if let weights {
      checks.append((m.or(isNull(weights), isMisaligned(weights)), RESIN_BAD_WEIGHTS))
    }
    func number(_ code: resin_code) -> Value { m.int32(Int(code.rawValue)) }
    return checks.reversed().reduce(number(RESIN_OK)) { m.select($1.fails, number($1.code), $0) }
  }
}

/// The register that says how floats are rounded, and its value while a model runs: to nearest, results and
/// operands below the normal range as zero, no traps; as in `CResinRuntime/steps.c`.
private struct FloatState {
  private let architecture: Architecture
  private let memory: Value
  let ofRuns: Value

  /// - Precondition: the architecture has such a register, as all with ELF objects have.
  init(_ m: borrowing IRModule, _ architecture: Architecture) {
    self.architecture = architecture
    memory = m.stackMemory(bytes: 8)
    ofRuns = architecture == .x86 ? m.int32(0x9fc0) : m.int64(1 << 24)
  }

  func get(_ m: borrowing IRModule) -> Value {
    guard architecture == .x86 else {
      return m.intrinsic("llvm.aarch64.get.fpcr", overload: [], [])
    }
    m.intrinsic("llvm.x86.sse.stmxcsr", overload: [], [memory])
    return m.load(m.int32, memory, alignment: 4)
  }

  func set(_ state: Value, _ m: borrowing IRModule) {
    guard architecture == .x86 else {
      m.intrinsic("llvm.aarch64.set.fpcr", overload: [], [state])
      return
    }
    m.store(state, memory, alignment: 4)
    m.intrinsic("llvm.x86.sse.ldmxcsr", overload: [], [memory])
  }
}
