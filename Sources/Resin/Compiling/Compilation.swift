import Artifacts
import Diagnostics
import GraphIR
import KernelGen
import Passes
import Planning

/// The version of this compiler, as libraries carry it.
public let resinVersion = "0.1.0"

/// A model that was optimised and planned, from which code is made.
public struct Compilation: Sendable {
  /// The model as it was read.
  public let source: ModelFile
  /// The graph after the default passes, with weights rounded to what they are stored as.
  public let optimised: Graph
  /// What the user decided about the plan.
  public let options: PlanningOptions
  /// Kernels, layouts and places.
  public let plan: Plan
  /// What measures the phases of this compilation.
  public let clock: CompilationClock

  /// Optimises and plans a model.
  ///
  /// - Parameters:
  ///   - source: the model, with its weights.
  ///   - machine: what the code is for; `native` where nil.
  ///   - options: what the user decides about the plan.
  ///   - clock: adds up this compilation's phases, and those before it where it measured the reading.
  /// - Throws: where weights are missing or a node has no kernel.
  public init(
    _ source: ModelFile, for machine: Machine? = nil,
    options: PlanningOptions = PlanningOptions(), clock: CompilationClock = CompilationClock()
  ) throws {
    guard source.hasWeights else {
      throw DiagnosticError(
        "the model needs weights, and there is no file '\(ModelFile.weightsBeside(source.path))'",
        at: .subject(source.path), hint: "give a file with --weights, or --random-weights SEED")
    }
    let machine = try machine ?? .native
    var graph = source.graph
    clock.measure(.passes) { optimize(&graph) }
    try self.init(source, optimised: graph, for: machine, options: options, clock: clock)
  }

  /// Plans a graph that was made from a model's; outputs may have been added behind the model's.
  init(
    _ source: ModelFile, optimised graph: Graph, for machine: Machine, options: PlanningOptions,
    clock: CompilationClock = CompilationClock()
  ) throws {
    self.source = source
    self.options = options
    self.clock = clock
    var graph = graph
    try clock.measure(.passes) { try roundWeights(of: &graph, to: options.weightsFormat) }
    optimised = graph
    var plan = try clock.measure(.planning) {
      try Planning.plan(graph, for: machine, options: options)
    }
    plan.interface.mark(source.imagePorts)
    self.plan = plan
  }

  /// The same with weights in other places.
  init(_ other: Compilation, plan: Plan) {
    source = other.source
    optimised = other.optimised
    options = other.options
    clock = other.clock
    self.plan = plan
  }

  /// The same with another name for its library: functions, header, descriptor and files.
  ///
  /// - Throws: where it cannot be the prefix of C functions.
  public func named(_ name: String) throws -> Compilation {
    var plan = plan
    plan.interface.name = name
    try plan.interface.checkName()
    return Compilation(self, plan: plan)
  }

  /// The same model planned for another machine, under its own name; the passes are not run again.
  ///
  /// - Parameters:
  ///   - machine: what the code is for.
  ///   - options: other options; the same where nil.
  /// - Throws: where the user demands what there is not for that machine.
  public func retargeted(
    to machine: Machine, options: PlanningOptions? = nil
  ) throws -> Compilation {
    try Compilation(
      source, optimised: optimised, for: machine, options: options ?? self.options, clock: clock)
  }

  /// Per output, the labels of a classifier.
  var labels: [[String]] {
    plan.interface.outputs.indices.map { $0 < source.labels.count ? source.labels[$0] : [] }
  }

  /// Compiles into this process.
  ///
  /// - Parameter cache: code of kernels that other models of this process need too.
  /// - Throws: where this machine lacks the instruction set, or memory for the weights.
  public func model(sharing cache: KernelCache? = nil) throws -> JITModel {
    let set = plan.interface.instructionSet
    guard set.isSubset(of: .host) else {
      throw DiagnosticError(
        "code for \(set.rawValue) cannot run on this machine", hint: set.missingHint)
    }
    let code = try machineCode(sharing: cache)
    let weights = try packedWeights()
    return try clock.measure(.linking) {
      try JITModel(plan, code, weights: weights, labels: labels)
    }
  }

  /// Compiles to what a library is made of.
  ///
  /// - Throws: where there is no memory for the weights.
  public func library(
    _ mode: WeightsMode = .embedded, form: LibraryForm = .whole
  ) throws -> LibraryContents {
    try plan.interface.checkName()
    var interface = plan.interface
    interface.mark(clock.measure(.reading) { source.findImagePorts().ports })
    return LibraryContents(
      variants: [LibraryVariant(interface: interface, steps: plan.stepSummaries)],
      kernelObjects: form == .whole ? try machineCode().objects : [], form: form,
      kernelModules: try modules(for: form), weights: try packedWeights(), weightsMode: mode,
      platform: plan.machine.platform, compact: options.goal == .size,
      labels: labels,
      manifest: manifest(
        machines: [plan.machine],
        sizes: try CompiledSizes(batches: [plan.interface.batch ?? 1]), mode, form))
  }

  /// Compiles to text.
  public func text(_ form: CodeForm) throws -> String {
    try clock.measure(.code) {
      try CodeGenerator(plan, namesSteps: options.goal == .speed).text(form)
    }
  }

  /// The machine code of a plan of this compilation, its own where nil.
  func machineCode(
    of other: Plan? = nil, sharing cache: KernelCache? = nil
  ) throws -> GeneratedCode {
    try clock.measure(.code) {
      try CodeGenerator(other ?? plan, sharing: cache, namesSteps: options.goal == .speed).objects()
    }
  }

  /// The code of a plan of this compilation, its own where nil, for an object that LLVM makes alone; nil
  /// where the library is linked.
  func modules(for form: LibraryForm, of other: Plan? = nil) throws -> GeneratedModules? {
    guard form != .whole else { return nil }
    let plan = other ?? plan
    return try clock.measure(.code) {
      let triple = form == .freestanding ? plan.machine.platform.freestandingTriple : nil
      return try CodeGenerator(plan, namesSteps: false, triple: triple).modules()
    }
  }

  func packedWeights() throws -> AlignedMemory {
    try clock.measure(.packing) {
      let memory = try AlignedMemory(count: plan.weightBytes)
      plan.packWeights(into: memory.bytes)
      return memory
    }
  }
}
