/// What planning knows about the machine that code will run on.
///
/// Nothing here is asked of the machine that compiles: what a name stands for gives the same bytes everywhere.
public struct Machine: Hashable, Sendable {
  /// What the command line calls it: `x86-64-v4+avx512vnni`, `znver3`, `x86-64-v4@48K/2048K`.
  public let name: String
  public let instructionSet: InstructionSet
  public let core: CoreModel
  public let platform: Platform
  /// The name of the machine whose core plans are made for, where it is not its own.
  public private(set) var algorithmsOf: String?
  /// Whether times are estimated with it, and not kernels planned: see `estimating`.
  private(set) var isEstimating = false
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
  /// alike. How instructions stand in loops stays its own.
  public func withAlgorithms(of other: Machine) -> Machine {
    var core = other.core
    core.unrolledChannels = self.core.unrolledChannels
    core.loadStall = self.core.loadStall
    var machine = Machine(instructionSet, core, named: name, of: platform)
    machine.algorithmsOf = other.name
    return machine
  }

  /// The machine with plans for caches of these sizes, which its name says then; itself where they are its own.
  public func withCaches(_ caches: CoreCaches) -> Machine {
    guard caches != core.caches else { return self }
    var core = core
    (core.level1Bytes, core.level2Bytes) = (caches.level1, caches.level2)
    let base = name.prefix { $0 != Self.cachesMark }
    return Machine(instructionSet, core, named: "\(base)\(Self.cachesMark)\(caches)", of: platform)
  }

  /// What stands between a name and the sizes of caches.
  static let cachesMark: Character = "@"

  /// The machine whose kernels times are estimated of. For AArch64 that is one with the registers of AVX2: so both find the
  /// same times, choose the same algorithms, and compute the same bits, though their tiles of registers differ.
  var estimating: Machine {
    var machine = self
    machine.isEstimating = true
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
