/// What planning knows about the machine that code will run on.
///
/// Caches are assumed, not measured, so that a compilation gives the same bytes on every machine.
public struct Machine: Hashable, Sendable {
  /// What the command line calls it: `x86-64-v4+avx512vnni`, `znver3`.
  public let name: String
  public let instructionSet: InstructionSet
  public let core: CoreModel
  /// What all cores together read of the weights per cycle.
  private(set) var weightBytesPerCycle: Double

  /// float32 elements per vector register.
  public var lanes: Int { instructionSet.lanes }

  /// Creates any machine with these features.
  public init(_ instructionSet: InstructionSet) {
    self.init(instructionSet, CoreModel(for: instructionSet), named: instructionSet.rawValue)
  }

  init(_ instructionSet: InstructionSet, _ core: CoreModel, named name: String) {
    self.name = name
    self.instructionSet = instructionSet
    self.core = core
    weightBytesPerCycle = core.memoryBytesPerCycle
  }

  /// The machine as a model with so many bytes of weights finds it.
  func holding(weights bytes: Int) -> Machine {
    var machine = self
    machine.weightBytesPerCycle =
      bytes <= core.keptWeightBytes ? core.keptWeightBytesPerCycle : core.memoryBytesPerCycle
    return machine
  }
}
