/// What planning knows about the machine that code will run on.
///
/// Caches are assumed, not measured, so that a compilation gives the same bytes on every machine.
public struct Machine: Hashable, Sendable {
  public var instructionSet: InstructionSet
  /// Data cache of the first level, in bytes.
  public var level1Bytes: Int
  /// Cache of the second level that one core has to itself, in bytes.
  public var level2Bytes: Int
  /// What all cores together read of the weights per cycle: one core can use nearly all that memory
  /// gives; the third level gives more, where it holds the weights from one run to the next.
  var weightBytesPerCycle = 8.0

  /// float32 elements per vector register.
  public var lanes: Int { instructionSet.lanes }

  /// Creates a machine; caches as of current server cores unless given.
  public init(
    _ instructionSet: InstructionSet, level1Bytes: Int = 32 << 10, level2Bytes: Int = 1 << 20
  ) {
    self.instructionSet = instructionSet
    self.level1Bytes = level1Bytes
    self.level2Bytes = level2Bytes
  }

  /// The machine as a model with so many bytes of weights finds it.
  func holding(weights bytes: Int) -> Machine {
    var machine = self
    machine.weightBytesPerCycle = bytes <= 4 << 20 ? 20 : 8
    return machine
  }
}
