/// What a core of a CPU is like, as far as plans and code depend on it.
///
/// What is not said of a CPU is as on any: those numbers were found by measuring networks.
public struct CoreModel: Hashable, Sendable {
  // MARK: Arithmetic

  /// Multiply-adds of whole vectors that begin in a cycle.
  public var multipliesPerCycle = 2.0
  /// The part of the other instructions on vectors of integers that keep a multiplier from beginning one more product.
  public var integersInMultipliers = 1.0
  /// Loads of whole vectors in a cycle.
  public var loadsPerCycle = 2.0
  /// Cycles that a load waits behind multiply-adds, where a core does instructions in order: such loads stand together, before
  /// all that uses them. 0 for others.
  public var loadStall = 0.0
  /// Cycles from a multiply-add to the next one on its sum.
  public var multiplyLatency = 4.0
  /// What direct convolutions, Winograd's products and Strassen's reach of that rate.
  public var directShare = 0.93
  public var winogradShare = 0.88
  public var strassenShare = 0.93
  /// Cycles that Winograd's transforms take for a vector of each frequency, by the outputs of a tile; and where the
  /// window moves by two pixels, so that tiles are put together from the four phases of an image of many channels.
  public var transformCycles = [2: 3.0, 3: 3.0, 4: 4.0]
  public var stridedTransformCycles = [2: 3.0, 4: 4.0]
  /// The part of the shorter of two times, that of Winograd's products and that of reading their weights, which the
  /// longer one does not hide.
  public var unhiddenShare = 0.0

  // MARK: Caches

  /// Data cache of the first level, in bytes.
  public var level1Bytes = 32 << 10
  /// Cache of the second level that one core has to itself, in bytes.
  public var level2Bytes = 1 << 20
  /// The cache that cores share, in bytes: activations of more than this pass through memory.
  public var sharedBytes = 8 << 20
  public var lineBytes = 64

  /// Both caches of its own.
  var caches: CoreCaches? { CoreCaches(level1: level1Bytes, level2: level2Bytes) }

  /// What all cores together read of memory in a cycle: one core can use nearly all that there is.
  public var memoryBytesPerCycle = 8.0
  /// What they read of weights that the shared cache holds from one run to the next, and the most bytes
  /// of weights that it does hold.
  public var keptWeightBytesPerCycle = 20.0
  public var keptWeightBytes = 4 << 20
  /// What a core writes and reads of activations in the caches in a cycle.
  public var activationBytesPerCycle = 64.0

  // MARK: Code

  /// Weights that are used on all pixels before the next, in bytes; those of pointwise convolutions of
  /// several tiles.
  public var chunkBytes = 40 << 10
  public var pointwiseChunkBytes = 40 << 10
  /// Input channels of a turn of the innermost loop of products.
  public var unrolledChannels = 4
  /// Pixels of a turn of Strassen's sums.
  public var unrolledPixels = 4
  /// How many tiles ahead the lines of the output are asked for, and the most weights of a sum for which
  /// that pays.
  public var outputTilesAhead = 2
  public var shortSum = 160

  /// A core that any CPU with these features may have.
  public init(for set: InstructionSet) {
    guard set.vectorBytes == 32 else { return }
    // All of a block: a turn of half of it would be a quarter longer by the instructions of the loop.
    if set.architecture == .aarch64 { unrolledChannels = 8 }
    // A tile of 16 registers uses a vector of weights for six pixels only, so that weights must come
    // from the first level: a quarter of it is left to them. Strassen's products do not take theirs in
    // chunks, so they wait for them.
    pointwiseChunkBytes = level1Bytes / 4
    integersInMultipliers = 0.3
    strassenShare = 0.83
    // Found by `resin bench --candidates` on Zen 3: a tile of 4×3, with 7 loads for 12 multiply-adds, is a seventh faster
    // than one of 6×2, with 8, and both are far from two loads a cycle. Transforms keep up to 36 vectors in 16
    // registers, and what they write falls out of a second level as most CPUs without AVX-512 have it.
    level2Bytes = 512 << 10
    loadsPerCycle = 1.2
    transformCycles = [2: 5, 3: 9, 4: 7]
    stridedTransformCycles = [2: 12, 4: 25]
    unhiddenShare = 0.5
    memoryBytesPerCycle = 5
  }
}

// MARK: CPUs

// Rates and latencies are those of multiply-adds and loads of the widest vectors. Sources: for all,
// A. Fog, Instruction tables, and uops.info; for caches, the manufacturers' manuals that the rows name.
// Intel's third level grows with the number of cores, so it stays what is assumed of any CPU.
extension CoreModel {
  /// Haswell and Broadwell: Intel 64 and IA-32 Architectures Optimization Reference Manual.
  static let haswell = CoreModel(.avx2) {
    $0.multiplyLatency = 5
    $0.level2Bytes = 256 << 10
  }

  /// Skylake without AVX-512: the same manual.
  static let skylake = CoreModel(.avx2) { $0.level2Bytes = 256 << 10 }

  /// Skylake, Cascade Lake and Cooper Lake with AVX-512: the same manual. As any CPU of that level.
  static let skylakeX = CoreModel(for: .avx512)

  /// Ice Lake of servers: the same manual.
  static let iceLake = CoreModel(.avx512) {
    $0.level1Bytes = 48 << 10
    $0.level2Bytes = 1280 << 10
  }

  /// Sapphire Rapids and Emerald Rapids: the same manual.
  static let sapphireRapids = CoreModel(.avx512) {
    $0.level1Bytes = 48 << 10
    $0.level2Bytes = 2 << 20
  }

  /// Zen 2: AMD, Software Optimization Guide for AMD Family 17h Models 30h and Greater Processors.
  static let zen2 = CoreModel(.avx2) {
    $0.multiplyLatency = 5
    $0.level2Bytes = 512 << 10
    $0.sharedBytes = 16 << 20
  }

  /// Zen 3: AMD, Software Optimization Guide for AMD Family 19h Processors.
  static let zen3 = CoreModel(.avx2) {
    $0.level2Bytes = 512 << 10
    $0.sharedBytes = 32 << 20
  }

  /// Zen 4, which takes two cycles for 512 bits: AMD, Software Optimization Guide for the AMD Zen 4
  /// Microarchitecture.
  static let zen4 = CoreModel(.avx512) {
    $0.multipliesPerCycle = 1
    $0.loadsPerCycle = 1
    $0.sharedBytes = 32 << 20
  }

  /// Zen 5 of servers: AMD, Software Optimization Guide for the AMD Zen 5 Microarchitecture.
  static let zen5 = CoreModel(.avx512) {
    $0.level1Bytes = 48 << 10
    $0.sharedBytes = 32 << 20
  }

  // A vector of AArch64 is two registers, so that rates are half of those in the guides. Latencies stay those of any
  // CPU: `fmla` takes its sum later than its factors.

  /// Cortex-A53 and A55, in order: Arm, Cortex-A53 and Cortex-A55 Software Optimization Guides; loads
  /// of 64 bits.
  static let cortexA53 = CoreModel(.neon) {
    $0.multipliesPerCycle = 0.5
    $0.loadsPerCycle = 0.25
    $0.loadStall = 6
    $0.level2Bytes = 128 << 10
    $0.sharedBytes = 512 << 10
  }

  /// Cortex-A57 and A72: Arm, Cortex-A72 Software Optimization Guide.
  static let cortexA72 = CoreModel(.neon) {
    $0.multipliesPerCycle = 0.5
    $0.loadsPerCycle = 0.5
    $0.level2Bytes = 256 << 10
    $0.sharedBytes = 1 << 20
  }

  /// Cortex-A76 and its twin Neoverse N1: Arm, Neoverse N1 Software Optimization Guide.
  static let cortexA76 = CoreModel(.neon) {
    $0.multipliesPerCycle = 1
    $0.loadsPerCycle = 1
    $0.level1Bytes = 64 << 10
    $0.level2Bytes = 512 << 10
    $0.sharedBytes = 2 << 20
  }

  /// Neoverse V1: Arm, Neoverse V1 Software Optimization Guide.
  static let neoverseV1 = CoreModel(.neon) {
    $0.multipliesPerCycle = 2
    $0.loadsPerCycle = 1.5
    $0.level1Bytes = 64 << 10
    $0.sharedBytes = 32 << 20
  }

  /// Neoverse V2: Arm, Neoverse V2 Software Optimization Guide.
  static let neoverseV2 = CoreModel(.neon) {
    $0.multipliesPerCycle = 2
    $0.loadsPerCycle = 1.5
    $0.level1Bytes = 64 << 10
    $0.level2Bytes = 2 << 20
    $0.sharedBytes = 32 << 20
  }

  /// The large cores of Apple's M1: D. Johnson, Apple M1 Microarchitecture Research, 2021. Four of them
  /// share 12 MB of the second level.
  static let appleM1 = CoreModel(.neon) {
    $0.multipliesPerCycle = 2
    $0.loadsPerCycle = 1.5
    $0.level1Bytes = 128 << 10
    $0.level2Bytes = 3 << 20
  }

  private init(_ set: InstructionSet, _ change: (inout CoreModel) -> Void) {
    self.init(for: set)
    change(&self)
  }
}
