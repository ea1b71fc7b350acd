import Dispatch
import Foundation
import LLVMKit
import Planning
import Synchronization

/// Compiles plans to machine code.
public struct CodeGenerator: Sendable {
  let plan: Plan
  private let unit: VectorUnit
  /// Distinct kernels in order of first use.
  private let kernels: [Kernel]
  /// The place of every kernel among `kernels`.
  private let indices: [Kernel: Int]
  /// The functions of `kernels`.
  private let symbols: [String]
  private let cache: KernelCache?
  private let namesSteps: Bool
  /// LLVM's name of the system.
  private let triple: String

  /// Prepares to generate code for a plan.
  ///
  /// - Parameters:
  ///   - cache: where code is taken from and kept, for this process only.
  ///   - namesSteps: whether every step gets a function of its name, for profilers.
  ///   - triple: LLVM's name of the system; that of the plan's platform where nil.
  ///   - host: the CPU that the code will run on, with vectors as wide as those of AVX2 at least; that of the plan where nil. What it lacks is done by other
  ///     instructions, slowly and to the same bits.
  public init(
    _ plan: Plan, sharing cache: KernelCache? = nil, namesSteps: Bool = true, triple: String? = nil,
    on host: InstructionSet? = nil
  ) {
    self.plan = plan
    self.cache = cache
    self.namesSteps = namesSteps
    self.triple = triple ?? plan.machine.platform.triple
    let unit = VectorUnit(plan.machine, on: host)
    self.unit = unit
    kernels = plan.distinctKernels
    indices = Dictionary(uniqueKeysWithValues: kernels.enumerated().map { ($1, $0) })
    symbols = kernels.enumerated().map { index, kernel in
      cache?.symbol(of: kernel, for: unit)
        ?? "\(plan.interface.name)_\(index)_\(kernel.symbolSuffix)"
    }
  }

  /// The name of the function that runs the steps.
  public var entryName: String { "\(plan.interface.name)_steps" }

  /// Compiles everything to machine code, kernels in parallel.
  public func objects() throws -> GeneratedCode {
    let pieces: [[UInt8]] = try inParallel { index in
      func compiled() throws -> [UInt8] {
        try piece(index) { module, target in try target.object(module) }
      }
      guard let cache, index < kernels.count else { return try compiled() }
      return try cache.object(of: kernels[index], for: unit, compile: compiled)
    }
    return GeneratedCode(entry: entryName, objects: pieces, functions: symbols + [entryName])
  }

  /// Compiles everything as far as to bitcode, kernels in parallel: each in the form whose machine code is
  /// within the limits.
  ///
  /// - Precondition: steps have no names and there is no cache: what a step is called may be the name of a
  ///   function that code calls, which is no danger in an object of its own.
  public func modules() throws -> GeneratedModules {
    precondition(!namesSteps && cache == nil, "names of steps among those of other functions")
    let pieces = try inParallel { index in
      try piece(index) { module, target in
        // Before LLVM prepares it for the machine.
        let bitcode = module.bitcode
        return (bitcode, try undefinedNames(ofObject: target.object(module)))
      }
    }
    let own = Set(symbols + [entryName, plan.interface.name])
    return GeneratedModules(
      modules: pieces.map(\.0), calls: Set(pieces.flatMap(\.1)).subtracting(own).sorted())
  }

  /// Compiles everything to text: the pieces one after the other.
  public func text(_ form: CodeForm) throws -> String {
    let pieces: [String] = try inParallel { index in
      try piece(index) { module, target in
        switch form {
        case .llvmIR: module.text
        case .assembly: try target.assembly(module)
        }
      }
    }
    return pieces.joined(separator: "\n")
  }

  // MARK: Pieces

  /// Every distinct kernel is a piece, and the function that runs the steps is the last.
  private func inParallel<Piece: Sendable>(
    _ make: @Sendable (Int) throws -> Piece
  ) throws -> [Piece] {
    let results = Mutex<[Result<Piece, any Error>?]>(
      Array(repeating: nil, count: kernels.count + 1))
    // The function that runs a deep network's steps is the longest piece: it goes first.
    DispatchQueue.concurrentPerform(iterations: kernels.count + 1) { turn in
      let index = kernels.count - turn
      let result = Result { try make(index) }
      results.withLock { $0[index] = result }
    }
    return try results.withLock { $0 }.map { try $0!.get() }
  }

  private func piece<Piece>(
    _ index: Int, _ finish: (borrowing IRModule, borrowing Target) throws -> Piece
  ) throws -> Piece {
    do {
      return try piece(index, unit, Self.pipeline, finish)
    } catch let failure as LLVMFailure where failure.isAboutStack {
      var unit = unit
      unit.loadsAgain = true
      do {
        return try piece(index, unit, Self.pipelineWithoutHoisting, finish)
      } catch let failure as LLVMFailure where failure.isAboutStack {
        unit.limitsFrames = false
        return try piece(index, unit, Self.pipelineWithoutHoisting, finish)
      }
    }
  }

  private func piece<Piece>(
    _ index: Int, _ unit: VectorUnit, _ pipeline: String,
    _ finish: (borrowing IRModule, borrowing Target) throws -> Piece
  ) throws -> Piece {
    let module = IRModule(name: plan.interface.name)
    if index < kernels.count {
      emit(kernels[index], symbols[index], unit, into: module)
    } else {
      emitSteps(into: module)
    }
    if let problem = module.firstBrokenInvariant() {
      preconditionFailure(
        "invalid code for \(index < kernels.count ? symbols[index] : entryName): \(problem)")
    }
    let names = unit.host.llvmNames
    let target = try Target(triple: triple, cpu: names.cpu, features: names.features)
    try target.optimize(module, pipeline: pipeline)
    return try finish(module, target)
  }

  /// Kernels are emitted in the form they should have: LLVM cleans up, and is kept from unrolling
  /// or vectorising loops of its own accord.
  private static let pipeline =
    "function(\(clean),loop-mssa(licm),early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg)"

  /// The same without moving loads out of loops: more of them than there are registers would go to the
  /// stack.
  private static let pipelineWithoutHoisting = "function(\(clean))"

  private static let clean = "sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg"

  private func symbol(_ kernel: Kernel) -> String { symbols[indices[kernel]!] }

  /// What runs each step: a function of its name, or the kernel itself where names are not wanted or
  /// the code is shared with other models, whose layers have other names.
  ///
  /// - Parameter name: the function that is emitted next.
  func entries(
    of steps: [Step], besides name: String, into m: borrowing IRModule
  ) -> [Value] {
    let isNamed = namesSteps && (cache == nil || name == entryName)
    var entries = StepEntries(taken: symbols + [entryName])
    return steps.map { step in
      let kernel = m.declareFunction(
        symbol(step.kernel), [m.pointer, m.int32], returns: m.void)
      return isNamed ? entries.entry(of: step, calling: kernel, into: m) : kernel
    }
  }

  /// Emits the function that runs the steps.
  private func emitSteps(into m: borrowing IRModule) {
    let inputs = plan.interface.inputs.count
    let functions = entries(of: plan.steps, besides: entryName, into: m)
    let table = StepTable(
      zip(plan.steps, functions).map { step, function in
        StepTable.Row(
          function: function, tasks: step.kernel.tasks,
          operands: step.arguments.map {
            .init(index: $0.base.baseIndex(inputs: inputs), offset: $0.offset)
          })
      }, for: unit, into: m)
    let function = m.beginFunction(
      entryName, [m.pointer, m.pointer, m.int32, m.int32], returns: m.void,
      attributes: [VectorUnit.linkedFrames, VectorUnit.limitedFrames])
    let arguments = table.makeArguments(m)
    let (given, parallel) = (m.parameter(0, of: function), m.parameter(1, of: function))
    let first = m.signExtend(m.parameter(2, of: function))
    let end = m.signExtend(m.parameter(3, of: function))
    let isAlone = m.compare(.equal, parallel, m.zero(m.pointer))
    m.loop(from: first, to: end) { step, _ in
      table.fill(arguments, row: step, from: given, image: nil, m)
      let (kernel, tasks) = table.kernel(row: step, m)
      let runsHere = m.or(isAlone, m.compare(.equal, tasks, m.int64(1)))
      m.either(runsHere) {
        table.runHere(kernel, arguments, tasks: tasks, m)
      } otherwise: {
        let context = m.load(m.pointer, parallel, alignment: 8)
        let run = m.load(m.pointer, m.offset(parallel, bytes: 8), alignment: 8)
        m.call(
          run, [context, kernel, arguments, m.truncate(tasks)],
          [m.pointer, m.pointer, m.pointer, m.int32], returns: m.void)
      }
      return []
    }
    m.returnVoid()
  }
}
