/// What of a step of products through input channels is in registers at once.
///
/// A register tile keeps its sums, and takes for every channel the weights of its vectors and each pixel's value. x86-64
/// broadcasts these values from memory, one after the other. NEON multiplies by an element of a register, which holds four
/// channels of a pixel: loads of pixels are a quarter as many, but each pixel of the tile has a register.
enum NEONRegisters {
  static let count = 32
  /// Channels of a pixel in a register.
  static let channels = 4

  /// Those of sums, pixels and the weights of so many channels; a vector is two.
  static func taken(columns: Int, vectors: Int, channels: Int) -> Int {
    2 * columns * vectors + columns + 2 * vectors * channels
  }
}

extension CoreModel {
  /// Channels whose weights a tile in NEON's registers loads before the products of the first: more than one where loads
  /// wait behind products.
  public func channelsAhead(columns: Int, vectors: Int) -> Int {
    guard loadStall > 0 else { return 1 }
    return [NEONRegisters.channels, 2].first {
      NEONRegisters.taken(columns: columns, vectors: vectors, channels: $0) <= NEONRegisters.count
    } ?? 1
  }
}

extension Machine {
  /// Whether tiles are not those that times are estimated with, but fit NEON's registers.
  var hasOwnTiles: Bool { instructionSet.architecture == .aarch64 && !isEstimating }

  /// Whether the registers hold a tile of so many pixels and vectors of channels.
  ///
  /// - Parameters:
  ///   - spare: vectors that are needed besides sums and weights, one of them for the value of a pixel.
  ///   - groups: whether several channels of a pixel lie side by side.
  func holds(columns: Int, vectors: Int, spare: Int, groups: Bool) -> Bool {
    guard hasOwnTiles, groups else {
      return columns * vectors + vectors + spare <= instructionSet.registers
    }
    // LLVM needs one to move others where loops meet.
    let taken = NEONRegisters.taken(columns: columns, vectors: vectors, channels: 1)
    return taken + 2 * (spare - 1) < NEONRegisters.count
  }

  /// Cycles that the products of a channel take with their loads.
  func stepCycles(columns: Int, vectors: Int, groups: Bool) -> Double {
    let multiplies = Double(columns * vectors) / core.multipliesPerCycle
    guard hasOwnTiles, groups else {
      let loads = Double(columns + vectors) / core.loadsPerCycle
      return max(multiplies, loads, core.multiplyLatency)
    }
    // A register is half a vector.
    let pixels = Double(columns) / Double(2 * NEONRegisters.channels)
    let loads = (pixels + Double(vectors)) / core.loadsPerCycle
    guard core.loadStall > 0 else { return max(multiplies, loads, core.multiplyLatency) }
    let ahead = core.channelsAhead(columns: columns, vectors: vectors)
    return multiplies + loads + core.loadStall / Double(ahead)
  }
}
