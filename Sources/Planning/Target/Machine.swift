/// What planning knows about the machine that code will run on.
///
/// Caches are assumed, not measured, so that a compilation gives the same bytes on every machine.
public struct Machine: Hashable, Sendable {
  /// What the command line calls it: `x86-64-v4+avx512vnni`, `znver3`.
  public let name: String
  public let instructionSet: InstructionSet
  public let core: CoreModel
  public let platform: Platform
  /// The name of the machine whose core plans are made for, where it is not its own.
  public private(set) var algorithmsOf: String?
  /// What all cores together read of the weights per cycle.
  private(set) var weightBytesPerCycle: Double

  /// float32 elements per vector register.
  public var lanes: Int { instructionSet.lanes }

  /// Creates any machine with these features; of Linux where it has a CPU of its own.
  public init(_ instructionSet: InstructionSet) {
    self.init(instructionSet, CoreModel(for: instructionSet), named: instructionSet.rawValue)
  }

  init(
    _ instructionSet: InstructionSet, _ core: CoreModel, named name: String,
    of platform: Platform? = nil
  ) {
    self.name = name
    self.instructionSet = instructionSet
    self.core = core
    self.platform =
      platform ?? Platform.allCases.first { $0.architecture == instructionSet.architecture }!
    weightBytesPerCycle = core.memoryBytesPerCycle
  }

  /// The machine with plans for the core of another, and so with its algorithms where both have vectors
  /// alike.
  public func withAlgorithms(of other: Machine) -> Machine {
    var machine = Machine(instructionSet, other.core, named: name, of: platform)
    machine.algorithmsOf = other.name
    return machine
  }

  /// The machine as a model with so many bytes of weights finds it.
  func holding(weights bytes: Int) -> Machine {
    var machine = self
    machine.weightBytesPerCycle =
      bytes <= core.keptWeightBytes ? core.keptWeightBytesPerCycle : core.memoryBytesPerCycle
    return machine
  }
}
