/// What planning knows about the machine that code will run on.
///
/// Caches are assumed, not measured, so that a compilation gives the same bytes on every machine.
public struct Machine: Hashable, Sendable {
  /// What the command line calls it: `x86-64-v4+avx512vnni`, `znver3`.
  public let name: String
  public let instructionSet: InstructionSet
  /// Data cache of the first level, in bytes.
  public var level1Bytes = 32 << 10
  /// Cache of the second level that one core has to itself, in bytes.
  public var level2Bytes = 1 << 20
  /// What all cores together read of the weights per cycle: one core can use nearly all that memory
  /// gives; the third level gives more, where it holds the weights from one run to the next.
  var weightBytesPerCycle = 8.0

  /// float32 elements per vector register.
  public var lanes: Int { instructionSet.lanes }

  /// Creates any machine with these features.
  public init(_ instructionSet: InstructionSet) {
    self.init(instructionSet, named: instructionSet.rawValue)
  }

  init(_ instructionSet: InstructionSet, named name: String) {
    self.name = name
    self.instructionSet = instructionSet
  }

  /// The machine as a model with so many bytes of weights finds it.
  func holding(weights bytes: Int) -> Machine {
    var machine = self
    machine.weightBytesPerCycle = bytes <= 4 << 20 ? 20 : 8
    return machine
  }
}
