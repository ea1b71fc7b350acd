import Artifacts
import GraphIR
import Interpreter
import KernelGen
import Passes
import Planning
import TestSupport
import Testing

/// A graph compiled for one instruction set, in memory with guard pages; the workspace starts as
/// NaN everywhere, so that a value that was never written shows.
struct CompiledGraph {
  /// Sweeps differ in some of their kernels and share the others.
  static let kernels = KernelCache()

  let plan: Plan
  let code: JITCode
  let weights: GuardedMemory

  init(
    _ graph: Graph, _ set: InstructionSet, options: PlanningOptions = PlanningOptions()
  ) throws {
    try self.init(graph, Machine(set), options: options)
  }

  init(
    _ graph: Graph, _ machine: Machine, options: PlanningOptions = PlanningOptions(),
    sharing kernels: KernelCache? = Self.kernels
  ) throws {
    plan = try Planning.plan(graph, for: machine, options: options)
    code = try JITCode(
      CodeGenerator(plan, sharing: kernels, on: emulator(of: machine.instructionSet)).objects())
    weights = GuardedMemory(bytes: plan.weightBytes, alignment: ModelInterface.alignment)
    plan.packWeights(
      into: UnsafeMutableRawBufferPointer(start: weights.pointer, count: plan.weightBytes))
  }

  /// Runs all steps on the calling thread.
  ///
  /// - Parameter watch: called before every step with the workspace and the step's number; what it
  ///   returns is called after the step.
  func run(
    _ inputs: [Tensor],
    watch: ((UnsafeMutableBufferPointer<UInt8>, Int) -> () -> Void)? = nil
  ) -> [Tensor] {
    let workspace = GuardedMemory(
      bytes: plan.arenaBytes, alignment: ModelInterface.alignment)
    workspace.pointer.initializeMemory(as: UInt8.self, repeating: 0xff, count: plan.arenaBytes)
    let inputMemory = inputs.map { tensor in
      let memory = GuardedMemory(bytes: tensor.type.byteCount)
      tensor.withBytes { memory.pointer.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      return memory
    }
    let outputMemory = plan.interface.outputs.map { GuardedMemory(bytes: $0.type.byteCount) }
    let bases: [UnsafeRawPointer?] =
      [UnsafeRawPointer(weights.pointer), UnsafeRawPointer(workspace.pointer)]
      + inputMemory.map { UnsafeRawPointer($0.pointer) }
      + outputMemory.map { UnsafeRawPointer($0.pointer) }
    // The pointers alone do not keep the memory.
    withExtendedLifetime((weights, workspace, inputMemory, outputMemory)) {
      guard let watch else {
        code.steps(bases, nil, 0, Int32(plan.steps.count))
        return
      }
      let bytes = UnsafeMutableBufferPointer(
        start: workspace.pointer.assumingMemoryBound(to: UInt8.self), count: plan.arenaBytes)
      for number in plan.steps.indices {
        let check = watch(bytes, number)
        code.steps(bases, nil, Int32(number), Int32(number + 1))
        check()
      }
    }
    return zip(plan.interface.outputs, outputMemory).map { port, memory in
      Tensor(
        port.type,
        copying: UnsafeRawBufferPointer(start: memory.pointer, count: port.type.byteCount))
    }
  }
}

/// Compiles a graph, runs it on a session of its own, and compares every output with the interpreter's: floats within
/// `tolerance` of the largest expected element, other elements exactly.
func expectEqualsInterpreter(
  _ graph: Graph, _ set: InstructionSet, inputs: [Tensor], tolerance: Float = 0
) throws {
  let plan = try Planning.plan(graph, for: Machine(set))
  let weights = try AlignedMemory(count: plan.weightBytes)
  plan.packWeights(into: weights.bytes)
  let model = try JITModel(plan, try CodeGenerator(plan).objects(), weights: weights)
  let found = try Session(model).run(inputs: inputs)
  let names = graph.inputs.map { graph[$0.node].name }
  let wanted = try Interpreter(graph).run(
    inputs: Dictionary(uniqueKeysWithValues: zip(names, inputs)))
  for (output, tensor) in zip(graph.outputs, found) {
    let expected = try #require(wanted[output.name])
    #expect(
      mismatch(tensor, expected, tolerance: tolerance) == nil, "\(set.rawValue): \(output.name)")
  }
}

/// The vector units up to that of what `native` stands for.
let runnableSets = InstructionSet.vectorUnits.filter { $0.isSubset(of: nativeSet) }

/// CPUs whose cores have a model of their own.
let modelledCPUs = [
  "haswell", "skylake", "znver2", "znver3", "znver4", "znver5", "skylake-avx512", "icelake-server",
  "sapphirerapids",
]

/// The levels, and those that multiply four integers at once. Where vectors are as wide as those of AVX2, what goes beyond
/// `native` is emulated.
let integerSets =
  (InstructionSet.levels
  + ["x86-64-v3+avxvnni", "x86-64-v4+avx512vnni"].compactMap(InstructionSet.init(rawValue:)))
  .filter { $0.isSubset(of: nativeSet) || emulator(of: $0) != nil }

/// The CPU on which code for a set that `native` lacks something of is run; nil where it has everything, or too little.
func emulator(of set: InstructionSet) -> InstructionSet? {
  !set.isSubset(of: nativeSet) && InstructionSet.avx2.isSubset(of: nativeSet) ? nativeSet : nil
}

/// The levels, and CPUs, up to what `native` stands for.
let runnableMachines = (InstructionSet.levels.map(\.rawValue) + modelledCPUs)
  .compactMap { try? Machine(named: $0) }.filter { $0.instructionSet.isSubset(of: nativeSet) }

private let nativeSet: InstructionSet = {
  do { return try Machine.native.instructionSet } catch { fatalError("\(error)") }
}()

/// Operations under test, each on inputs of its own, compiled together so that a sweep stays quick.
struct OperationSweep: RandomChoices {
  enum Operand {
    /// Given at run time.
    case outside([Int])
    /// Known when compiled.
    case constant(Tensor)
  }

  struct Case {
    var label: String
    var operation: Operation
    var operands: [Operand]
    /// Whether images come from a pooling that leaves them in blocked layout, as in the middle of a
    /// network.
    var startsBlocked = false
  }

  var cases: [Case] = []
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// The next number of a fixed sequence.
  mutating func next() -> UInt64 { generator.next() }

  /// Values in [-1, 1).
  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor(
      shape,
      floats: (0..<shape.reduce(1, *)).map { _ in
        Float(Int32(truncatingIfNeeded: next() >> 40) - (1 << 23)) / Float(1 << 23)
      })
  }

  /// Adds a convolution, with random attributes unless they are given; nothing where the window is
  /// larger than the image.
  mutating func addConvolution(
    _ shape: [Int], outputs: Int, groups: Int, kernel: Pair, attributes given: Convolution? = nil,
    startsBlocked: Bool? = nil
  ) {
    let attributes =
      given
      ?? Convolution(
        stride: Pair(integer(1...3), integer(1...3)),
        padding: Padding(
          top: integer(0...2), left: integer(0...3), bottom: integer(0...2),
          right: integer(0...3)), dilation: Pair(integer(1...2), integer(1...2)),
        groups: groups, hasBias: pick([true, false]), hasResidual: pick([true, false]),
        then: pick([nil, .relu, .clip(low: -0.5, high: 0.5), .sigmoid]))
    let weight = tensor([outputs, shape[1] / groups, kernel.height, kernel.width])
    let bias = attributes.hasBias ? [tensor([outputs])] : []
    var plain = attributes
    plain.hasResidual = false
    let types = [TensorType(shape), weight.type] + bias.map(\.type)
    guard let result = try? Operation.convolution(plain).resultType(types) else { return }
    let residual = attributes.hasResidual ? [Operand.outside(result.shape)] : []
    cases.append(
      .init(
        label: "\(shape) → \(result), kernel \(kernel), \(attributes)",
        operation: .convolution(attributes),
        operands: [.outside(shape), .constant(weight)] + bias.map { .constant($0) } + residual,
        startsBlocked: startsBlocked ?? pick([true, false])))
  }

  /// Compiles all cases for a set and compares each with the interpreter, which has weights rounded as
  /// the options want them stored.
  ///
  /// - Returns: the plan that was run.
  @discardableResult
  mutating func check(
    _ set: InstructionSet, tolerance: Float = 2e-5, scale: Float = 1,
    options: PlanningOptions = PlanningOptions(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Plan {
    var graph = Graph(name: "sweep")
    var inputs: [Tensor] = []
    var operands: [[NodeID]] = []
    var given: [NodeID: Tensor] = [:]
    for (index, test) in cases.enumerated() {
      operands.append([])
      for (position, operand) in test.operands.enumerated() {
        switch operand {
        case .constant(let value):
          operands[index].append(graph.addConstant("w\(index)_\(position)", value))
        case .outside(let shape):
          let value = Tensor(shape, floats: tensor(shape).floats.map { $0 * scale })
          var id = graph.addInput("x\(index)_\(position)", value.type)
          if test.startsBlocked, shape.count == 4 {
            id = try graph.add(.maxPool(Pooling(kernel: Pair(1))), [id], name: "blocked")
          }
          inputs.append(value)
          given[id] = value
          operands[index].append(id)
        }
      }
      let result = try graph.add(test.operation, operands[index], name: "y\(index)")
      graph.addOutput("y\(index)", result)
    }
    try roundWeights(of: &graph, to: options.weightsFormat)
    let expected = zip(cases, operands).map { test, operands in
      evaluate(test.operation, operands.map { graph.constantValue(of: $0) ?? given[$0]! })
    }
    let compiled = try CompiledGraph(graph, set, options: options)
    if let fault = compiled.fault() {
      Issue.record("\(set.rawValue): \(fault)", sourceLocation: sourceLocation)
      return compiled.plan
    }
    let results = compiled.run(inputs)
    for (index, (result, wanted)) in zip(results, expected).enumerated() {
      let worst = largestDifference(result, wanted).absolute
      let largest = wanted.floats.filter(\.isFinite).map(\.magnitude).max() ?? 0
      #expect(
        worst <= tolerance * max(1, largest),
        "\(set.rawValue): \(cases[index].label): differs by \(worst), largest \(largest)",
        sourceLocation: sourceLocation)
    }
    return compiled.plan
  }
}
