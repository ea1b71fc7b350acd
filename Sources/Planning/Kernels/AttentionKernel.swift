import GraphIR

/// Scaled dot-product attention, a few vectors of queries at a time against blocks of keys, with the
/// softmax of what has been seen so far: Milakov and Gimelshein, "Online normalizer calculation for
/// softmax" (2018), and Dao et al., "FlashAttention" (2022), algorithm 1. No more than one block of
/// scores is in memory, in the scratch of the task.
///
/// Lanes are queries, so that maxima and sums over keys are lane by lane; keys and values are broadcast
/// element by element from where they are, whatever their strides.
public struct AttentionKernel: Hashable, Sendable {
  /// Elements from one row of a matrix to the next, and from one feature to the next.
  public struct Steps: Hashable, Sendable {
    public var row: Int
    public var feature: Int
  }

  /// What is added to scores, or says which of them count.
  public struct Mask: Hashable, Sendable {
    /// Whether it holds truth values.
    public var isTruth: Bool
    /// Elements from one query to the next; 0 where all have the same.
    public var row: Int
    /// Elements from one key to the next.
    public var key: Int
  }

  public var lanes: Int
  public var queries: Int
  public var keys: Int
  /// Features of queries and keys.
  public var features: Int
  /// Features of values and of the result.
  public var results: Int
  /// Features or rows of queries, and of the result, lie side by side.
  public var query: Steps
  public var key: Steps
  public var value: Steps
  public var output: Steps
  public var mask: Mask?
  public var isCausal: Bool
  /// Whether a query that sees no key gives 0.
  public var givesZero: Bool
  public var scale: Float
  /// For every matrix of the batch, the first elements of queries, keys, values, the mask (0 without
  /// one) and the result.
  public var offsets: [[Int]]
  /// Keys, or features of the result, that sums in registers belong to, for two vectors of queries; of
  /// one vector they are twice as many.
  public var tile: Int
  public var keysPerBlock: Int
  /// Blocks of queries that a task computes one after the other.
  public var blocksPerTask: Int
  public var scratch: TaskScratch? = nil

  /// Vectors of queries that are computed together.
  public static let queryVectors = 2

  /// Queries that are computed together.
  public var queriesPerBlock: Int { Self.queryVectors * lanes }

  var blocks: Int { (queries + queriesPerBlock - 1) / queriesPerBlock }

  /// Groups of blocks of queries that tasks are split by.
  public var groups: Int { (blocks + blocksPerTask - 1) / blocksPerTask }

  /// Independent shares: groups of blocks of queries of every matrix.
  public var tasks: Int { offsets.count * groups }

  /// Bytes of a vector of every query that is computed together.
  public var rowBytes: Int { ElementType.float32.bytes(queriesPerBlock) }

  /// Bytes of a task's scratch: queries by feature, scores of a block by key, the result by feature.
  package var scratchBytes: Int { (features + keysPerBlock + results) * rowBytes }
}

extension AttentionKernel {
  /// Keys of one block at most: their scores stay in the first level.
  private static let mostKeys = 128
  /// Tasks that a step is split into, where there is work for so many.
  private static let usualTasks = 32
  /// Multiply-adds of a task at least.
  private static let leastWork = 1 << 17

  /// Chooses tiles, blocks and tasks.
  mutating func chooseTiles(registers: Int) {
    // Sums, vectors of queries or powers, and a broadcast element.
    tile = registers >= 32 ? 12 : 6
    let count = (keys + Self.mostKeys - 1) / Self.mostKeys
    let even = (keys + count - 1) / count
    keysPerBlock = min(keys, roundUp(even, to: 2 * tile))
    let work = offsets.count * queries * keys * (features + results)
    let wanted = max(1, min(Self.usualTasks, work / Self.leastWork))
    let perMatrix = max(1, (wanted + offsets.count - 1) / max(1, offsets.count))
    blocksPerTask = (blocks + perMatrix - 1) / perMatrix
  }
}
